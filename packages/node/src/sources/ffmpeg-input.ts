import type { ByteSource } from './source.js';

/** What ffmpeg reads frames from. */
export interface FfmpegInput {
  /** Name in messages. */
  readonly source: string;
  /** Arguments of the input: formats, `-i`, the address. */
  readonly args: readonly string[];
  /** Bytes for its standard input, if it reads from there. */
  readonly stdin?: ByteSource;
  /** The time of the input that becomes 0; default: its first time. */
  readonly originMs?: number;
  /** End of the recording by its header: frames that end long before show that it is cut short. */
  readonly expectedEndMs?: number | undefined;
  /** A stream without a stated end should not end by itself: that is an error. */
  readonly isStream?: boolean;
  /** The source is given up if it gives nothing for this long; absent for files. */
  readonly idleMs?: number;
  /** Advice in messages. */
  readonly advice: string;
}
