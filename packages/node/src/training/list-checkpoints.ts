/** The checkpoints in a run's folder, with the figures to choose one by. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { extensionOf, importModelFile } from '@mien/formats/model-file';
import { toReadError } from '../files/read-file.js';
import { locateModel } from '../models/resolve-model.js';
import { mayBeCheckpoint, readTrainingState } from './read-training-state.js';
import { readRunHistory, type EpochFigures, type RunHistory } from './run-history.js';

/** A model file of a folder, with the figures to choose it by. */
export interface ListedCheckpoint {
  readonly path: string;
  /** From 1; `null` where neither name nor file says it. */
  readonly epoch: number | null;
  /** 0…1, after that epoch; with two digits where only the file name has it. */
  readonly valAccuracy: number | null;
  /** After that epoch; `null` where only the file name gives figures. */
  readonly valLoss: number | null;
  readonly isBest: boolean;
  readonly sizeBytes: number;
  /** ISO 8601, when it was written. */
  readonly modified: string;
}

type Figures = Pick<ListedCheckpoint, 'epoch' | 'valAccuracy' | 'valLoss'>;

/** How the best checkpoint is chosen: as `train` did, else by accuracy. */
export interface Ranking {
  readonly measure: 'val_accuracy' | 'val_loss';
  readonly explanation: string;
}

export interface Checkpoints {
  readonly checkpoints: readonly ListedCheckpoint[];
  readonly ranking: Ranking;
}

/** `_mini_XCEPTION.15-0.60.hdf5`, and the paper's own `fer2013_mini_XCEPTION.102-0.66.hdf5`. */
const CHECKPOINT_NAME = /\.(\d+)-([01]\.\d+)\.[a-z0-9]+$/i;

/**
 * The model files of a folder, by epoch.
 *
 * @param onProblem receives files that cannot be read; they are left out
 * @throws MienError `USAGE` for a file, `INPUT_UNREADABLE` for a folder that cannot be read
 */
export async function listCheckpoints(
  folder: string,
  onProblem: (error: MienError) => void,
): Promise<Checkpoints> {
  const names = await readdir(folder).catch((cause: unknown) => {
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR';
    if (isFile)
      throw new MienError('USAGE', `${folder}: is a file; name a folder, or see mien inspect ${folder}`);
    throw toReadError(folder, cause);
  });
  const history = await readRunHistory(folder);
  const found: Omit<ListedCheckpoint, 'isBest'>[] = [];
  for (const name of names.filter((file) => extensionOf(file) !== undefined).sort()) {
    const path = join(folder, name);
    try {
      const status = await stat(path);
      if (!status.isFile()) continue;
      const { size, mtime } = status;
      const figures = await readFigures(path, history);
      found.push({ path, ...figures, sizeBytes: size, modified: mtime.toISOString() });
    } catch (error) {
      onProblem(error instanceof MienError ? error : toReadError(path, error));
    }
  }
  found.sort((a, b) => (a.epoch ?? Infinity) - (b.epoch ?? Infinity) || (a.path < b.path ? -1 : 1));
  return rank(found, history);
}

/** From the run's history or the name, which cost nothing, else from the training state inside. */
async function readFigures(path: string, history: RunHistory | undefined): Promise<Figures> {
  const [, epoch, accuracy = ''] = CHECKPOINT_NAME.exec(path) ?? [];
  if (epoch !== undefined) {
    const logged = history?.epochs.find((one) => one.epoch === Number(epoch));
    // A checkpoint of another run may lie in the same folder.
    if (logged?.valAccuracy.toFixed(2) === accuracy) return toFigures(logged);
    return { epoch: Number(epoch), valAccuracy: Number(accuracy), valLoss: null };
  }
  if (!mayBeCheckpoint(path)) return UNKNOWN_FIGURES;
  const imported = await importModelFile(await locateModel(path));
  const last = (await readTrainingState(path, imported))?.progress.history.at(-1);
  return last === undefined ? UNKNOWN_FIGURES : toFigures(last);
}

const UNKNOWN_FIGURES: Figures = { epoch: null, valAccuracy: null, valLoss: null };

function toFigures({ epoch, valAccuracy, valLoss }: EpochFigures): Figures {
  return { epoch, valAccuracy, valLoss };
}

/** Within a run the best epoch is that of the run; of two files of one epoch the first is marked, as `train` names it. */
function rank(
  found: readonly Omit<ListedCheckpoint, 'isBest'>[],
  history: RunHistory | undefined,
): Checkpoints {
  const ofRun = found.find(({ epoch, valLoss }) => epoch === history?.bestEpoch && valLoss !== null);
  if (history !== undefined && ofRun !== undefined) {
    return {
      checkpoints: found.map((one) => ({ ...one, isBest: one === ofRun })),
      ranking: {
        measure: history.monitor,
        explanation: `best by ${history.monitor}, as logged in ${history.source}`,
      },
    };
  }
  const highest = Math.max(...found.map(({ valAccuracy }) => valAccuracy ?? -Infinity));
  const best = found.filter(({ valAccuracy }) => valAccuracy === highest);
  const isRounded = best.some(({ valLoss }) => valLoss === null);
  return {
    checkpoints: found.map((one) => ({ ...one, isBest: best.includes(one) })),
    ranking: {
      measure: 'val_accuracy',
      explanation: `best by val_accuracy${isRounded ? ', as rounded in the file names' : ''}`,
    },
  };
}
