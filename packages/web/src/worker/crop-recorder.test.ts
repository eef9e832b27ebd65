import { createModel } from '@mien/core';
import { GraphBuilder } from '@mien/core/nn';
import { expect, it } from 'vitest';
import { CropRecorder, toSamples } from './crop-recorder.js';

const SIDE = 2;

it('shows crops as the network sees them: dark ones in the exposure that its manifest states', async () => {
  const g = new GraphBuilder('means', [SIDE, SIDE, 1]);
  const conv = g.conv2d(g.input, { filters: 2, kernelSize: [1, 1], useBias: false });
  const model = await createModel({
    graph: g.build(g.softmax(g.globalAveragePooling2d(conv))),
    weights: new Map([['conv2d_1/kernel', { shape: [1, 1, 1, 2], data: Float32Array.of(1, -1) }]]),
    manifest: undefined,
    bytes: new Uint8Array(1),
    source: 'means',
    labels: ['bright', 'dark'],
    inputRange: [0, 1],
    normalization: { exposure: { brightness: [0.5, 1], contrast: [0, 0.5] } },
  });
  const recorder = new CropRecorder();
  const predictor = await recorder.record(model).createAsyncPredictor();
  const usual = [0.4, 0.6, 0.8, 0.6];
  const dark = usual.map((value) => value - 0.4);
  await predictor.predict(Float32Array.of(...usual, ...dark), 2);
  const { input } = model.manifest;
  const [first, second] = recorder.toCrops(input).map(({ data }) => [...toSamples(data, input)]);
  usual.forEach((value, i) => {
    expect(first![i]).toBeCloseTo(value, 2);
    // Brought to a mean of 0.5, from 0.2.
    expect(second![i]).toBeCloseTo(value - 0.1, 2);
  });
  recorder.forget();
  expect(recorder.toCrops(input)).toEqual([]);
});
