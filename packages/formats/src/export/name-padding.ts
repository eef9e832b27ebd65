import type { ExplicitPadding, Padding, PADDINGS, Shape, Size2d } from '@mien/core/nn';
import { toAmounts, toNamed } from '../import/padding.js';

/** A window's padding for formats that have paddings by name only: the name, or what has to be put around the picture before. */
export type NamedPadding =
  | { readonly name: (typeof PADDINGS)[number] }
  | { readonly name: undefined; readonly amounts: ExplicitPadding };

/**
 * @param input of the window, `[height, width, …]`
 * @param counts whether the operator must not tell the padding from the picture, as `same` does for means
 */
export function namePadding(
  [height = 1, width = 1]: Shape,
  { padding, strides }: { readonly padding: Padding; readonly strides: number },
  size: Size2d,
  counts: boolean,
): NamedPadding {
  const steps: Size2d = [strides, strides];
  const amounts = toAmounts(padding, [height, width], size, steps);
  const name = toNamed(amounts, [height, width], size, steps);
  return name === 'valid' || (name === 'same' && !counts) ? { name } : { name: undefined, amounts };
}
