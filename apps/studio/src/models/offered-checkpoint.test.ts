import { expect, it } from 'vitest';
import { inOrder, type Offered } from './offered-checkpoint.js';

const offer = (run: string, name: string, figures: Partial<Offered>): Offered => ({
  run,
  name,
  url: `./models/${run}/${name}`,
  sizeBytes: 1,
  epoch: null,
  valAccuracy: null,
  valLoss: null,
  isBest: false,
  measure: 'val_accuracy',
  ...figures,
});

it('puts the best checkpoint of each run first, then orders by the measure of the run', () => {
  const offered = [
    offer('b', 'one', { measure: 'val_loss', valLoss: 1.2, valAccuracy: 0.7 }),
    offer('b', 'two', { measure: 'val_loss', valLoss: 1.1, valAccuracy: 0.5 }),
    offer('b', 'last', { measure: 'val_loss', valLoss: 1, valAccuracy: 0.6, isBest: true }),
    offer('a', 'unknown', {}),
    offer('a', 'low', { valAccuracy: 0.4 }),
    offer('a', 'high', { valAccuracy: 0.6 }),
  ];
  expect(inOrder(offered).map(({ run, name }) => `${run}/${name}`)).toEqual([
    'b/last',
    'b/two',
    'b/one',
    'a/high',
    'a/low',
    'a/unknown',
  ]);
});
