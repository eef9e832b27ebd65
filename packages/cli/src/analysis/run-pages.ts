/** What `--plot` and `--report` make of a run as a whole, beside what they make of each recording. */
import { stat } from 'node:fs/promises';
import type { CommandContext } from '../command-context.js';
import type { SourceOutput } from '../outputs/plan-outputs.js';

export interface RunPages {
  /**
   * Writes the page of all pictures, and says so where there was nothing to draw.
   *
   * @param failures a line for each source that could not be read
   * @param isInterrupted whether sources were left for another time
   * @throws MienError `OUTPUT_FAILED`
   */
  end(labels: readonly string[], failures: readonly string[], isInterrupted: boolean): Promise<void>;
}

/** To be called before any source is looked at. */
export async function openRunPages(
  { stderr }: Pick<CommandContext, 'stderr'>,
  outputs: readonly SourceOutput[],
  resume: boolean,
): Promise<RunPages> {
  const [first] = outputs;
  const { report, timeline } = first ?? {};
  // Loaded where it is asked for: starting up should not wait for it.
  const file = report === undefined ? undefined : await import('../outputs/pictures-report-file.js');
  const work = await file?.openPicturesReport(outputs, resume);
  return {
    async end(labels, failures, isInterrupted) {
      await work?.write(labels, failures);
      if (!isInterrupted) await work?.close();
      if (timeline !== undefined && !isInterrupted && (await hasNoTimeline(outputs))) {
        stderr.write('mien: --plot: a picture has no timeline, and there was no video\n');
      }
    },
  };
}

async function hasNoTimeline(outputs: readonly SourceOutput[]): Promise<boolean> {
  const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;
  const written = await Promise.all(outputs.map(({ path }) => isThere(path)));
  const drawn = await Promise.all(outputs.map(({ timeline }) => isThere(`${timeline ?? ''}.svg`)));
  return written.some(Boolean) && !drawn.some(Boolean);
}
