/**
 * The report of a training run: listens while it goes, and is written when it ends, however it ends.
 *
 * The best checkpoint is read back from its file and measured on the validation pictures, so that confusion, calibration
 * and mistakes are those of the model that the person will use.
 */
import { basename, join } from 'node:path';
import { MienError, type Model } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import {
  bestEpoch,
  checkpointName,
  chooseRows,
  evaluateRows,
  type Checkpoint,
  type Dataset,
  type EpochSummary,
  type OnProgress,
  type Recipe,
  type TrainEvents,
  type TrainResult,
} from '@mien/train';
import { writeFileWhole } from '@mien/train/node';
import { resolveModel } from '../models/resolve-model.js';
import { toClock } from '../terminal/clock.js';
import { toDataCounts } from './data-counts.js';
import { madeWith } from './made-with.js';
import { renderReport } from './render-report.js';

/** Within the folder of the run. */
export const REPORT_FILE = 'report.html';

export interface RunReportOptions {
  /** The file that the pictures are from. */
  readonly data: string;
  readonly dataset: Dataset;
  readonly graph: Graph;
  readonly recipe: Recipe;
  readonly outputDir: string;
  /** The checkpoint that the run goes on from. */
  readonly resume?: Checkpoint | undefined;
}

export interface RunReport {
  /** For `trainModel`. */
  readonly events: TrainEvents;
  /**
   * Writes the page; `reason` says how the run ended, `diverged` when it threw.
   *
   * @param onProgress told of pictures on which the best checkpoint was measured
   * @returns its path
   * @throws MienError `OUTPUT_FAILED`
   */
  write(reason: TrainResult['reason'] | 'diverged', onProgress?: OnProgress): Promise<string>;
}

const ENDINGS = {
  finished: 'The run was finished.',
  patience: 'The run was stopped because it did not improve any more.',
  aborted: 'The run was interrupted and can be resumed.',
  diverged: 'The run was stopped because its loss was no longer a number.',
} as const;

export function createRunReport(options: RunReportOptions): RunReport {
  const { data, dataset, graph, recipe, outputDir, resume } = options;
  const history: EpochSummary[] = [...(resume?.training.progress.history ?? [])];
  let threads = 1;
  return {
    events: {
      onStart(plan) {
        threads = plan.threads;
      },
      onEpoch(summary) {
        history.push(summary);
      },
    },

    async write(reason, onProgress) {
      const best = bestEpoch(history, recipe.monitor);
      const model = best && (await findModel(join(outputDir, checkpointName(graph, best))));
      const { trainRows, validationRows } = chooseRows(dataset, recipe.validation);
      const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
      const page = await renderReport({
        title: `Training of ${graph.name}`,
        subtitle: `${recipe.preset}, on ${basename(data)}`,
        course: { history, best, ending: ENDINGS[reason] },
        ...(model === undefined
          ? {}
          : {
              measurement: {
                subject: 'the validation part',
                evaluation: await evaluateRows(model, dataset, validationRows, onProgress),
                dataset,
              },
            }),
        counts: toDataCounts(dataset, [
          ['trained on', trainRows],
          ['validated on', validationRows],
        ]),
        recipe,
        environment: [
          ...madeWith(),
          ['threads', String(threads)],
          ['time in complete epochs', toClock(seconds)],
          ['data', `${basename(data)}, pictures of ${dataset.width}×${dataset.height}`],
          ['input of the network', graph.inputShape.join('×')],
        ],
      });
      const path = join(outputDir, REPORT_FILE);
      await writeFileWhole(path, page);
      return path;
    },
  };
}

/** The checkpoint of an earlier epoch may lie in another folder, or be cleared away: then the page shows the run alone. */
async function findModel(path: string): Promise<Model | undefined> {
  try {
    return await resolveModel(path);
  } catch (error) {
    if (error instanceof MienError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
