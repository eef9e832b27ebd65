// The two networks of the face scout: as they are trained, on windows with two classes, and as they run, on pictures of any
// size with one logit.
// @ts-check
import { GraphBuilder } from '@mien/core/nn';

/** @typedef {import('@mien/core/nn').Tensor} Tensor @typedef {import('@mien/core/nn').Weights} Weights */
/** @typedef {{ name: 'scout' | 'judge', windowPx: number, facePx: number, stridePx: number, filters: readonly [number, number, number], strides: readonly [number, number], pools: boolean, last: number }} Stage */

/** Both see 1.25 sides of a face, the judge in finer pixels. @type {Stage} */
export const SCOUT = {
  name: 'scout',
  windowPx: 15,
  facePx: 12,
  stridePx: 4,
  filters: [8, 16, 32],
  strides: [2, 2],
  pools: false,
  last: 1,
};
/** @type {Stage} */
export const JUDGE = {
  name: 'judge',
  windowPx: 24,
  facePx: 19.2,
  stridePx: 0,
  filters: [12, 32, 64],
  strides: [2, 1],
  pools: true,
  last: 2,
};

/** How a tensor of the detector's file is stored: MediaPipe's as they came, those of the two networks small. @param {string} name */
export const storedType = (name) => (/^(scout|judge)_/.test(name) ? 'I8' : 'F16');

const KERNEL = /** @type {const} */ ([3, 3]);
const EPSILON = 1e-3;

/** With normalisations, from grey `[window, window, 1]` to the probabilities of background and face. @param {Stage} stage */
export function toTrainedGraph({ name, windowPx, filters, strides, pools }) {
  const g = new GraphBuilder(name, [windowPx, windowPx, 1]);
  let x = g.input;
  for (const [i, layer] of ['edges', 'parts'].entries()) {
    const options = {
      name: layer,
      filters: filters[i] ?? 0,
      kernelSize: KERNEL,
      strides: strides[i] ?? 1,
      useBias: false,
    };
    x = g.relu(g.batchNormalization(g.conv2d(x, options), { name: `${layer}_norm` }));
  }
  if (pools) x = g.maxPooling2d(x, { poolSize: [2, 2] });
  x = g.separableConv2d(x, { name: 'whole', filters: filters[2], kernelSize: KERNEL, useBias: false });
  x = g.relu(g.batchNormalization(x, { name: 'whole_norm' }));
  return g.build(g.softmax(g.dense(g.flatten(x), { units: 2, name: 'face' })));
}

/** Without them, from a picture `[height, width, 1]` to a logit for each window. @param {Stage} stage @param {number} [width] @param {number} [height] */
export function toGraph(
  { name, windowPx, filters, strides, pools, last },
  width = windowPx,
  height = windowPx,
) {
  const g = new GraphBuilder(name, [height, width, 1]);
  let x = g.input;
  for (const [i, layer] of ['edges', 'parts'].entries()) {
    const options = {
      name: `${name}_${layer}`,
      filters: filters[i] ?? 0,
      kernelSize: KERNEL,
      strides: strides[i] ?? 1,
    };
    x = g.relu(g.conv2d(x, options));
  }
  if (pools) x = g.maxPooling2d(x, { poolSize: [2, 2] });
  x = g.relu(g.separableConv2d(x, { name: `${name}_whole`, filters: filters[2], kernelSize: KERNEL }));
  return g.build(g.conv2d(x, { name: `${name}_face`, filters: 1, kernelSize: [last, last] }));
}

/** The weights of {@link toGraph} from those of {@link toTrainedGraph}. @param {Stage} stage @param {Weights} trained @returns {Map<string, Tensor>} */
export function foldWeights({ name, filters, last }, trained) {
  const get = (/** @type {string} */ key) => {
    const tensor = trained.get(key);
    if (tensor === undefined) throw new Error(`no ${key}`);
    return tensor;
  };
  /** @type {Map<string, Tensor>} */
  const weights = new Map();
  for (const [layer, kind] of [
    ['edges', 'kernel'],
    ['parts', 'kernel'],
    ['whole', 'pointwise_kernel'],
  ]) {
    const norm = (/** @type {string} */ key) => get(`${layer}_norm/${key}`).data;
    const factors = norm('gamma').map(
      (value, c) => value / Math.sqrt((norm('moving_variance')[c] ?? 0) + EPSILON),
    );
    const { shape, data } = get(`${layer}/${kind}`);
    const folded = { shape, data: data.map((value, i) => value * (factors[i % factors.length] ?? 0)) };
    weights.set(`${name}_${layer}/${kind}`, folded);
    const bias = norm('beta').map((value, c) => value - (norm('moving_mean')[c] ?? 0) * (factors[c] ?? 0));
    weights.set(`${name}_${layer}/bias`, { shape: [bias.length], data: bias });
  }
  weights.set(`${name}_whole/depthwise_kernel`, get('whole/depthwise_kernel'));
  const difference = (/** @type {Float32Array} */ pairs) =>
    Float32Array.from({ length: pairs.length / 2 }, (_, i) => (pairs[2 * i + 1] ?? 0) - (pairs[2 * i] ?? 0));
  weights.set(`${name}_face/kernel`, {
    shape: [last, last, filters[2], 1],
    data: difference(get('face/kernel').data),
  });
  weights.set(`${name}_face/bias`, { shape: [1], data: difference(get('face/bias').data) });
  return weights;
}
