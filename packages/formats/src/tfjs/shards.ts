/** Weights as TensorFlow.js keeps them: a list in `model.json`, and files (shards) that hold their bytes one after the other. */
import { toWeightBytes, type WeightType } from '../float16.js';

export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

interface ShardedWeights {
  /** The `weightsManifest` of `model.json`. */
  readonly manifest: readonly object[];
  /** By the names that the manifest gives them. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/** Shards are at most this large, so that browsers keep them in their cache. */
const SHARD_BYTES = 4 * 2 ** 20;

/** @param dtype of the floats; TensorFlow.js computes with float32 whatever it is */
export function toShards(weights: readonly StoredWeight[], dtype: WeightType = 'F32'): ShardedWeights {
  const parts = weights.map(({ data }) => (data instanceof Float32Array ? toWeightBytes(data, dtype) : toIntegerBytes(data))); // prettier-ignore
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  const shards = new Map(
    Array.from({ length: count }, (_, index) => [
      `group1-shard${index + 1}of${count}.bin`,
      bytes.slice(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
    ]),
  );
  const entries = weights.map(({ name, shape, data }) => ({
    name,
    shape,
    dtype: data instanceof Float32Array ? 'float32' : 'int32',
    ...(data instanceof Float32Array &&
      dtype === 'F16' && { quantization: { dtype: 'float16', original_dtype: 'float32' } }),
  }));
  return { manifest: [{ paths: [...shards.keys()], weights: entries }], shards };
}

function toIntegerBytes(data: Int32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  data.forEach((value, index) => {
    view.setInt32(index * 4, value, true);
  });
  return bytes;
}
