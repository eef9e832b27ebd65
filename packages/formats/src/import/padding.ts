/** Paddings by name and by number: which amounts a name comes to, and which name amounts have. */
import { resolveWindow, type ExplicitPadding, type Padding, type Size2d } from '@mien/core/nn';

export const NO_PADDING: ExplicitPadding = { top: 0, left: 0, bottom: 0, right: 0 };

/** What a window's padding comes to on a picture of this size. */
export function toAmounts(padding: Padding, input: Size2d, size: Size2d, strides: Size2d): ExplicitPadding {
  if (typeof padding !== 'string') return padding;
  const axis = (index: 0 | 1) => {
    const window = resolveWindow([input[index], 1], {
      size: [size[index], 1],
      strides: strides[index],
      padding,
    });
    return { before: window.padTop, after: window.paddedHeight - input[index] - window.padTop };
  };
  const [rows, columns] = [axis(0), axis(1)];
  return { top: rows.before, left: columns.before, bottom: rows.after, right: columns.after };
}

/** Keras' names where they mean the same, so that what was written by name reads back as it was. */
export function toNamed(amounts: ExplicitPadding, input: Size2d, size: Size2d, strides: Size2d): Padding {
  if (areSame(amounts, NO_PADDING)) return 'valid';
  return areSame(amounts, toAmounts('same', input, size, strides)) ? 'same' : amounts;
}

export function sumOf(a: ExplicitPadding, b: ExplicitPadding): ExplicitPadding {
  return {
    top: a.top + b.top,
    left: a.left + b.left,
    bottom: a.bottom + b.bottom,
    right: a.right + b.right,
  };
}

export function areSame(a: ExplicitPadding, b: ExplicitPadding): boolean {
  return a.top === b.top && a.left === b.left && a.bottom === b.bottom && a.right === b.right;
}
