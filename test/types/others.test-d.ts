/** What the types of @mien/formats, @mien/results, @mien/train and @mien/web promise; see core.test-d.ts. */
import type { Analysis, Classifier, ClassifierManifest, ErrorCode, Model } from '@mien/core';
import type { Graph, Weights } from '@mien/core/nn';
import { parseOnnx, toOnnx, type ExportableModel, type ImportedModel } from '@mien/formats';
import { exportModel, readModelFile, type ModelExtension } from '@mien/formats/model-file';
import type { FORMATS } from '@mien/results';
import { createFormatter, type Format, type Formatter } from '@mien/results';
import {
  createMemoryStore,
  createTrainingSession,
  trainModel,
  type Dataset,
  type Recipe,
  type RunStore,
  type StepResult,
  type TrainingSession,
  type TrainResult,
} from '@mien/train';
import type { LAYOUTS } from '@mien/train/node';
import { createRunFolder, readDataset, type Layout } from '@mien/train/node';
import type { PRESET_NAMES } from '@mien/train/recipe';
import { parseRecipe, type PresetName } from '@mien/train/recipe';
import { createAnalyzer, type Analyzer } from '@mien/web';
import { expectTypeOf } from 'vitest';

declare const bytes: Uint8Array;
declare const model: Model;
declare const graph: Graph;
declare const dataset: Dataset;
declare const recipe: Recipe;
declare const file: unknown;

// Formats: bytes in, bytes out. What was read can be written, and so can what was trained.
expectTypeOf(parseOnnx(bytes, 'model.onnx')).toEqualTypeOf<ImportedModel>();
expectTypeOf<ImportedModel>().toExtend<ExportableModel>();
expectTypeOf<Model>().toExtend<ExportableModel>();
expectTypeOf(toOnnx(model)).toEqualTypeOf<Uint8Array>();
expectTypeOf(
  readModelFile({ path: 'model.onnx', bytes, manifest: undefined, contract: {} }),
).resolves.toEqualTypeOf<Model>();
expectTypeOf(exportModel(model, '.tflite', { dtype: 'F16' })).resolves.toEqualTypeOf<Uint8Array>();
expectTypeOf<'.onnx'>().toExtend<ModelExtension>();
// @ts-expect-error no such format
void exportModel(model, '.pb', { dtype: 'F32' });
// @ts-expect-error weights are float32 or float16
void exportModel(model, '.onnx', { dtype: 'I8' });

// Results: one formatter for one output, whatever the format.
expectTypeOf<Format>().toEqualTypeOf<(typeof FORMATS)[number]>();
expectTypeOf(createFormatter('csv', { labels: ['happy'] })).toEqualTypeOf<Formatter>();
expectTypeOf<Parameters<Formatter['add']>[0]>().toExtend<Analysis>();
expectTypeOf<Formatter['end']>().returns.toBeString();
// @ts-expect-error no such format
createFormatter('xml', { labels: [] });

// Training: any store will do, and an event handler needs no more than what it uses.
expectTypeOf(createMemoryStore()).toExtend<RunStore>();
expectTypeOf(createRunFolder('runs/mine')).toExtend<RunStore>();
expectTypeOf(
  trainModel(
    { dataset, graph, recipe, store: createMemoryStore() },
    { onEpoch: ({ valAccuracy }) => valAccuracy },
  ),
).resolves.toEqualTypeOf<TrainResult>();
expectTypeOf<TrainResult['reason']>().toEqualTypeOf<'finished' | 'patience' | 'aborted'>();
// @ts-expect-error checkpoints have to go somewhere
void trainModel({ dataset, graph, recipe });
expectTypeOf(
  createTrainingSession({ graph, batchSize: 8, seed: 1, optimizer: { kind: 'adamw' } }),
).resolves.toEqualTypeOf<TrainingSession>();
// @ts-expect-error no such optimizer
void createTrainingSession({ graph, batchSize: 8, seed: 1, optimizer: { kind: 'lion' } });
expectTypeOf<TrainingSession['trainStep']>().returns.toEqualTypeOf<StepResult>();
expectTypeOf<ReturnType<TrainingSession['weights']>>().toExtend<Weights>();

// Recipes: unknown in, complete out.
expectTypeOf(parseRecipe(file, 'recipe.json')).toEqualTypeOf<Recipe>();
expectTypeOf<PresetName>().toEqualTypeOf<(typeof PRESET_NAMES)[number]>();
expectTypeOf(recipe.optimizer.kind).toEqualTypeOf<'adam' | 'adamw' | 'sgd'>();

// Collections.
expectTypeOf(readDataset('fer2013.csv')).resolves.toEqualTypeOf<Dataset>();
expectTypeOf<Layout>().toEqualTypeOf<(typeof LAYOUTS)[number]>();
expectTypeOf(dataset.images).toEqualTypeOf<Uint8Array>();

// Pages: no argument is needed, and whatever shows a picture is one.
expectTypeOf(createAnalyzer()).resolves.toEqualTypeOf<Analyzer>();
expectTypeOf<HTMLVideoElement | HTMLImageElement | Blob | ImageData | ImageBitmap>().toExtend<
  Parameters<Analyzer['analyze']>[0]
>();
expectTypeOf<Awaited<ReturnType<Analyzer['analyze']>>>().toExtend<Analysis>();
expectTypeOf<Analyzer['watch']>().returns.toEqualTypeOf<() => void>();
expectTypeOf<Analyzer['model']>().toEqualTypeOf<ClassifierManifest>();
expectTypeOf<number>().not.toExtend<Parameters<Analyzer['analyze']>[0]>();

expectTypeOf<Model>().toExtend<Classifier>();
expectTypeOf<'USAGE'>().toExtend<ErrorCode>();
