/**
 * Shows which parts of a face crop a reading hangs on, as a heat map over the crop.
 *
 * A network of this engine is asked by gradients: a class activation map of one layer, in about the time of two readings.
 * A network of another engine gives none, so parts of its crop are covered in turn, in the time of 145 readings.
 * Both show what the network's result hangs on, for this crop. Neither shows a cause, or anything about the person.
 */
import { createAsyncPredictor } from '../classify/create-predictor.js';
import { normalizeInputs } from '../classify/normalize-inputs.js';
import { withTemperature } from '../classify/temperature.js';
import { MienError } from '../errors.js';
import { normalizationOf } from '../model/input-contract.js';
import type { AsyncClassifier, AsyncPredictor, Model } from '../model/model.js';
import { toProbabilityRows } from '../model/network-outputs.js';
import { createLayerProbe } from '../nn/layer-probe.js';
import { toActivationMap, type ActivationMethod } from './class-activation.js';
import { chooseLayer } from './choose-layer.js';
import type { LayerGrid } from './layer-grid.js';
import { createOcclusionMap, occlusionGrid } from './occlusion-map.js';
import { smoothHeat } from './smooth-heat.js';
import { spreadOverPicture } from './spread-over-picture.js';

export type ExplanationMethod = ActivationMethod | 'occlusion';

export interface Explanation {
  /** The expression whose probability is explained. */
  readonly expression: string;
  /** Its probability, 0…1, as readings give it. */
  readonly probability: number;
  readonly method: ExplanationMethod;
  /** The layer that was looked at; absent for occlusion. */
  readonly layer?: string;
  /** Pixels of the map before it was enlarged to the crop's size. */
  readonly resolution: { readonly height: number; readonly width: number };
  /** Size of the crop and of `heat`, in pixels. */
  readonly height: number;
  readonly width: number;
  /** `[height, width]`, 0…1: 1 where the result hangs on the crop most. All 0 where nothing in it speaks for the expression. */
  readonly heat: Float32Array;
}

export interface ExplainerOptions {
  /** Default: `hires-cam` for networks of this engine, `occlusion` for others. */
  readonly method?: ExplanationMethod;
  /** Layer for class activation maps, one of `explainableLayers(graph)`. Default: the deepest of at least 12×12. */
  readonly layer?: string;
}

export interface Explainer {
  readonly method: ExplanationMethod;
  /**
   * @param crop float32 `[height, width, channels]` in the input range of the model's manifest, as the network sees it
   * @param expression one of the model's labels
   * @throws MienError `USAGE` for a crop of another size, or an expression that the model does not have
   */
  explain(crop: Float32Array, expression: string): Promise<Explanation>;
  /** Releases another engine's session; the explainer must not be used afterwards. */
  dispose(): Promise<void>;
}

/** The most faithful of them in the deletion test on held-out faces; docs/EVALUATION.md has the figures. */
const DEFAULT_METHOD: ActivationMethod = 'hires-cam';

/**
 * Prepares explanations of a model's readings.
 *
 * @throws MienError `USAGE` for a layer that the model does not have, or gradients of a network that another engine runs
 *
 * @example
 * const explainer = await createExplainer(model);
 * const { heat, width } = await explainer.explain(crop, 'happy'); // heat[y * width + x], 0…1
 */
export async function createExplainer(
  model: AsyncClassifier,
  options: ExplainerOptions = {},
): Promise<Explainer> {
  const method = options.method ?? ('graph' in model ? DEFAULT_METHOD : 'occlusion');
  if (method === 'occlusion') return explainByOcclusion(model, await createAsyncPredictor(model));
  if (!('graph' in model)) {
    throw new MienError('USAGE', `explain: ${model.engine} gives no gradients; use the method occlusion`);
  }
  return explainByActivation(model, method, options.layer);
}

async function explainByActivation(
  model: Model,
  method: ActivationMethod,
  layerName?: string,
): Promise<Explainer> {
  const { layer, grid } = chooseLayer(model.graph, layerName);
  const probe = await createLayerProbe(model.graph, model.weights, layer);
  return {
    method,
    explain: async (crop, expression) => {
      const [samples, label] = checkInputs(model, crop, expression);
      const { manifest, labels } = model;
      const reading = probe.read(
        normalizeInputs(samples, manifest.input, normalizationOf(manifest.input)),
        label,
      );
      const map = toActivationMap(reading, probe.shape, method);
      const outputs = toProbabilityRows(
        reading.outputs.slice(),
        labels.length,
        manifest.outputs,
        manifest.id,
      );
      const heat = smoothHeat(spreadOverPicture(map, grid, model.manifest.input), model.manifest.input);
      return { ...toExplanation(model, expression, outputs, heat, grid), method, layer };
    },
    dispose: () => Promise.resolve(),
  };
}

function explainByOcclusion(model: AsyncClassifier, predictor: AsyncPredictor): Explainer {
  const { input } = model.manifest;
  return {
    method: 'occlusion',
    explain: async (crop, expression) => {
      const [samples, label] = checkInputs(model, crop, expression);
      const { falls, outputs } = await createOcclusionMap(predictor, samples, input, label);
      const grid = occlusionGrid(input);
      const heat = spreadOverPicture(
        falls.map((fall) => Math.max(0, fall)),
        grid,
        input,
      );
      return {
        ...toExplanation(model, expression, outputs, heat, grid),
        method: 'occlusion',
      };
    },
    dispose: async () => predictor.dispose?.(),
  };
}

function checkInputs(
  { manifest, labels }: AsyncClassifier,
  crop: Float32Array,
  expression: string,
): [crop: Float32Array, label: number] {
  const { height, width, channels } = manifest.input;
  const label = labels.indexOf(expression);
  if (label < 0) {
    throw new MienError(
      'USAGE',
      `explain: ${manifest.id} has no expression ${expression} (it has ${labels.join(', ')})`,
    );
  }
  if (crop.length !== height * width * channels) {
    throw new MienError(
      'USAGE',
      `explain: the crop must be ${width}×${height}×${channels}, as ${manifest.id} sees it; got ${crop.length} values`,
    );
  }
  return [crop, label];
}

function toExplanation(
  { manifest, labels }: AsyncClassifier,
  expression: string,
  outputs: Float32Array,
  heat: Float32Array,
  grid: LayerGrid,
): Omit<Explanation, 'method' | 'layer'> {
  const { input, calibration } = manifest;
  const probabilities = withTemperature(outputs, labels.length, calibration?.temperature ?? 1);
  const highest = heat.reduce((most, value) => Math.max(most, value), 0);
  return {
    expression,
    probability: probabilities[labels.indexOf(expression)]!,
    resolution: { height: grid.rows.length, width: grid.columns.length },
    height: input.height,
    width: input.width,
    heat: highest === 0 ? heat : heat.map((value) => value / highest),
  };
}
