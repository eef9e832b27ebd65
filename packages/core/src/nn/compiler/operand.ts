import type { ArenaBuffer } from '../../backend/program-builder.js';

/** A place in memory: a planned buffer, or the byte offset of something that stays. */
export type Operand = ArenaBuffer | number;
