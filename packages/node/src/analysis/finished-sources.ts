/**
 * Which sources of an output folder are done, and how their files were then: a file that was changed since is done again.
 *
 * One JSON line a source, appended when its output stands. A process that is killed before loses the line and does that
 * source again, to the same bytes.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { toWriteError, type JournalHead } from '../outputs/journal.js';

export interface FinishedSources {
  has(output: string, head: JournalHead): boolean;
  /** @throws MienError `OUTPUT_FAILED` */
  add(output: string, head: JournalHead): Promise<void>;
}

const FILE = '.mien-finished.ndjson';

/**
 * @param folder of the outputs; it is there
 * @param resume whether what an earlier process finished counts
 */
export async function openFinishedSources(folder: string, resume: boolean): Promise<FinishedSources> {
  const path = join(folder, FILE);
  const text = resume ? await readFile(path, 'utf8').catch(() => '') : '';
  const finished = new Map(text.split('\n').flatMap(parseLine));
  const write = async (writing: Promise<void>) => {
    await writing.catch((cause: unknown) => {
      throw toWriteError(path, cause);
    });
  };
  // A line that was cut off by the end of the process stands alone.
  await write(text === '' ? writeFile(path, '') : appendFile(path, '\n'));
  return {
    has: (output, head) => finished.get(relative(folder, output)) === JSON.stringify(head),
    add: (output, head) =>
      write(appendFile(path, `${JSON.stringify({ output: relative(folder, output), ...head })}\n`)),
  };
}

function parseLine(line: string): [output: string, head: string][] {
  try {
    const { output, ...head } = JSON.parse(line) as JournalHead & { readonly output: string };
    return [[output, JSON.stringify(head)]];
  } catch {
    return []; // Empty, or cut off.
  }
}
