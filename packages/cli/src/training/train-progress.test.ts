import type { BatchProgress, EpochSummary, TrainEvents } from '@mien/train';
import { describe, expect, it } from 'vitest';
import { createTrainProgress, toBar, type Verbosity } from './train-progress.js';

const PROGRESS: BatchProgress = {
  epoch: 3,
  batch: 12,
  batches: 718,
  loss: 1.52104,
  accuracy: 0.4123,
  imagesPerSecond: 410.4,
  secondsLeft: 83,
};
const SUMMARY: EpochSummary = {
  epoch: 3,
  loss: 1.5,
  accuracy: 0.41,
  valLoss: 1.4,
  valAccuracy: 0.45,
  learningRate: 0.001,
  seconds: 61.4,
};

/** The output to a stream, with a clock that advances by `stepMs` at every call. */
function record(
  isTTY: boolean,
  verbosity: Verbosity,
  stepMs: number,
  play: (events: TrainEvents) => void,
): string {
  let text = '';
  let nowMs = 0;
  const stream = { isTTY, write: (piece: string) => (text += piece) } as unknown as NodeJS.WritableStream;
  play(createTrainProgress(stream, verbosity, () => (nowMs += stepMs)));
  return text;
}
const play = (events: TrainEvents): void => {
  events.onStart?.({
    trainCount: 22967,
    validationCount: 5742,
    unusedCount: 3589,
    repeatedCount: 0,
    batchesPerEpoch: 718,
    epochs: 50,
    threads: 2,
    epoch: 1,
  });
  events.onBatch?.(PROGRESS);
  events.onBatch?.({ ...PROGRESS, batch: 718 });
  events.onEpoch?.(SUMMARY);
  events.onCheckpoint?.('runs/a.hdf5', 'best');
  events.onCheckpoint?.('runs/last.hdf5', 'last');
};
const START = 'training on 22967 pictures, validating on 5742, leaving out 3589, 50 epochs, 2 threads\n';
const EPOCH = 'Epoch 3/50 1:01  loss 1.5000 acc 0.4100  val_loss 1.4000 val_acc 0.4500  lr 0.00100\n';

describe('createTrainProgress', () => {
  it('redraws a bar in place on a terminal and leaves one line per epoch', () => {
    const text = record(true, '1', 1000, play);
    const bar = `\r\u001b[KEpoch 3/50 ${toBar(PROGRESS)}`;
    expect(text).toContain(bar);
    expect(text.endsWith(`\r\u001b[K${EPOCH}  saved runs/a.hdf5\n`)).toBe(true);
  });

  it('redraws at most ten times a second', () => {
    expect(record(true, '1', 10, play)).toBe(`${START}${EPOCH}  saved runs/a.hdf5\n`);
  });

  it('writes lines without control characters to other streams', () => {
    const text = record(false, '1', 20_000, play);
    expect(text.split('\n').filter((line) => line.includes('/718'))).toHaveLength(2);
    for (const control of ['\r', '\u001b']) expect(text).not.toContain(control);
    expect(record(false, '1', 1000, play)).toBe(`${START}${EPOCH}  saved runs/a.hdf5\n`);
  });

  it('writes one line per epoch at level 2 and nothing at level 0', () => {
    expect(record(true, '2', 20_000, play)).toBe(`${START}${EPOCH}  saved runs/a.hdf5\n`);
    expect(record(true, '0', 20_000, play)).toBe('');
  });
});

describe('toBar', () => {
  it('shows count, bar, loss, accuracy, pictures per second and time left', () => {
    expect(toBar(PROGRESS)).toBe(' 12/718 [>...................] loss 1.5210 acc 0.412 410 img/s ETA 1:23');
    expect(toBar({ ...PROGRESS, batch: 359 })).toContain('359/718 [==========>.........]');
    expect(toBar({ ...PROGRESS, batch: 718 })).toContain('718/718 [====================]');
  });
});
