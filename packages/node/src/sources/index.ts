/** Reads the frames of pictures, videos and cameras. `@mien/node/sources`. */
export { findSources, type FoundSource } from './find-sources.js';
export { isLive, openSource } from './open-source.js';
export { parseInterval, parseTime } from './parse-time.js';
export type { Chunk, ChunkPlan } from './chunk.js';
export { planChunks } from './load-plan-chunks.js';
export type { OpenedSource } from './source.js';
