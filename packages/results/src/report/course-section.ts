/** The course of a training run: curves, and a table of all epochs. */
import type { EpochSummary } from '@mien/train';
import { percent, shortNumber } from '../charts/chart-frame.js';
import { lineChart, type LineChart, type Series } from '../charts/line-chart.js';
import { toClock } from '../words/clock.js';
import { toFixed, toPercent } from './figures.js';
import { html, Html, NOTHING } from './html.js';
import type { TrainingCourse } from './report.js';
import { dataTable, section } from './section.js';

export function courseSection({ history, best, ending }: TrainingCourse): Html {
  if (history.length === 0) return section('Course of training', html`<p>${ending}</p>`);
  const series = (name: string, of: (epoch: EpochSummary) => number): Series => ({
    name,
    points: history.map((epoch) => [epoch.epoch, of(epoch)]),
  });
  const xLabel = 'epoch';
  const marker =
    best === undefined ? {} : { marker: { x: best.epoch, label: `best: ${xLabel} ${best.epoch}` } };
  const charts: LineChart[] = [
    {
      ...marker,
      xLabel,
      title: 'Loss by epoch',
      yLabel: 'loss',
      series: [series('training', ({ loss }) => loss), series('validation', ({ valLoss }) => valLoss)],
    },
    {
      ...marker,
      xLabel,
      title: 'Accuracy by epoch',
      yLabel: 'accuracy',
      yFormat: percent,
      series: [
        series('training', ({ accuracy }) => accuracy),
        series('validation', ({ valAccuracy }) => valAccuracy),
      ],
    },
    {
      xLabel,
      title: 'Learning rate by epoch',
      yLabel: 'learning rate',
      series: [series('learning rate', ({ learningRate }) => learningRate)],
    },
    {
      xLabel,
      title: 'Seconds by epoch',
      yLabel: 'seconds',
      series: [series('seconds', ({ seconds }) => seconds)],
    },
  ];
  return section(
    'Course of training',
    html`<p>${ending} ${explain(history, best)}</p>
      <div class="charts">
        ${charts.map((chart) => html`<figure>${new Html(lineChart(chart))}</figure> `)}
      </div>
      <details>
        <summary>Every epoch in figures</summary>
        ${epochTable(history, best)}
      </details>`,
  );
}

function explain(history: readonly EpochSummary[], best: EpochSummary | undefined): Html {
  if (best === undefined) return NOTHING;
  const place = history.length === 1 ? 'The only epoch' : `Epoch ${best.epoch} of ${history.length} was best`;
  return html`${place}: validation loss ${toFixed(best.valLoss, 4)}, accuracy ${toPercent(best.valAccuracy)}.`;
}

function epochTable(history: readonly EpochSummary[], best: EpochSummary | undefined): Html {
  const names = ['loss', 'accuracy', 'val. loss', 'val. accuracy', 'learning rate', 'time'];
  return dataTable(
    'Figures of every epoch',
    [{ name: 'epoch', kind: 'name' }, ...names.map((name) => ({ name, kind: 'figure' as const }))],
    history.map((epoch) => [
      epoch === best ? html`${epoch.epoch} <span class="badge">best</span>` : epoch.epoch,
      toFixed(epoch.loss, 4),
      toPercent(epoch.accuracy, 2),
      toFixed(epoch.valLoss, 4),
      toPercent(epoch.valAccuracy, 2),
      shortNumber(epoch.learningRate),
      toClock(epoch.seconds),
    ]),
  );
}
