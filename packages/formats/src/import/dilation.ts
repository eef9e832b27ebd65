import type { Size2d } from '@mien/core/nn';

export interface DilatedKernel {
  readonly size: Size2d;
  /** @param perTap numbers that one tap has; `[height, width, perTap]` → the same with zeros between the taps */
  readonly spread: (data: Float32Array, perTap: number) => Float32Array;
}

/** A kernel whose taps are `rates` pixels apart, as a larger one with zeros between them: the same function. */
export function dilatedKernel([height, width]: Size2d, [down, across]: Size2d): DilatedKernel {
  const size: Size2d = [(height - 1) * down + 1, (width - 1) * across + 1];
  return {
    size,
    spread(data, perTap) {
      const spread = new Float32Array(size[0] * size[1] * perTap);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const from = (row * width + column) * perTap;
          const to = (row * down * size[1] + column * across) * perTap;
          spread.set(data.subarray(from, from + perTap), to);
        }
      }
      return spread;
    },
  };
}
