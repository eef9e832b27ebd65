/** Reads the frames of pictures, videos and cameras. `@mien/node/sources`. */
export { findSources, type FoundSource } from './find-sources.js';
export { isLive, openSource } from './open-source.js';
export { parseInterval, parseTime } from './parse-time.js';
export { type Chunk, type ChunkPlan, planChunks } from './chunk.js';
export type { OpenedSource } from './source.js';
