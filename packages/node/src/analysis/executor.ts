import type { OpenedSource } from '../sources/source.js';
import type { SourceObserver, SourceTask } from './analyze-source.js';

export interface Executor {
  /** Of the model, in their order. */
  readonly labels: readonly string[];
  /** How many sources are worked on at the same time. */
  readonly jobs: number;
  /** Rejects with what is wrong with the source. Asked for more than it can do at once, it lets them wait. */
  run(task: SourceTask, observer: SourceObserver, opening?: Promise<OpenedSource>): Promise<void>;
  close(): Promise<void>;
}
