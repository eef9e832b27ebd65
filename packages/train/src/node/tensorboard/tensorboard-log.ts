/**
 * A run's figures for TensorBoard, in the folders and under the names that Keras' TensorBoard callback uses, so that
 * training and validation lie over each other in one chart:
 *
 *   <folder>/train        epoch_loss, epoch_accuracy, epoch_learning_rate, epoch_images_per_second    step: epoch
 *                         batch_loss, some twenty times an epoch                                      step: updates
 *   <folder>/validation   epoch_loss, epoch_accuracy                                                  step: epoch
 *
 * Epochs count from 1, as in the names of checkpoints and the CSV log (Keras' callback counts them from 0).
 */
import { join } from 'node:path';
import type { Checkpoint, Progress } from '../../training-state.js';
import type { TrainEvents } from '../../train-events.js';
import { openEventFile } from './event-file.js';

export interface TensorBoardOptions {
  /** Made where it is missing. */
  readonly folder: string;
  /** Pictures in one update. */
  readonly batchSize: number;
  /** The checkpoint that `trainModel` goes on from; the folder then holds the start of this run. */
  readonly resume?: Checkpoint;
}

/** Enough to see the course of an epoch; every update would be 700 points an epoch of FER2013. */
const POINTS_PER_EPOCH = 20;

/** A place in an epoch: what the losses of its pictures so far add up to. */
interface Place {
  readonly epoch: number;
  readonly pictures: number;
  readonly lossSum: number;
}

/**
 * Makes the events that write the log; give them to `trainModel`, alone or through `combineEvents`.
 *
 * @throws MienError `OUTPUT_FAILED` here and from the events when the log cannot be written
 */
export function createTensorBoardLog({
  folder,
  batchSize,
  resume,
}: TensorBoardOptions): Required<Pick<TrainEvents, 'onStart' | 'onBatch' | 'onEpoch'>> {
  const goesOn = resume !== undefined;
  const training = openEventFile(join(folder, 'train'), { goesOn });
  const validation = openEventFile(join(folder, 'validation'), { goesOn });
  let trainCount = Infinity;
  let imagesPerSecond = 0;
  let last = resume === undefined ? undefined : toPlace(resume.training.progress);

  return {
    onStart(plan) {
      trainCount = plan.trainCount;
    },

    onBatch(progress) {
      const { epoch, batch, batches, loss } = progress;
      imagesPerSecond = progress.imagesPerSecond;
      const isPoint = batch % Math.ceil(batches / POINTS_PER_EPOCH) === 0 || batch === batches;
      if (!isPoint) return;
      // Progress tells means over the epoch so far; what happened since the last point is the difference of sums.
      const pictures = Math.min(batch * batchSize, trainCount);
      const place: Place = { epoch, pictures, lossSum: loss * pictures };
      const since = last?.epoch === epoch ? last : { pictures: 0, lossSum: 0 };
      const mean = (place.lossSum - since.lossSum) / (pictures - since.pictures);
      training.scalar('batch_loss', (epoch - 1) * batches + batch, mean);
      last = place;
    },

    onEpoch({ epoch, loss, accuracy, valLoss, valAccuracy, learningRate }) {
      training.scalar('epoch_loss', epoch, loss);
      training.scalar('epoch_accuracy', epoch, accuracy);
      training.scalar('epoch_learning_rate', epoch, learningRate);
      training.scalar('epoch_images_per_second', epoch, imagesPerSecond);
      validation.scalar('epoch_loss', epoch, valLoss);
      validation.scalar('epoch_accuracy', epoch, valAccuracy);
    },
  };
}

function toPlace({ epoch, seen, lossSum }: Progress): Place {
  return { epoch, pictures: seen, lossSum };
}
