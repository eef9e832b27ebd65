/** What one request may cost. */
export interface Limits {
  /** Bytes of one picture for `POST /v1/analyze`. */
  readonly pictureBytes: number;
  /** Bytes of all pictures of one such request. */
  readonly analyzeBytes: number;
  /** Pictures of one such request. */
  readonly pictures: number;
  /** Pixels of a decoded picture: a small file may hold a very large one. */
  readonly pixels: number;
  /** Bytes of all files of a job. */
  readonly jobBytes: number;
  /** Files of a job. */
  readonly jobFiles: number;
  /** Time that a thread may take for one picture. */
  readonly pictureMs: number;
  /** Pictures that may wait for a thread. */
  readonly queued: number;
  /** Time over which the rate of an upload is measured; silence after which a download is given up. */
  readonly idleMs: number;
  /** Slower uploads are given up: a client that sends a byte now and then would keep a place for ever. */
  readonly uploadBytesPerSecond: number;
  /** Bytes of a model's file. */
  readonly modelBytes: number;
  /** Time that reading a model's file, and running it once, may take. */
  readonly modelMs: number;
  /** Memory that this may take. */
  readonly modelMemoryBytes: number;
  /** Time that fetching all files of a job from their addresses may take. */
  readonly downloadMs: number;
  /** Open streams. */
  readonly streams: number;
  /** Bytes of one frame of a stream. */
  readonly frameBytes: number;
  /** Time without a frame after which a stream is closed. */
  readonly streamIdleMs: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: Limits = {
  pictureBytes: 32 * MIB,
  analyzeBytes: 64 * MIB,
  pictures: 32,
  pixels: 50_000_000,
  jobBytes: 8192 * MIB,
  jobFiles: 1000,
  pictureMs: 30_000,
  queued: 64,
  idleMs: 30_000,
  uploadBytesPerSecond: 8192,
  modelBytes: 64 * MIB,
  modelMs: 30_000,
  modelMemoryBytes: 1024 * MIB,
  downloadMs: 600_000,
  streams: 100,
  frameBytes: 4 * MIB,
  streamIdleMs: 60_000,
};

/** Longest headers of a request. */
export const MAX_HEADER_BYTES = 8192;
