/**
 * TensorFlow.js models: a `model.json` that describes the network and lists the weights, and files (shards) that hold
 * their bytes one after the other.
 *
 *   {"format": "layers-model", "modelTopology": …, "weightsManifest": [{"paths": […], "weights": [{name, shape, dtype}]}]}
 *
 * Ref: https://github.com/tensorflow/tfjs, `tfjs-core/src/io/types.ts` and `io_utils.ts`
 */
import { halvesToFloat32, isRecord, MienError } from '@mien/core';
import { elementCount, type Tensor } from '@mien/core/nn';
import { JsonFields, show } from '../keras/json-fields.js';

/** Names of the files beside `model.json`. */
const MAX_SHARDS = 1000;
const MAX_WEIGHTS = 20_000;
const MAX_RANK = 8;

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization: { readonly dtype: string; readonly scale: number; readonly min: number } | undefined;
}

/** Bytes of a number as it is stored. */
const SIZES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** Whether JSON is a `model.json` of TensorFlow.js. */
export function isTensorflowJs(value: unknown): boolean {
  return isRecord(value) && (isRecord(value['modelTopology']) || Array.isArray(value['weightsManifest']));
}

/**
 * Names of the shards, as `model.json` gives them.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function listShards(value: unknown, source: string): readonly string[] {
  const paths = readGroups(value, source).flatMap((group) => group.paths);
  if (paths.length > MAX_SHARDS) throw invalid(source, `lists more than ${MAX_SHARDS} files of weights`);
  return [...new Set(paths)];
}

/**
 * The stored weights, by their names.
 *
 * @param shards by the names that {@link listShards} gives
 * @throws MienError `MODEL_INVALID` when bytes are missing, `UNSUPPORTED` for another type of numbers
 */
export function readShardedWeights(
  value: unknown,
  shards: ReadonlyMap<string, Uint8Array>,
  source: string,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { paths, weights } of readGroups(value, source)) {
    const parts = paths.map((path) => {
      const part = shards.get(path);
      if (part === undefined) throw invalid(source, `its weights lie in ${show(path)}, which was not given`);
      return part;
    });
    const bytes = joined(parts);
    let at = 0;
    for (const entry of weights) {
      const stored = entry.quantization?.dtype ?? entry.dtype;
      const size = Object.hasOwn(SIZES, stored) ? SIZES[stored] : undefined;
      if (size === undefined) {
        throw new MienError(
          'UNSUPPORTED',
          `${source}: the weight ${show(entry.name)} is of the type ${show(stored)}`,
        );
      }
      const count = elementCount(entry.shape);
      if (at + count * size > bytes.length) {
        throw invalid(
          source,
          `its files hold ${bytes.length} bytes, too few for ${show(entry.name)}; fetch all of them again`,
        );
      }
      tensors.set(entry.name, {
        shape: entry.shape,
        data: decode(bytes.slice(at, at + count * size), stored, entry),
      });
      at += count * size;
    }
  }
  return tensors;
}

function readGroups(value: unknown, source: string): readonly WeightGroup[] {
  const manifest = new JsonFields(value, source).list('weightsManifest');
  let weights = 0;
  return manifest.map((item, index) => {
    const group = new JsonFields(item, `${source}: weightsManifest ${index}`);
    const paths = group
      .list('paths')
      .map((path) => (typeof path === 'string' ? path : group.fail(['paths'], 'names', path)));
    const entries = group.list('weights');
    weights += entries.length;
    if (weights > MAX_WEIGHTS) throw invalid(source, `lists more than ${MAX_WEIGHTS} weights`);
    return { paths, weights: entries.map((entry) => readEntry(entry, group.where)) };
  });
}

function readEntry(value: unknown, where: string): WeightEntry {
  const entry = new JsonFields(value, where);
  const name = entry.text('name');
  const shape = entry.list('shape');
  const isShape =
    shape.length <= MAX_RANK && shape.every((side) => Number.isSafeInteger(side) && (side as number) >= 0);
  if (!isShape) return entry.fail(['shape'], 'whole numbers', shape);
  const quantized = entry.get('quantization');
  const quantization =
    quantized === undefined ? undefined : new JsonFields(quantized, `${where}: ${show(name)}`);
  return {
    name,
    shape: shape as readonly number[],
    dtype: entry.text('dtype'),
    quantization: quantization && {
      dtype: quantization.text('dtype'),
      // float16 has neither.
      scale: quantization.number(1, 'scale'),
      min: quantization.number(0, 'min'),
    },
  };
}

function decode(bytes: Uint8Array<ArrayBuffer>, stored: string, { quantization }: WeightEntry): Float32Array {
  const { buffer } = bytes;
  switch (stored) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float16':
      return halvesToFloat32(new Uint16Array(buffer));
    case 'int32':
      return Float32Array.from(new Int32Array(buffer));
    default: {
      const values = stored === 'uint16' ? new Uint16Array(buffer) : bytes;
      const { scale = 1, min = 0 } = quantization ?? {};
      return Float32Array.from(values, (number) => number * scale + min);
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function invalid(source: string, what: string): MienError {
  return new MienError('MODEL_INVALID', `${source}: ${what}`);
}
