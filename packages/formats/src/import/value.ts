import type { Shape } from '@mien/core/nn';
import { orderOf, type View } from './view.js';

/** An output of one of our layers, as the source graph sees it. */
export interface Value extends View {
  readonly layer: string;
  /** What the layer really puts out; its elements are those of the view, in the order of memory. */
  readonly shape: Shape;
}

/** Whether memory lies as `axes` say; they must name every axis that is longer than one. */
export function fitsOrder(x: Value, axes: readonly number[]): boolean {
  return orderOf(x)?.join() === axes.filter((axis) => (x.dims[axis] ?? 1) > 1).join();
}
