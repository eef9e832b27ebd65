/**
 * The report of a training run. It collects events during the run and is written at its end, whatever the reason.
 *
 * The best checkpoint is read from its file and evaluated on the validation pictures, so that confusion matrix, calibration
 * and mistakes are those of the model that will be used.
 */
import { basename, join } from 'node:path';
import { MienError, type Model } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import { type Fact, type RunEnding, toTrainingReport } from '@mien/results/report';
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

/** In the folder of the run. */
export const REPORT_FILE = 'report.html';

export interface RunReportOptions {
  /** File with the pictures. */
  readonly data: string;
  /** How it was read: see `toTrainingReport`. */
  readonly dataFacts?: readonly Fact[];
  readonly dataset: Dataset;
  readonly graph: Graph;
  readonly recipe: Recipe;
  readonly outputDir: string;
  /** The checkpoint that the run resumes. */
  readonly resume?: Checkpoint | undefined;
}

export interface RunReport {
  /** For `trainModel`. */
  readonly events: TrainEvents;
  /**
   * Writes the page.
   *
   * @param reason how the run ended; `diverged` if it threw
   * @param onProgress called with the number of evaluated pictures
   * @returns its path
   * @throws MienError `OUTPUT_FAILED`
   */
  write(reason: RunEnding, onProgress?: OnProgress): Promise<string>;
}

export function createRunReport(options: RunReportOptions): RunReport {
  const { data, dataFacts, dataset, graph, recipe, outputDir, resume } = options;
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
        ...(dataFacts && { dataFacts }),
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

/** The checkpoint may be in another folder, or deleted: then the page has no evaluation. */
async function findModel(path: string): Promise<Model | undefined> {
  try {
    return await resolveModel(path);
  } catch (error) {
    if (error instanceof MienError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
