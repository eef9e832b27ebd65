/**
 * The kernels of Mien. Every function takes byte offsets into one linear memory.
 *
 * Conventions (core's backend/program.ts is the caller's side):
 * - tensors are float32, NHWC, densely packed, and start on 16-byte boundaries or better;
 * - a pointer of 0 stands for an absent optional tensor;
 * - the last two parameters are `begin, end`: the range of items to compute;
 * - no kernel allocates memory, keeps state, or touches memory outside its arguments.
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
