/** What `--plot` and `--report` make of a run as a whole, beside what they make of each recording. */
import type { OnProgress } from '@mien/train';
import { isThere } from '../files/is-there.js';
import type { SourceOutput } from '../outputs/plan-outputs.js';
import type { FoundSource } from '../sources/find-sources.js';
import type { Failure } from './run-entries.js';

export interface RunPages {
  /**
   * Writes the page of all pictures.
   *
   * @param isInterrupted whether sources were left for another time
   * @param onProgress called with the sources that were collected for the page
   * @returns whether there was nothing of which a timeline could be drawn
   * @throws MienError `OUTPUT_FAILED`
   */
  end(
    labels: readonly string[],
    failures: readonly Failure[],
    isInterrupted: boolean,
    onProgress: OnProgress,
  ): Promise<{ readonly hasNothingToDraw: boolean }>;
}

/** To be called before any source is looked at. */
export async function openRunPages(
  plan: ReadonlyMap<FoundSource, SourceOutput>,
  resume: boolean,
): Promise<RunPages> {
  const outputs = [...plan.values()];
  const [first] = outputs;
  const { report, timeline } = first ?? {};
  // Loaded where it is asked for: starting up should not wait for it.
  const file = report === undefined ? undefined : await import('../outputs/pictures-report-file.js');
  const work = await file?.openPicturesReport(outputs, resume);
  return {
    async end(labels, failures, isInterrupted, onProgress) {
      // A page is handed on: where the sources lie on this machine is not.
      const names = new Map([...plan].map(([{ source }, { name }]) => [source, name]));
      const unreadable = failures.map(({ source, message }) =>
        message.replaceAll(source, names.get(source) ?? source),
      );
      await work?.write(labels, unreadable, onProgress);
      if (!isInterrupted) await work?.close();
      return {
        hasNothingToDraw: timeline !== undefined && !isInterrupted && (await hasNoTimeline(outputs)),
      };
    },
  };
}

async function hasNoTimeline(outputs: readonly SourceOutput[]): Promise<boolean> {
  const written = await Promise.all(outputs.map(({ path }) => isThere(path)));
  const drawn = await Promise.all(outputs.map(({ timeline }) => isThere(`${timeline ?? ''}.svg`)));
  return written.some(Boolean) && !drawn.some(Boolean);
}
