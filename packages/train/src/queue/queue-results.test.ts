import { describe, expect, it } from 'vitest';
import { summarizeQueue, toQueueMarkdown, type RunResult } from './queue-results.js';
import { secondsLeft } from './time-left.js';

function runOf(entry: string, seed: number, valAccuracy: number | undefined, more: object = {}): RunResult {
  return {
    ...{ name: `${entry}-${seed}`, entry, seed, state: 'finished', epochs: 3, maxEpochs: 3, seconds: 1800 },
    best:
      valAccuracy === undefined
        ? null
        : { epoch: 2, valLoss: 1, valAccuracy, macroF1: valAccuracy - 0.25, checkpoint: 'a.hdf5' },
    ...more,
  };
}

describe('summarizeQueue', () => {
  it('gives mean and sample standard deviation over the finished seeds of an entry', () => {
    const { entries } = summarizeQueue([
      runOf('a', 1, 0.5),
      runOf('a', 2, 0.75),
      runOf('a', 3, 0.99, { state: 'interrupted' }),
      runOf('b', 1, 0.625),
      runOf('c', 1, undefined, { state: 'waiting' }),
    ]);
    expect(entries.map(({ entry, finished }) => [entry, finished])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(entries[0]?.valAccuracy.mean).toBe(0.625);
    expect(entries[0]?.valAccuracy.deviation).toBeCloseTo(0.125 * Math.SQRT2, 12);
    expect(entries[0]?.macroF1?.mean).toBe(0.375);
    expect(entries[1]?.valAccuracy).toEqual({ mean: 0.625, deviation: null });
  });
});

describe('toQueueMarkdown', () => {
  it('is one table of runs, one of entries with several seeds, and the reasons of failures', () => {
    const runs = [
      runOf('a', 1, 0.5),
      runOf('a', 2, 0.75),
      runOf('b', 1, undefined, { state: 'failed', epochs: 0, seconds: 0, error: 'b: no | such\nfile' }),
    ];
    expect(toQueueMarkdown(summarizeQueue(runs))).toBe(`# Runs of the queue

| run | state | epochs | best | val_acc | val_loss | macro F1 | hours |
| :-- | :-- | --: | --: | --: | --: | --: | --: |
| a-1 | finished | 3/3 | 2 | 0.5000 | 1.0000 | 0.2500 | 0.50 |
| a-2 | finished | 3/3 | 2 | 0.7500 | 1.0000 | 0.5000 | 0.50 |
| b-1 | failed | 0/3 |  |  |  |  | 0.00 |

Mean ± standard deviation over finished seeds:

| entry | seeds | val_acc | macro F1 |
| :-- | --: | --: | --: |
| a | 2 | 0.6250 ± 0.1768 | 0.3750 ± 0.1768 |

Failed:

- b-1: b: no \\| such file
`);
  });
});

describe('secondsLeft', () => {
  it('goes by the epochs of a run itself, and by its cost where it has none', () => {
    const begun = { macs: 5, trained: 2, trainedSeconds: 20, left: 3 };
    expect(secondsLeft([begun])).toBe(30);
    expect(secondsLeft([begun, { macs: 10, trained: 0, trainedSeconds: 0, left: 4 }])).toBe(30 + 80);
    expect(secondsLeft([{ macs: 10, trained: 0, trainedSeconds: 0, left: 4 }])).toBeUndefined();
  });
});
