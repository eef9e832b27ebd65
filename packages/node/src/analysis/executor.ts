import type { OpenedSource } from '../sources/source.js';
import type { SourceObserver, SourceTask } from './analyze-source.js';
import type { JoinEnd, JoinTask } from './join-chunks.js';
import type { ChunkEnd, ChunkTask } from './read-chunk.js';

export type ChunkObserver = Pick<SourceObserver, 'onProgress'>;

export interface Executor {
  /** The model's labels, in their order. */
  readonly labels: readonly string[];
  /** Number of sources that are analysed at the same time. */
  readonly jobs: number;
  /** Rejects if the source cannot be analysed; ends early if it is stopped. Tasks beyond the number of jobs are queued. */
  run(task: SourceTask, observer: SourceObserver, opening?: Promise<OpenedSource>): Promise<void>;
  /** Reads one chunk of a video. Rejects if its readings cannot be stored, and with the reason of its signal. */
  readChunk(task: ChunkTask, observer: ChunkObserver): Promise<ChunkEnd>;
  /** Makes the results of a video out of the readings of its chunks. Rejects with the reason of its signal. */
  joinChunks(task: JoinTask, observer: ChunkObserver): Promise<JoinEnd>;
  close(): Promise<void>;
}
