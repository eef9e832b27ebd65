/** How far to trust a model's readings: sure and unsure ones, worse pictures, groups of people, views, another model. */
import {
  MIN_GROUP_PICTURES,
  STRENGTHS,
  type Interval,
  type MeasuredGrouping,
  type ModelMeasurement,
  type PartAccuracy,
} from '@mien/train';
import { lineChart } from '../charts/line-chart.js';
import { toCounted } from '../words/counted.js';
import { toCount, toFixed, toPercent } from './figures.js';
import { html, Html, NOTHING } from './html.js';
import { intervalBar } from './interval-bar.js';
import { partBar } from './part-bar.js';
import { dataTable, section } from './section.js';

const BAR_WIDTH = 60;
const INTERVAL_WIDTH = 120;

export function trustSections(measurement: ModelMeasurement): Html[] {
  const { corruptions, groups = [] } = measurement;
  return [
    surenessSection(measurement),
    ...(corruptions === undefined ? [] : [corruptionsSection(measurement, corruptions)]),
    ...groups.map(groupsSection),
    ...othersSection(measurement),
  ];
}

/** `62.6 to 65.8 %` */
export function toRange({ low, high }: Interval): string {
  return `${(100 * low).toFixed(1)} to ${toPercent(high)}`;
}

function surenessSection({ assessment, calibration }: ModelMeasurement): Html {
  const { selective, byMargin } = assessment;
  const fitted = calibration?.byMargin;
  const rows = [
    ...partRows('as used', byMargin.minMargin, byMargin.sure, byMargin.unsure),
    ...(fitted === undefined ? [] : partRows('as fitted', fitted.minMargin, fitted.sure, fitted.unsure)),
  ];
  const chart = lineChart({
    title: 'Wrong readings by the part of the pictures that is read, the surest first',
    series: [
      {
        name: 'wrong',
        points: selective.curve.map(({ coverage, risk }) => [Math.round(100 * coverage), risk]),
      },
    ],
    xLabel: '% of the pictures, the surest first',
    yLabel: 'wrong readings',
    yFormat: (value) => `${Number((100 * value).toFixed(1))} %`,
    marker: { x: 80, label: '80 %' },
  });
  return section(
    'Sure and unsure readings',
    html`<div class="beside">
        <figure>${new Html(chart)}</figure>
        <p>
          A model that keeps silent where it is least sure makes fewer mistakes. Of the surest 80&nbsp;% of
          the pictures it reads ${toPercent(selective.accuracyAt80)} correctly. A reading is unsure if the
          first expression leads the second by less than a threshold.
        </p>
      </div>
      ${dataTable(
        'By the lead of the first expression over the second',
        [
          { name: 'lead', kind: 'name' },
          { name: 'pictures', kind: 'figure' },
          { name: 'accuracy', kind: 'figure' },
          { name: '95 %', kind: 'figure' },
        ],
        rows,
      )}`,
  );
}

function partRows(note: string, minMargin: number, sure: PartAccuracy, unsure: PartAccuracy): string[][] {
  const row = (name: string, { count, accuracy, interval }: PartAccuracy): string[] => [
    name,
    toCount(count),
    toPercent(accuracy ?? NaN),
    accuracy === null ? '–' : toRange(interval),
  ];
  const threshold = `${Math.round(100 * minMargin)}\u00a0points`;
  return [row(`${threshold} or more: sure, ${note}`, sure), row(`less: unsure, ${note}`, unsure)];
}

function corruptionsSection(
  { accuracy }: ModelMeasurement,
  { byKind, means, meanOfTen }: NonNullable<ModelMeasurement['corruptions']>,
): Html {
  const bar = (value: number): Html => partBar(toPercent(value), value, BAR_WIDTH);
  return section(
    'Worse pictures',
    html`<p>
        Accuracy on the same pictures, made worse as cameras and surroundings make them worse, at three
        strengths; as they are it is
        ${toPercent(accuracy.accuracy)}.${
          meanOfTen === undefined
            ? NOTHING
            : html` The mean of ten kinds (without JPEG) at middle strength is ${toPercent(meanOfTen)}.`
        }
      </p>
      ${dataTable(
        'Accuracy by kind and strength',
        [
          { name: 'kind', kind: 'name' },
          ...STRENGTHS.map((strength) => ({ name: strength, kind: 'figure' as const })),
        ],
        [
          ...Object.entries(byKind).map(([kind, accuracies]) => [
            kind,
            ...STRENGTHS.map((strength) => bar(accuracies[strength])),
          ]),
          [html`<b>mean</b>`, ...STRENGTHS.map((strength) => bar(means[strength]))],
        ],
      )}`,
  );
}

function groupsSection({ name, groups, unknown }: MeasuredGrouping): Html {
  const small = groups.filter(({ isSmall }) => isSmall).length;
  const heads = ['pictures', 'accuracy', '95 %', 'macro F1', 'ECE', 'NLL'];
  return section(
    html`By group: ${name}`,
    html`<p>
        Differences within the intervals may be
        chance.${unknown === 0 ? NOTHING : html` No group is known of ${toCounted(unknown, 'picture')}.`}
      </p>
      ${
        small === 0
          ? NOTHING
          : html`<p class="warning">
              Groups of fewer than ${MIN_GROUP_PICTURES} pictures say little: ${small} of ${groups.length}.
            </p>`
      }
      ${dataTable(
        'Figures by group',
        [{ name: 'group', kind: 'name' }, ...heads.map((head) => ({ name: head, kind: 'figure' as const }))],
        groups.map(({ group, count, figures }) => [
          group,
          toCount(count),
          ...(figures === null
            ? ['–', '–', '–', '–', '–']
            : [
                intervalBar(
                  toPercent(figures.accuracy),
                  figures.accuracy,
                  figures.accuracyInterval,
                  INTERVAL_WIDTH,
                ),
                toRange(figures.accuracyInterval),
                toFixed(figures.macroF1, 3),
                toFixed(figures.ece, 3),
                toFixed(figures.nll, 3),
              ]),
        ]),
      )}
      <details>
        <summary>Recall of every label by group</summary>
        ${recallTable(groups)}
      </details>`,
  );
}

function recallTable(groups: MeasuredGrouping['groups']): Html {
  const labels = groups.find(({ figures }) => figures !== null)?.figures?.perClass.map(({ label }) => label);
  return dataTable(
    'Recall with its 95 % interval',
    [
      { name: 'group', kind: 'name' },
      ...(labels ?? []).map((label) => ({ name: label, kind: 'figure' as const })),
    ],
    groups.flatMap(({ group, figures }) =>
      figures === null
        ? []
        : [
            [
              group,
              ...figures.perClass.map(({ support, recall, recallInterval }) =>
                support === 0
                  ? '–'
                  : `${toFixed(100 * recall, 0)} (${toFixed(100 * recallInterval.low, 0)} to ${toFixed(100 * recallInterval.high, 0)})`,
              ),
            ],
          ],
    ),
  );
}

/** Views, an adjustment and a comparison, where they were asked for. */
function othersSection({ views, accuracy, adjustment, comparison }: ModelMeasurement): Html[] {
  const parts: Html[] = [];
  const measuredViews = Object.entries(views);
  if (measuredViews.length > 0) {
    parts.push(
      dataTable(
        'Accuracy by view: never compare figures of different views',
        [
          { name: 'view', kind: 'name' },
          { name: 'accuracy', kind: 'figure' },
          { name: '95 %', kind: 'figure' },
          { name: 'macro F1', kind: 'figure' },
        ],
        [['one', accuracy] as const, ...measuredViews].map(([view, figures]) => [
          view,
          toPercent(figures.accuracy),
          toRange(figures.accuracyInterval),
          toFixed(figures.macroF1, 3),
        ]),
      ),
    );
  }
  if (adjustment !== undefined) {
    const { tau, before, after, fittedOn } = adjustment;
    parts.push(
      html`<p>
          A logit adjustment with τ = ${tau}, chosen on ${toCount(fittedOn.count)} held-out pictures, changes
          accuracy from ${toPercent(before.accuracy)} to ${toPercent(after.accuracy)} and macro F1 from
          ${toFixed(before.macroF1, 3)} to ${toFixed(after.macroF1, 3)}.
        </p>
        ${dataTable(
          'Recall without and with the adjustment',
          [
            { name: 'label', kind: 'name' },
            { name: 'without', kind: 'figure' },
            { name: 'with', kind: 'figure' },
          ],
          Object.entries(before.recall).map(([label, recall]) => [
            label,
            toPercent(recall),
            toPercent(after.recall[label] ?? NaN),
          ]),
        )}`,
    );
  }
  if (comparison !== undefined) {
    const { model, accuracy: other, onlyFirst, onlySecond, pValue } = comparison;
    const p = pValue < 1e-4 ? 'below 0.0001' : toFixed(pValue, 4);
    parts.push(
      html`<p>
        Beside ${model} (accuracy ${toPercent(other)}): ${toCounted(onlyFirst, 'picture')} right here alone,
        ${toCount(onlySecond)} there alone. The probability of such a difference by chance is ${p} (McNemar's
        exact test).
      </p>`,
    );
  }
  return parts.length === 0 ? [] : [section('Further measurements', ...parts)];
}
