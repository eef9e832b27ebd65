/**
 * The report of a training run: listens while it goes, and is written when it ends, however it ends.
 *
 * The best checkpoint is read back from its file and measured on the validation pictures, so that confusion, calibration
 * and mistakes are those of the model that the person will use.
 */
import { basename, join } from 'node:path';
import { MienError, type Model } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import { type RunEnding, toTrainingReport } from '@mien/results/report';
import {
  bestEpoch,
  type Checkpoint,
  checkpointName,
  chooseRows,
  type Dataset,
  type EpochSummary,
  evaluateRows,
  type OnProgress,
  type Recipe,
  type TrainEvents,
} from '@mien/train';
import { writeFileWhole } from '@mien/train/write-file';
import { madeWith } from '../made-with.js';
import { resolveModel } from '../models/resolve-model.js';
import { encodeDataUrl } from '../pictures/encode-data-url.js';

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
  write(reason: RunEnding, onProgress?: OnProgress): Promise<string>;
}

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
      const page = await toTrainingReport({
        ...{ graph, recipe, dataset, trainRows, validationRows, history, best, reason, threads },
        data: basename(data),
        evaluation: model && (await evaluateRows(model, dataset, validationRows, onProgress)),
        madeWith: madeWith(),
        encodePicture: encodeDataUrl,
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
