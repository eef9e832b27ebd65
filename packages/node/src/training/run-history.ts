/** The exact figures of a training run, to rank its checkpoints by: their file names round the accuracy to two digits. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importModelFile } from '@mien/formats/model-file';
import { bestEpoch, LAST_CHECKPOINTS, type EpochSummary, type Monitor } from '@mien/train';
import { LOG_FILE } from '@mien/train/node';
import { isThere } from '../files/is-there.js';
import { locateModel } from '../models/resolve-model.js';
import { readTrainingState } from './read-training-state.js';

export interface RunHistory {
  /** Path of the file that the figures come from. */
  readonly source: string;
  readonly monitor: Monitor;
  readonly epochs: readonly EpochFigures[];
  /** The epoch that `train` reports as the best. */
  readonly bestEpoch: number | undefined;
}

export type EpochFigures = Pick<EpochSummary, 'epoch' | 'valLoss' | 'valAccuracy'>;

/** Keras' default, and that of the presets: the log does not say which measure the run monitored. */
const DEFAULT_MONITOR: Monitor = 'val_loss';

/** The history in the run's last checkpoint, else in its log; `undefined` for a folder that has neither. */
export async function readRunHistory(folder: string): Promise<RunHistory | undefined> {
  for (const name of LAST_CHECKPOINTS) {
    const path = join(folder, name);
    if (!(await isThere(path))) continue;
    // A damaged checkpoint is reported where it is listed; the log still has the figures.
    const state = await readState(path).catch(() => undefined);
    if (state !== undefined && state.progress.history.length > 0) {
      return toRunHistory(path, state.recipe.monitor, state.progress.history);
    }
  }
  const path = join(folder, LOG_FILE);
  const epochs = parseLog(await readFile(path, 'utf8').catch(() => ''));
  return epochs.length === 0 ? undefined : toRunHistory(path, DEFAULT_MONITOR, epochs);
}

async function readState(path: string) {
  return readTrainingState(path, await importModelFile(await locateModel(path)));
}

function toRunHistory(source: string, monitor: Monitor, epochs: readonly EpochFigures[]): RunHistory {
  return { source, monitor, epochs, bestEpoch: bestEpoch(epochs as readonly EpochSummary[], monitor)?.epoch };
}

/** Rows without an epoch and both figures, such as one that is being written, are left out. */
function parseLog(text: string): EpochFigures[] {
  const [head = '', ...lines] = text.split('\n');
  const columns = ['epoch', 'val_loss', 'val_accuracy'].map((name) => head.split(',').indexOf(name));
  if (columns.includes(-1)) return [];
  return lines.flatMap((line) => {
    const cells = line.split(',');
    const [epoch = NaN, valLoss = NaN, valAccuracy = NaN] = columns.map((column) =>
      Number.parseFloat(cells[column] ?? ''),
    );
    return [epoch, valLoss, valAccuracy].every(Number.isFinite) ? [{ epoch, valLoss, valAccuracy }] : [];
  });
}
