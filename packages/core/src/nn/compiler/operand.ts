import type { ArenaBuffer } from '../../backend/program-builder.js';

/** An argument of a launch in memory: a planned buffer, or the byte offset of a constant. */
export type Operand = ArenaBuffer | number;
