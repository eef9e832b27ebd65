/**
 * The pictures of each label that the model is surest about and wrong: where labels are doubtful, or faces are cut or
 * covered, it shows here first.
 */
import { imageOf, type Dataset } from '@mien/train';
import { loadSharp } from '../pictures/load-sharp.js';
import { toPercent } from './figures.js';
import { html, NOTHING, type Html } from './html.js';
import { toReadings, type Reading } from './readings.js';
import type { Measurement } from './report.js';
import { section } from './section.js';

const PICTURES_PER_LABEL = 8;
/** Enough to recognise a face; the page holds up to some hundred of them. */
const MAX_SIDE = 96;

export async function mistakesSection({ evaluation, dataset }: Measurement): Promise<Html> {
  const { labels } = evaluation;
  const readings = toReadings(evaluation);
  const groups = await Promise.all(
    labels.map(async (label, truth) => {
      const wrong = readings
        .filter((reading) => reading.truth === truth && reading.read !== truth)
        .sort((a, b) => b.probability - a.probability)
        .slice(0, PICTURES_PER_LABEL);
      if (wrong.length === 0) return NOTHING;
      const pictures = await Promise.all(wrong.map((reading) => picture(reading, labels, dataset)));
      return html`<h3>labelled ${label}</h3>
        <ul class="pictures">
          ${pictures}
        </ul> `;
    }),
  );
  if (groups.every((group) => group === NOTHING)) return NOTHING;
  return section(
    'Surest mistakes',
    html`<p>
        The pictures of each label that the model was surest about and read as another one. They are part of
        this file: whoever receives it sees them.
      </p>
      ${groups}`,
  );
}

async function picture(reading: Reading, labels: readonly string[], dataset: Dataset): Promise<Html> {
  const [read, label] = [labels[reading.read] ?? '', labels[reading.truth] ?? ''];
  const alt = `Picture ${reading.row + 1}, labelled ${label}, read as ${read}`;
  return html`<li>
    <img src="${await toDataUrl(dataset, reading.row)}" alt="${alt}" width="84" height="84" /><span
      ><b>${read}</b> ${toPercent(reading.probability, 0)}</span
    ><small>${label} ${toPercent(reading.truthProbability, 0)}</small>
  </li> `;
}

/** A picture of the data as PNG within the page. */
async function toDataUrl(dataset: Dataset, row: number): Promise<string> {
  const { width, height } = dataset;
  const png = await loadSharp()(imageOf(dataset, row), { raw: { width, height, channels: 1 } })
    .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
