/**
 * Where a training run keeps its checkpoints and its log: a folder (`createRunFolder` of `@mien/train/node`), memory
 * ({@link createMemoryStore}), or whatever else implements {@link RunStore}, such as IndexedDB in a page.
 *
 *   _<network>.<epoch>-<validation accuracy>.hdf5   whenever an epoch is better than all before
 *   last.hdf5                                        after every epoch and when interrupted; resume from here
 *   the log                                          one line per epoch
 */
import type { Graph, Tensor, Weights } from '@mien/core/nn';
import { checkpointExtension } from './checkpoint.js';
import type { Checkpoint, EpochSummary } from './training-state.js';

export interface RunStore {
  /** Called once, before the first update. Rejects when nothing could be saved here. */
  prepare(): Promise<void>;
  /** Saves whole or not at all: when this rejects, what had the name before is unchanged. */
  saveCheckpoint(name: string, checkpoint: Checkpoint): Promise<void>;
  /** The checkpoint of this name, or `undefined`. */
  loadCheckpoint(name: string): Promise<Checkpoint | undefined>;
  /** Saves the log, which replaces the one before: every complete epoch of the run. */
  saveLog(history: readonly EpochSummary[]): Promise<void>;
  /** What events and results call a checkpoint: the path of its file, or just its name. */
  pathOf(name: string): string;
}

/** The checkpoint to resume from: HDF5 for most networks, safetensors for those that Keras has no layers for. */
export const LAST_CHECKPOINTS = ['last.hdf5', 'last.safetensors'] as const;

export function lastCheckpointName(graph: Graph): string {
  return `last${checkpointExtension(graph)}`;
}

/** `_mini_XCEPTION.{epoch:02d}-{validation accuracy:.2f}`, the pattern of the code published with the paper. */
export function checkpointName(graph: Graph, { epoch, valAccuracy }: EpochSummary): string {
  return `_${graph.name}.${String(epoch).padStart(2, '0')}-${valAccuracy.toFixed(2)}${checkpointExtension(graph)}`;
}

export interface MemoryStore extends RunStore {
  /** What was saved, by name. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly history: readonly EpochSummary[];
}

/** A store that forgets everything when the program ends. */
export function createMemoryStore(): MemoryStore {
  const checkpoints = new Map<string, Checkpoint>();
  let history: readonly EpochSummary[] = [];
  return {
    checkpoints,
    get history() {
      return history;
    },
    prepare: () => Promise.resolve(),
    async saveCheckpoint(name, checkpoint) {
      checkpoints.set(name, copyOf(checkpoint));
    },
    loadCheckpoint: (name) => Promise.resolve(checkpoints.get(name)),
    async saveLog(epochs) {
      history = epochs;
    },
    pathOf: (name) => name,
  };
}

/** Training overwrites the arrays that it hands to the store. */
function copyOf({ training, weights, ...model }: Checkpoint): Checkpoint {
  const { optimizerTensors, trainedWeights } = training;
  return {
    ...model,
    weights: copyTensors(weights),
    training: {
      ...training,
      optimizerTensors: copyTensors(optimizerTensors),
      trainedWeights: trainedWeights && copyTensors(trainedWeights),
    },
  };
}

function copyTensors(tensors: Weights): Map<string, Tensor> {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
