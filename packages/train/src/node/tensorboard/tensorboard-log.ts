/**
 * Writes the metrics of a run for TensorBoard, with the folders and names of Keras' TensorBoard callback, so that
 * training and validation share a chart:
 *
 *   <folder>/train        epoch_loss, epoch_accuracy, epoch_learning_rate, epoch_images_per_second    step: epoch
 *                         batch_loss, about twenty times per epoch                                    step: updates
 *   <folder>/validation   epoch_loss, epoch_accuracy                                                  step: epoch
 *
 * Epochs count from 1, as in the names of checkpoints and the CSV log (Keras' callback counts them from 0).
 */
import { join } from 'node:path';
import type { Checkpoint, Progress } from '../../training-state.js';
import type { TrainEvents } from '../../train-events.js';
import { openEventFile } from './event-file.js';

export interface TensorBoardOptions {
  /** Created if missing. */
  readonly folder: string;
  /** Pictures per update. */
  readonly batchSize: number;
  /** The checkpoint that `trainModel` resumes from; the folder then contains the start of this run. */
  readonly resume?: Checkpoint;
}

/** Enough for a curve; every update would be 700 points per epoch of FER2013. */
const POINTS_PER_EPOCH = 20;

/** A point in an epoch, with the sum of the losses so far. */
interface LossSum {
  readonly epoch: number;
  readonly pictures: number;
  readonly lossSum: number;
}

/**
 * Creates the event handlers that write the log, for `trainModel`.
 *
 * @throws MienError `OUTPUT_FAILED` here and from the events when the log cannot be written
 */
export function createTensorBoardLog({
  folder,
  batchSize,
  resume,
}: TensorBoardOptions): Required<Pick<TrainEvents, 'onStart' | 'onBatch' | 'onEpoch'>> {
  const isResumed = resume !== undefined;
  const training = openEventFile(join(folder, 'train'), { isResumed });
  const validation = openEventFile(join(folder, 'validation'), { isResumed });
  let trainCount = Infinity;
  let imagesPerSecond = 0;
  let last = resume === undefined ? undefined : toLossSum(resume.training.progress);

  return {
    onStart(plan) {
      trainCount = plan.trainCount;
    },

    onBatch(progress) {
      const { epoch, batch, batches, loss } = progress;
      imagesPerSecond = progress.imagesPerSecond;
      const isPoint = batch % Math.ceil(batches / POINTS_PER_EPOCH) === 0 || batch === batches;
      if (!isPoint) return;
      // Progress holds means over the epoch so far; the mean since the last point follows from the difference of sums.
      const pictures = Math.min(batch * batchSize, trainCount);
      const place: LossSum = { epoch, pictures, lossSum: loss * pictures };
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

function toLossSum({ epoch, seen, lossSum }: Progress): LossSum {
  return { epoch, pictures: seen, lossSum };
}
