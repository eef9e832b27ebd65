import type { BundledFigures } from './bundled-figures.js';

/** By the ids of the models. The build puts it in: `build/bundled-figures-plugin.ts`. */
declare const __BUNDLED_FIGURES__: Readonly<Record<string, BundledFigures>>;

/** @param id of a model that comes with the studio */
export function figuresOf(id: string): BundledFigures | undefined {
  return __BUNDLED_FIGURES__[id];
}
