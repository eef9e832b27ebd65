/**
 * The pictures of each label that the model is surest about and wrong: where labels are doubtful, or faces are cut or
 * covered, it shows here first.
 */
import { imageOf } from '@mien/train';
import { toPercent } from './figures.js';
import { html, NOTHING, type Html } from './html.js';
import { toReadings, type Reading } from './readings.js';
import type { Measurement } from './report.js';
import { section } from './section.js';

const PICTURES_PER_LABEL = 8;
/** Enough to recognise a face; the page holds up to some hundred of them. */
const MAX_SIDE = 96;

export async function mistakesSection(measurement: Measurement): Promise<Html> {
  const { evaluation } = measurement;
  const { labels } = evaluation;
  const readings = toReadings(evaluation);
  const groups = await Promise.all(
    labels.map(async (label, truth) => {
      const wrong = readings
        .filter((reading) => reading.truth === truth && reading.read !== truth)
        .sort((a, b) => b.probability - a.probability)
        .slice(0, PICTURES_PER_LABEL);
      if (wrong.length === 0) return NOTHING;
      const pictures = await Promise.all(wrong.map((reading) => picture(reading, measurement)));
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

async function picture(
  reading: Reading,
  { evaluation: { labels }, dataset, encodePicture }: Measurement,
): Promise<Html> {
  const { width, height } = dataset;
  const pixels = { width, height, data: imageOf(dataset, reading.row) };
  const [read, label] = [labels[reading.read] ?? '', labels[reading.truth] ?? ''];
  const alt = `Picture ${reading.row + 1}, labelled ${label}, read as ${read}`;
  return html`<li>
    <img src="${await encodePicture(pixels, MAX_SIDE)}" alt="${alt}" width="84" height="84" /><span
      ><b>${read}</b> ${toPercent(reading.probability, 0)}</span
    ><small>${label} ${toPercent(reading.truthProbability, 0)}</small>
  </li> `;
}
