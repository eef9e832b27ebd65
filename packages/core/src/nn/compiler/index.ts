/**
 * `@mien/core/compiler`: the parts of the compiler that inference and training share. A program builder plans memory,
 * emitters append the launches of a layer, and a team of threads runs the finished program.
 *
 * Internal: made for `@mien/train`, and changes without notice.
 */
export { FLAG_ACCUMULATE, FLAG_RELU } from '../../backend/flags.js';
export {
  ProgramBuilder,
  type Arena,
  type ArenaBuffer,
  type LaunchArgs,
  type PlannedProgram,
} from '../../backend/program-builder.js';
export type { Launch, Program } from '../../backend/program.js';
export { createBarrier, serveTeam, shareOf, TeamLeader, type Barrier } from '../../backend/thread-team.js';
export { toWindowOperands, type WindowOperands } from '../window.js';
export { concatenatedParts, type ConcatenatedPart } from './concatenation.js';
export { emitConv2d, toConv2dGeometry, weightRows, type Conv2dGeometry } from './emit-conv2d.js';
export { emitConv2dInputGradient } from './emit-conv2d-input-gradient.js';
export { emitZeroPadding } from './emit-zero-padding.js';
export { ELEMENT_GRAIN, ROW_GRAIN } from './grains.js';
export { isDepthwise } from './inference-constants.js';
export type { Operand } from './operand.js';
export { emitPanels, gradientWorkElements, panelCount, panelElements } from './panels.js';
export {
  emitWinograd,
  emitWinogradPanels,
  emitWinogradWeightGradient,
  hasWinogradGradient,
  toWinogradKernel,
  winogradColumns,
  winogradGradientElements,
} from './winograd.js';
