/** Writes a model to a file of any format that Mien writes, checked before anything is written. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MienError } from '@mien/core';
import type { ExportableModel, WeightType } from '@mien/formats';
import {
  exportFiles,
  HALF_EXTENSIONS,
  measureDifference,
  type ModelFormat,
  TARGETS,
} from '@mien/formats/model-file';
import { findInput } from '@mien/node/files';
import { writeFileWhole } from '@mien/train/write-file';

export interface WriteModelOptions {
  readonly target: ModelFormat;
  readonly dtype: WeightType;
  /** TensorFlow.js' operators instead of layers. */
  readonly asGraph?: boolean;
  /** Files that the model comes from, which are never written over. */
  readonly inputs: readonly string[];
  readonly force: boolean;
}

export interface WrittenModel {
  /** Of all files. */
  readonly sizeBytes: number;
  /** Names of the files that are written beside the model. */
  readonly beside: readonly string[];
  /** Layers that the format stores in another form. */
  readonly rewrites: readonly { readonly layer: string; readonly form: string }[];
  /** Largest difference of an output between the model and the written file. */
  readonly maxDifference: number;
}

/**
 * What `--float16` asks for.
 *
 * @throws MienError `USAGE` for a format that holds no halves
 */
export function toWeightType(output: string, target: ModelFormat, float16: boolean): WeightType {
  if (float16 && !TARGETS[target].holdsHalves) {
    throw new MienError('USAGE', `${output}: --float16 is for ${HALF_EXTENSIONS}; Keras files hold float32`);
  }
  return float16 ? 'F16' : 'F32';
}

/** @throws MienError `USAGE` when a file is there already, and errors of the format and of writing */
export async function writeModel(
  model: ExportableModel,
  output: string,
  { target, dtype, asGraph = false, inputs, force }: WriteModelOptions,
): Promise<WrittenModel> {
  const rewrites = new Map<string, string>();
  const { bytes, beside } = await exportFiles(model, target, {
    dtype,
    asGraph,
    onRewrite: (layer, form) => rewrites.set(layer, form),
  });
  const maxDifference = await measureDifference(model, { path: output, bytes, beside, dtype });
  const folder = dirname(output);
  for (const name of beside.keys()) await refuseToOverwrite(join(folder, name), inputs, force);
  // The description comes last: without it, the files beside it are nothing.
  for (const [name, part] of beside) await writeFileWhole(join(folder, name), part);
  await writeFileWhole(output, bytes);
  return {
    sizeBytes: [...beside.values()].reduce((sum, part) => sum + part.length, bytes.length),
    beside: [...beside.keys()],
    rewrites: Array.from(rewrites, ([layer, form]) => ({ layer, form })),
    maxDifference,
  };
}

/**
 * @param inputs what is read; not even `force` writes over these
 * @throws MienError `USAGE`
 */
export async function refuseToOverwrite(
  output: string,
  inputs: readonly string[],
  force: boolean,
): Promise<void> {
  const found = await stat(output).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory()) throw new MienError('USAGE', `${output}: is a folder; name a file in it`);
  if ((await findInput(output, inputs)) !== undefined) {
    throw new MienError('USAGE', `${output}: is a model that is read; give OUT another name`);
  }
  if (!force) {
    throw new MienError(
      'USAGE',
      `${output}: exists already; choose another name, or overwrite it with --force`,
    );
  }
}

/** `read back, its outputs are the same`, or how far they differ. */
export function toDifference(maxDifference: number): string {
  return maxDifference === 0
    ? 'read back, its outputs are the same'
    : `read back, its outputs are the same within ${maxDifference.toPrecision(1)}`;
}
