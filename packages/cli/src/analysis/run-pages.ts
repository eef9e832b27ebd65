/** What `--plot` and `--report` make of a run as a whole, beside what they make of each recording. */
import type { CommandContext } from '../command-context.js';
import { createCountProgress } from '../terminal/count-progress.js';
import { isThere } from '../files/is-there.js';
import type { SourceOutput } from '../outputs/plan-outputs.js';
import type { FoundSource } from '../sources/find-sources.js';
import type { Failure } from './run-entries.js';

export interface RunPages {
  /**
   * Writes the page of all pictures, and says so where there was nothing to draw.
   *
   * @param isInterrupted whether sources were left for another time
   * @throws MienError `OUTPUT_FAILED`
   */
  end(labels: readonly string[], failures: readonly Failure[], isInterrupted: boolean): Promise<void>;
}

/** To be called before any source is looked at. */
export async function openRunPages(
  { stderr }: Pick<CommandContext, 'stderr'>,
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
    async end(labels, failures, isInterrupted) {
      // A page is handed on: where the sources lie on this machine is not.
      const names = new Map([...plan].map(([{ source }, { name }]) => [source, name]));
      const unreadable = failures.map(({ source, message }) =>
        message.replaceAll(source, names.get(source) ?? source),
      );
      const progress = createCountProgress(stderr, 'reporting on pictures');
      await work?.write(labels, unreadable, progress.show).finally(progress.end);
      if (!isInterrupted) await work?.close();
      if (timeline !== undefined && !isInterrupted && (await hasNoTimeline(outputs))) {
        stderr.write('mien: --plot: a picture has no timeline, and there was no video\n');
      }
    },
  };
}

async function hasNoTimeline(outputs: readonly SourceOutput[]): Promise<boolean> {
  const written = await Promise.all(outputs.map(({ path }) => isThere(path)));
  const drawn = await Promise.all(outputs.map(({ timeline }) => isThere(`${timeline ?? ''}.svg`)));
  return written.some(Boolean) && !drawn.some(Boolean);
}
