/** Saves the state of a run: a checkpoint of its own for an epoch that is better than all before, and the one to resume from. */
import { checkFiniteWeights } from './divergence.js';
import type { Trainee } from './frozen-session.js';
import type { MovingAverage } from './moving-average.js';
import type { Recipe } from './recipe/recipe.js';
import { checkpointName, lastCheckpointName, type RunStore } from './run-store.js';
import type { TrainEvents } from './train-events.js';
import type { Checkpoint, EpochSummary, Progress, TrainingState } from './training-state.js';

export interface CheckpointSaverOptions {
  readonly model: Omit<Checkpoint, 'weights' | 'training'>;
  readonly recipe: Recipe;
  readonly identity: Pick<TrainingState, 'datasetSha256' | 'teacherSha256'>;
  readonly session: Pick<Trainee, 'weights' | 'optimizerState'>;
  /** Its weights are the model's, if there is one. */
  readonly average: MovingAverage | undefined;
  readonly store: RunStore;
  readonly events: Pick<TrainEvents, 'onCheckpoint'>;
}

export interface CheckpointSaver {
  /** The checkpoint to resume from. */
  readonly lastPath: string;
  saveBest(epoch: EpochSummary, progress: Progress): Promise<void>;
  /** @throws MienError `DIVERGED`, as `saveBest`, if a weight is not finite; the last checkpoint is unchanged then */
  saveLast(progress: Progress): Promise<void>;
}

export function createCheckpointSaver(options: CheckpointSaverOptions): CheckpointSaver {
  const { model, recipe, identity, session, average, store, events } = options;
  const lastName = lastCheckpointName(model.graph);
  const save = async (name: string, progress: Progress, kind: 'best' | 'last'): Promise<void> => {
    const { step, tensors } = session.optimizerState();
    const weights = session.weights();
    checkFiniteWeights(weights, progress);
    await store.saveCheckpoint(name, {
      ...model,
      weights: average?.weights ?? weights,
      training: {
        ...identity,
        recipe,
        progress,
        optimizerStep: step,
        optimizerTensors: tensors,
        trainedWeights: average === undefined ? undefined : weights,
      },
    });
    events.onCheckpoint?.(store.pathOf(name), kind);
  };
  return {
    lastPath: store.pathOf(lastName),
    saveBest: (epoch, progress) => save(checkpointName(model.graph, epoch), progress, 'best'),
    saveLast: (progress) => save(lastName, progress, 'last'),
  };
}
