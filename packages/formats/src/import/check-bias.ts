import type { Tensor } from '@mien/core/nn';
import type { GraphImporter } from './graph-importer.js';

/** @throws MienError `MODEL_INVALID` */
export function checkBias(importer: GraphImporter, bias: Tensor | undefined, count: number): void {
  if (bias !== undefined && bias.data.length !== count) {
    throw importer.invalid(`${bias.data.length} biases for ${count} results`);
  }
}
