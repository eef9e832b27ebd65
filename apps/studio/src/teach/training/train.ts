/** One training run in the worker, from gathered pictures or a CSV to a network that can be opened. */
import { createModel, normalizationOf, type Model } from '@mien/core';
import { toModelSafetensors, type ExportableModel } from '@mien/formats';
import {
  chooseRows,
  createGraph,
  evaluateRows,
  replaceLastLayer,
  trainModel,
  type Dataset,
  type TrainEvents,
} from '@mien/train';
import type { TeachSettings } from '../../state/teach-settings.js';
import { createBestStore } from './best-store.js';
import type { Trained } from './messages.js';
import { toRecipe } from './to-recipe.js';

export interface TrainingRun {
  readonly dataset: Dataset;
  readonly isCsv: boolean;
  readonly settings: TeachSettings;
  /** `undefined` for a new network. */
  readonly base: Model | undefined;
  /** What the studio calls it. */
  readonly baseName: string;
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  readonly network: ExportableModel;
  /** Events for the page. */
  readonly trained: Trained;
}

/** @returns the best epoch; `undefined` where it was stopped before the first one ended */
export async function train(
  { dataset, isCsv, settings, base, baseName, signal }: TrainingRun,
  events: TrainEvents,
): Promise<RunOutcome | undefined> {
  const { labelNames } = dataset;
  const replaces = base !== undefined && !haveSameLabels(labelNames, base.labels);
  const recipe = toRecipe(settings, isCsv, replaces);
  const store = createBestStore();
  const result = await trainModel(
    {
      ...{ dataset, recipe, store, signal },
      // One core is left to the page, which goes on reading.
      ...(crossOriginIsolated && { threads: Math.max(1, navigator.hardwareConcurrency - 1) }),
      ...(base === undefined
        ? { graph: createGraph({ ...recipe, inputSize: dataset.width }, labelNames.length) }
        : toStart(base, replaces, labelNames, settings.seed)),
    },
    events,
  );
  const best = store.best();
  if (result.best?.metrics === undefined || best === undefined) return undefined;
  const { graph, weights, labels, inputRange, normalization } = best;
  const crop = base?.manifest.crop;
  const model = {
    graph,
    weights,
    labels,
    inputRange,
    ...(normalization && { normalization }),
    ...(crop && { crop }),
  };
  const file = toModelSafetensors(model);
  return {
    network: model,
    trained: {
      ...{ labels, file, history: result.history },
      manifest: await toManifest(model, file, base),
      metrics: result.best.metrics,
      epoch: result.best.summary,
      before: await measureBefore(base, baseName, dataset, recipe.validation),
    },
  };
}

/** As it would stand beside the file, so that it is opened without the parsers of other formats. */
async function toManifest(
  model: ExportableModel,
  file: Uint8Array,
  base: Model | undefined,
): Promise<unknown> {
  const source = 'taught.safetensors';
  const { manifest } = await createModel({
    ...model,
    manifest: undefined,
    bytes: file,
    source,
    id: 'taught',
  });
  const { input, weights } = manifest;
  return {
    ...manifest,
    input: { ...input, layout: 'NHWC' },
    // Where the browser gives no digest, it checks none either.
    weights: weights.sha256 === '' ? { ...weights, sha256: '0'.repeat(64) } : weights,
    ...(base?.manifest.quality && { quality: base.manifest.quality }),
  };
}

function haveSameLabels(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((label) => others.includes(label));
}

function toStart(base: Model, replaces: boolean, labels: readonly string[], seed: number) {
  const { graph, weights } = base;
  const { input } = base.manifest;
  const fed = { inputRange: input.range, normalization: normalizationOf(input) };
  if (!replaces) return { graph, weights, ...fed, labels: base.labels };
  return { ...replaceLastLayer({ graph, weights }, labels.length, seed), ...fed, labels };
}

/** How well the model that was started from reads the same held-out pictures. */
async function measureBefore(
  base: Model | undefined,
  name: string,
  dataset: Dataset,
  validation: Parameters<typeof chooseRows>[1],
): Promise<Trained['before']> {
  if (base === undefined || !dataset.labelNames.every((label) => base.labels.includes(label)))
    return undefined;
  const { validationRows } = chooseRows(dataset, validation);
  const { accuracy } = await evaluateRows(base, dataset, validationRows);
  return { name, accuracy };
}
