/** How a layer is written: the same in every language, as in Keras and Netron. */
import type { LayerSummary, NetworkSummary } from '@mien/formats/model-file';

/** `separableConv2d` → `SeparableConv2D`, which is the name in Keras. */
export function operatorOf({ kind }: Pick<LayerSummary, 'kind'>): string {
  if (kind === 'prelu') return 'PReLU';
  return (kind.slice(0, 1).toUpperCase() + kind.slice(1)).replace('2d', '2D');
}

export function toShapeText(shape: readonly number[]): string {
  return shape.join('×');
}

/** Of all multiplications of the network, 0…1. */
export function shareOf(layer: LayerSummary, { macs }: NetworkSummary): number {
  return macs === 0 ? 0 : layer.macs / macs;
}

export function toPercent(share: number): string {
  return share === 0 ? '0 %' : share < 0.001 ? '< 0.1 %' : `${(share * 100).toFixed(1)} %`;
}

/** What a layer does, for its colour. */
export const FAMILIES = [
  'input',
  'weights',
  'normalization',
  'activation',
  'window',
  'join',
  'shape',
] as const;
export type Family = (typeof FAMILIES)[number];

export function familyOf({ kind }: Pick<LayerSummary, 'kind'>): Family {
  switch (kind) {
    case 'input':
      return 'input';
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'separableConv2d':
    case 'dense':
      return 'weights';
    case 'batchNormalization':
      return 'normalization';
    case 'activation':
    case 'prelu':
    case 'clip':
      return 'activation';
    case 'maxPooling2d':
    case 'averagePooling2d':
    case 'globalAveragePooling2d':
    case 'resize2d':
      return 'window';
    case 'add':
    case 'multiply':
    case 'concatenate':
      return 'join';
    case 'flatten':
    case 'reshape':
    case 'zeroPadding2d':
    case 'dropout':
      return 'shape';
    default:
      return kind satisfies never;
  }
}
