import type { OpenedSource } from '../sources/source.js';
import type { SourceObserver, SourceTask } from './analyze-source.js';

export interface Executor {
  /** The model's labels, in their order. */
  readonly labels: readonly string[];
  /** Number of sources that are analysed at the same time. */
  readonly jobs: number;
  /** Rejects if the source cannot be analysed. Tasks beyond the number of jobs are queued. */
  run(task: SourceTask, observer: SourceObserver, opening?: Promise<OpenedSource>): Promise<void>;
  close(): Promise<void>;
}
