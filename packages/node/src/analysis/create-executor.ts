/** Creates the executor: this thread, one source after another, or workers (`worker-executor.ts`). */
import { analyzeSource } from './analyze-source.js';
import type { Executor } from './executor.js';
import { openAnalyzer, type AnalyzerSettings } from './open-analyzer.js';

/**
 * @param jobs number of sources that are analysed at the same time
 * @param onNotice called with lines for people, for example if a model runs in onnxruntime
 * @param where what does the work; default: this thread for one job, workers for several. Workers keep this thread free.
 * @throws MienError as opening the analyzer
 */
export async function createExecutor(
  settings: AnalyzerSettings,
  jobs: number,
  onNotice: (line: string) => void,
  where: 'here' | 'workers' = jobs === 1 ? 'here' : 'workers',
): Promise<Executor> {
  if (where === 'here') return createLocalExecutor(settings, onNotice);
  return (await import('./worker-executor.js')).createWorkerExecutor(settings, jobs, onNotice);
}

async function createLocalExecutor(
  settings: AnalyzerSettings,
  onNotice: (line: string) => void,
): Promise<Executor> {
  const opened = await openAnalyzer(settings, onNotice);
  return {
    labels: opened.labels,
    jobs: 1,
    run: (task, observer, opening) => analyzeSource(opened, task, observer, opening),
    readChunk: async (task, observer) => (await import('./read-chunk.js')).readChunk(opened, task, observer),
    joinChunks: async (task, observer) =>
      (await import('./join-chunks.js')).joinChunks(opened, task, observer),
    close: () => {
      opened.analyzer.dispose();
      return Promise.resolve();
    },
  };
}
