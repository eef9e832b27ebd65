/** Remembers the crops that a network read last, as it saw them: in the detail and the exposure that they were brought to. */
import {
  createAsyncPredictor,
  normalizationOf,
  normalizeInputs,
  type AsyncClassifier,
  type AsyncExternalModel,
  type InputContract,
} from '@mien/core';
import type { FaceCrop } from '../protocol/messages.js';

export class CropRecorder {
  /** float32 `[count, height, width, channels]` in the input's range; absent where there was no face. */
  #inputs: Float32Array | undefined;
  #count = 0;

  /** The same model; every predictor of it is recorded. */
  record(model: AsyncClassifier): AsyncExternalModel {
    return {
      manifest: model.manifest,
      labels: model.labels,
      engine: 'engine' in model ? model.engine : 'mien',
      isPrepared: true,
      createAsyncPredictor: async () => {
        const predictor = await createAsyncPredictor(model);
        return {
          predict: (inputs, count) => {
            this.#inputs = inputs;
            this.#count = count;
            return predictor.predict(inputs, count);
          },
          dispose: () => predictor.dispose?.(),
        };
      },
    };
  }

  forget(): void {
    this.#inputs = undefined;
    this.#count = 0;
  }

  /** The crops since `forget`, in the order of the faces. */
  toCrops(input: InputContract): FaceCrop[] {
    const { height, width, channels, detail, exposure } = input;
    const length = height * width * channels;
    const seen = this.#inputs && normalizeInputs(this.#inputs, input, normalizationOf({ detail, exposure }));
    return Array.from({ length: this.#count }, (_, face) => ({
      height,
      width,
      channels,
      data: toBytes(seen?.subarray(face * length, (face + 1) * length) ?? new Float32Array(length), input),
    }));
  }
}

/** The same model for crops of `toCrops`: these have been brought to its detail and exposure already. */
export function toModelOfCrops(model: AsyncClassifier): AsyncClassifier {
  const { width, height, channels, range, mean, std, channelOrder } = model.manifest.input;
  const input = { width, height, channels, range, ...normalizationOf({ mean, std, channelOrder }) };
  return { ...model, manifest: { ...model.manifest, input } };
}

/** Samples in the input's range → 0 to 255. */
export function toBytes(
  samples: Float32Array,
  { range: [low, high] }: Pick<InputContract, 'range'>,
): Uint8Array {
  // The array rounds, and clips what resampling filters overshoot.
  return new Uint8Array(
    Uint8ClampedArray.from(samples, (value) => ((value - low) / (high - low)) * 255).buffer,
  );
}

/** 0 to 255 → samples in the input's range. */
export function toSamples(
  bytes: Uint8Array,
  { range: [low, high] }: Pick<InputContract, 'range'>,
): Float32Array {
  return Float32Array.from(bytes, (value) => low + (value / 255) * (high - low));
}
