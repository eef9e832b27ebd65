/** The evaluation of a model: confusion matrix, metrics per label, calibration. */
import { withTemperature } from '@mien/core';
import {
  evaluatePredictions,
  toCalibrationBins,
  type CalibrationBin,
  type MeasuredCalibration,
  type ModelMeasurement,
  type RowsEvaluation,
} from '@mien/train';
import { reliabilityDiagram } from '../charts/reliability-diagram.js';
import { shadeConfusion } from '../charts/shade-confusion.js';
import { toCount, toFixed, toPercent } from './figures.js';
import { html, Html, NOTHING } from './html.js';
import { partBar } from './part-bar.js';
import { toReadings } from './readings.js';
import type { Measurement } from './report.js';
import { dataTable, scrolling, section } from './section.js';
import { toRange, trustSections } from './trust-sections.js';

/** With more labels, their names are rotated above the columns. */
const MAX_LEVEL_NAMES = 8;
const BAR_WIDTH = 60;

export function measurementSections(measurement: Measurement): Html[] {
  const { subject, evaluation, withoutDuplicates, trust } = measurement;
  const { labels, confusion, count, accuracy } = evaluation;
  const repeats =
    withoutDuplicates === undefined
      ? NOTHING
      : html` On the ${toCount(withoutDuplicates.count)} pictures without exact duplicates in other parts of
        the data: ${toPercent(withoutDuplicates.accuracy)}.`;
  return [
    section(
      'Confusion',
      html`<p>
          ${toCount(count)} pictures of ${subject}: ${toPercent(accuracy)} are read correctly.${repeats} Each
          row is a true label, each column what the model reads; each row adds up to 100&nbsp;%.
        </p>
        ${confusionTable(labels, confusion)}`,
    ),
    section('Label by label', classTable(evaluation, trust?.accuracy)),
    section('Calibration: confidence and accuracy', calibration(evaluation, trust?.calibration)),
    ...(trust === undefined ? [] : trustSections(trust)),
  ];
}

function confusionTable(labels: readonly string[], confusion: RowsEvaluation['confusion']): Html {
  const head = labels.map((label) => html`<th scope="col"><span>${label}</span></th>`);
  const rows = shadeConfusion(confusion).map((row, truth) => {
    const cells = row.map(
      ({ count, share, heat, isHit }) =>
        html`<td class="${isHit ? 'hit' : 'miss'} heat-${heat}">
          ${toPercent(share, 0)}<small>${toCount(count)}</small>
        </td>`,
    );
    return html`<tr>
      <th scope="row">${labels[truth]}</th>
      ${cells}
    </tr> `;
  });
  return scrolling(
    'Confusion matrix',
    html`<table class="confusion${labels.length > MAX_LEVEL_NAMES ? ' many' : ''}">
      <caption>
        Confusion matrix: share of each label, and number of pictures
      </caption>
      <thead>
        <tr>
          <th scope="col" class="corner">labelled ↓ read →</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  );
}

function classTable({ perClass }: RowsEvaluation, measured: ModelMeasurement['accuracy'] | undefined): Html {
  const names = [
    'precision',
    'recall',
    ...(measured === undefined ? [] : ['recall, 95 %']),
    'F1',
    'pictures',
  ];
  return html`<p>
      Precision is the share of correct readings among all readings of a label. Recall is the share of a label
      that is read correctly. F1 is their harmonic mean.
    </p>
    ${dataTable(
      'Metrics per label',
      [{ name: 'label', kind: 'name' }, ...names.map((name) => ({ name, kind: 'figure' as const }))],
      perClass.map(({ label, precision, recall, f1, support }, index) => [
        label,
        withBar(precision),
        withBar(recall),
        ...(measured === undefined
          ? []
          : [support === 0 ? '–' : toRange(measured.perClass[index]!.recallInterval)]),
        withBar(f1),
        toCount(support),
      ]),
    )}`;
}

function withBar(value: number): Html {
  return partBar(toFixed(value, 3), value, BAR_WIDTH);
}

function calibration(evaluation: RowsEvaluation, scaled: MeasuredCalibration | undefined): Html {
  const raw = html`<div class="beside">
    ${reliability(
      evaluation,
      html`Of the pictures that the model reads with a probability of 80&nbsp;%, 80&nbsp;% should be correct:
      then the bars reach the diagonal.`,
    )}
  </div>`;
  if (scaled === undefined) return raw;
  const { labels, predictions } = evaluation;
  const { temperature, fittedOn } = scaled;
  const probabilities = withTemperature(predictions.probabilities, labels.length, temperature);
  const origin =
    fittedOn === 'manifest'
      ? "the manifest's temperature"
      : `a temperature fitted to ${toCount(fittedOn.count)} held-out pictures`;
  return html`${raw}
    <h3>At temperature ${toFixed(temperature, 3)}</h3>
    <div class="beside">
      ${reliability(
        {
          labels,
          ...evaluatePredictions(probabilities, predictions.truth, labels),
          predictions: { ...predictions, probabilities },
        },
        html`The same readings with logits divided by ${origin}.`,
      )}
    </div>`;
}

/** @param words that explain the diagram */
function reliability(evaluation: RowsEvaluation, words: Html): Html {
  const readings = toReadings(evaluation);
  const bins = toCalibrationBins(
    Float64Array.from(readings, ({ probability }) => probability),
    Uint8Array.from(readings, ({ read, truth }) => (read === truth ? 1 : 0)),
  );
  return html`<figure>${new Html(reliabilityDiagram(bins))}</figure>
    <div>
      <p>${words} ${verdict(evaluation, bins)}</p>
      <details>
        <summary>The bars in figures</summary>
        ${binTable(bins)}
      </details>
    </div>`;
}

function verdict({ ece }: RowsEvaluation, bins: readonly CalibrationBin[]): string {
  const sum = (of: (bin: CalibrationBin) => number): number =>
    bins.reduce((total, bin) => total + of(bin), 0);
  const sure = sum(({ confidenceSum }) => confidenceSum) / sum(({ count }) => count);
  const right = sum(({ hits }) => hits) / sum(({ count }) => count);
  const side = Math.abs(sure - right) < 0.005 ? '' : sure > right ? ' (overconfident)' : ' (underconfident)';
  return `Overall, its mean probability is ${toPercent(sure)} and its accuracy is ${toPercent(right)}${side}. The expected calibration error is ${toFixed(ece, 3)}; 0 is perfect.`;
}

function binTable(bins: readonly CalibrationBin[]): Html {
  const names = ['pictures', 'mean probability', 'right'];
  return dataTable(
    'Confidence and accuracy',
    [{ name: 'probability', kind: 'name' }, ...names.map((name) => ({ name, kind: 'figure' as const }))],
    bins.map(({ count, hits, confidenceSum }, index) => [
      `${toPercent(index / bins.length, 0)} to ${toPercent((index + 1) / bins.length, 0)}`,
      toCount(count),
      toPercent(confidenceSum / count),
      toPercent(hits / count),
    ]),
  );
}
