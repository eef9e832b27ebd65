/**
 * The wrong readings with the highest probability, by label: they are the first to show doubtful labels and faces that are
 * cut off or covered.
 */
import { greyImageOf } from '@mien/train';
import { toPercent } from './figures.js';
import { html, NOTHING, type Html } from './html.js';
import { toReadings, type Reading } from './readings.js';
import type { Measurement } from './report.js';
import { section } from './section.js';

const PICTURES_PER_LABEL = 8;
/** Enough to recognise a face; a page contains up to some hundred of them. */
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
    'Most certain mistakes',
    html`<p>
        For each label, the pictures that the model read as another label with the highest probability. This
        file contains these pictures: share it with care.
      </p>
      ${groups}`,
  );
}

async function picture(
  reading: Reading,
  { evaluation: { labels }, dataset, encodePicture }: Measurement,
): Promise<Html> {
  const { width, height } = dataset;
  const pixels = { width, height, data: greyImageOf(dataset, reading.row) };
  const [read, label] = [labels[reading.read] ?? '', labels[reading.truth] ?? ''];
  const alt = `Picture ${reading.row + 1}, labelled ${label}, read as ${read}`;
  return html`<li>
    <img src="${await encodePicture(pixels, MAX_SIDE)}" alt="${alt}" width="84" height="84" /><span
      ><b>${read}</b> ${toPercent(reading.probability, 0)}</span
    ><small>${label} ${toPercent(reading.truthProbability, 0)}</small>
  </li> `;
}
