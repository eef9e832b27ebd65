/** Who does the work: this thread, one source after the other, or several workers (`worker-executor.ts`). */
import type { CommandContext } from '../command-context.js';
import type { OpenedSource } from '../sources/source.js';
import { analyzeSource, type SourceObserver, type SourceTask } from './analyze-source.js';
import { openAnalyzer, type AnalyzerSettings } from './open-analyzer.js';

export interface Executor {
  /** Of the model, in their order. */
  readonly labels: readonly string[];
  /** How many sources are worked on at the same time. */
  readonly jobs: number;
  /** Rejects with what is wrong with the source. Asked for more than it can do at once, it lets them wait. */
  run(task: SourceTask, observer: SourceObserver, opening?: Promise<OpenedSource>): Promise<void>;
  close(): Promise<void>;
}

export async function createLocalExecutor(
  context: Pick<CommandContext, 'stderr'>,
  settings: AnalyzerSettings,
): Promise<Executor> {
  const opened = await openAnalyzer(context, settings);
  return {
    labels: opened.labels,
    jobs: 1,
    run: (task, observer, opening) => analyzeSource(opened, task, observer, opening),
    close: () => {
      opened.analyzer.dispose();
      return Promise.resolve();
    },
  };
}
