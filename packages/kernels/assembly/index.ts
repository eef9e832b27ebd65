/**
 * The kernels of Mien: every function here computes on raw byte offsets into one linear memory.
 *
 * Conventions (see core's backend/program.ts for the caller's side):
 * - tensors are float32, NHWC, densely packed, and start on 16-byte boundaries or better;
 * - a pointer of 0 means that an optional tensor is absent;
 * - the last two parameters are `begin, end`: the range of items to compute;
 * - no kernel allocates, keeps state or touches memory that it was not given.
 */
export { packPanels, packRotatedPanels } from './panels';
export * from './gemm';
export * from './convolution';
export { conv2dWinograd } from './winograd';
export * from './winograd-panels';
export * from './winograd-backward';
export * from './depthwise';
export * from './normalization';
export * from './max-pooling';
export * from './max-pooling-backward';
export * from './average-pooling';
export * from './elementwise';
export * from './activation';
export * from './activation-backward';
export * from './dropout';
export * from './rearrange';
export * from './rearrange-backward';
export * from './loss';
export * from './optimizer';
export * from './sampling';
export * from './area';
export * from './haar';
export * from './augment-tone';
export * from './augment-filter';
export * from './augment-noise';
export * from './augment-jpeg';
