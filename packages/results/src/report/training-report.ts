/** The report of a training run. */
import type { Graph } from '@mien/core/nn';
import type { Dataset, EpochSummary, Recipe, Rows, RowsEvaluation, TrainResult } from '@mien/train';
import { toClock } from '../words/clock.js';
import { toDataCounts } from './data-counts.js';
import { renderReport } from './render-report.js';
import type { EncodePicture, Fact } from './report.js';

/** How a run ended; `diverged` means that the loss became NaN. */
export type RunEnding = TrainResult['reason'] | 'diverged';

export interface TrainingReportOptions {
  readonly graph: Graph;
  readonly recipe: Recipe;
  /** Name of the file with the pictures. */
  readonly data: string;
  /** How it was read, beyond its name, such as the votes beside it. */
  readonly dataFacts?: readonly Fact[];
  readonly dataset: Dataset;
  readonly trainRows: Rows;
  readonly validationRows: Rows;
  readonly history: readonly EpochSummary[];
  readonly best: EpochSummary | undefined;
  readonly reason: RunEnding;
  readonly threads: number;
  /** Of the best checkpoint on the validation rows; absent if it could not be read. */
  readonly evaluation?: RowsEvaluation | undefined;
  /** Program, runtime, date. */
  readonly madeWith: readonly Fact[];
  readonly encodePicture: EncodePicture;
}

const ENDINGS = {
  finished: 'The run was finished.',
  patience: 'The run was stopped because it no longer improved.',
  aborted: 'The run was interrupted and can be resumed.',
  diverged: 'The run was stopped because its loss was no longer a number.',
} as const satisfies Record<RunEnding, string>;

/** @returns the page */
export function toTrainingReport(options: TrainingReportOptions): Promise<string> {
  const { graph, recipe, data, dataset, trainRows, validationRows, history, best, evaluation } = options;
  const { reason, threads, madeWith, encodePicture, dataFacts = [] } = options;
  const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return renderReport({
    title: `Training of ${graph.name}`,
    subtitle: `${recipe.preset}, on ${data}`,
    course: { history, best, ending: ENDINGS[reason] },
    ...(evaluation === undefined
      ? {}
      : { measurement: { subject: 'the validation part', evaluation, dataset, encodePicture } }),
    counts: toDataCounts(dataset, [
      ['trained on', trainRows],
      ['validated on', validationRows],
    ]),
    recipe,
    environment: [
      ...madeWith,
      ['threads', String(threads)],
      ['time in complete epochs', toClock(seconds)],
      ['data', `${data}, pictures of ${dataset.width}×${dataset.height}`],
      ...dataFacts,
      ['input of the network', graph.inputShape.join('×')],
    ],
  });
}
