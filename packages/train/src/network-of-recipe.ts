import { MienError } from '@mien/core';
import {
  baseNetwork,
  bigXception,
  miniXception,
  nanoNetwork,
  residualNetwork,
  type Graph,
  type ImageShape,
} from '@mien/core/nn';
import type { Recipe } from './recipe/recipe.js';

/**
 * The network that a recipe asks for, as far as it is built from numbers; a network from a file is its reader's matter.
 *
 * @param classes number of labels
 */
export function createGraph({ network, inputSize }: Recipe, classes: number): Graph {
  const inputShape: ImageShape = [inputSize, inputSize, 1];
  switch (network.kind) {
    case 'mini-xception':
      return miniXception({ inputShape, classes });
    case 'big-xception':
      return bigXception({ inputShape, classes });
    case 'nano':
      return nanoNetwork({ inputShape, classes, dropout: network.dropout });
    case 'base':
      return baseNetwork({ inputShape, classes, dropout: network.dropout });
    case 'residual':
      return residualNetwork({ ...network, inputShape, classes });
    case 'file':
      throw new MienError('USAGE', `train: the network ${network.path} is in a file; read it first`);
    default:
      return network satisfies never;
  }
}
