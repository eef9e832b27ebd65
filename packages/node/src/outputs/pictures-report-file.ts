/**
 * The one report of all pictures of a run.
 *
 * It is made when all of them were looked at, from their journals, which wait for it. So a process that was killed leaves
 * either the page, and then everything is done, or the journals of what was looked at: whoever goes on looks at the rest.
 * Where a page is there and a source is not done (files were added, one could not be read), all pictures are looked at again.
 */
import { rm } from 'node:fs/promises';
import { shownOf, Tallier, unsureReasonOf } from '@mien/results';
import { toPicturesReport, type PictureCollection, type ShownFace } from '@mien/results/report';
import type { OnProgress } from '@mien/train';
import { writeFileWhole } from '@mien/train/write-file';
import { isThere } from '../files/is-there.js';
import { madeBy } from '../made-with.js';
import { readJournal } from './journal.js';
import { toJournalPath, type SourceOutput } from './plan-outputs.js';

/** As many faces of each expression as someone looks through; the page stays small. */
const MAX_FACES = 24;
const MAX_NAMES = 200;

export interface PicturesReportWork {
  /**
   * Writes the page, unless there was no picture.
   *
   * @param unreadable a line for each source that could not be read
   * @param onProgress told of sources that were gone through
   * @throws MienError `OUTPUT_FAILED`
   */
  write(labels: readonly string[], unreadable: readonly string[], onProgress: OnProgress): Promise<void>;
  /** Everything was looked at: removes the journals that waited for the page. */
  close(): Promise<void>;
}

/**
 * To be called before any source is looked at.
 *
 * @param outputs of all sources of the run, whatever they are
 * @param resume whether to go on with what an earlier process left
 */
export async function openPicturesReport(
  outputs: readonly SourceOutput[],
  resume: boolean,
): Promise<PicturesReportWork> {
  const report = outputs[0]?.report;
  if (report === undefined) return { write: () => Promise.resolve(), close: () => Promise.resolve() };
  const { picturesPath, settings } = report;
  const close = async () => {
    for (const output of outputs) {
      if ((await readPicture(output)) !== undefined) await rm(toJournalPath(output), { force: true });
    }
  };
  // An earlier process may have ended between the page and the journals.
  if (resume && (await areThere([picturesPath, ...outputs.map(({ path }) => path)]))) await close();
  else await rm(picturesPath, { force: true });
  return {
    async write(labels, unreadable, onProgress) {
      const collection = await collectPictures(outputs, labels, onProgress);
      if (collection === undefined) return;
      const facts = [...settings.general, ...madeBy()];
      await writeFileWhole(picturesPath, await toPicturesReport({ ...collection, unreadable }, facts));
    },
    close,
  };
}

async function collectPictures(
  outputs: readonly SourceOutput[],
  labels: readonly string[],
  onProgress: OnProgress,
): Promise<Omit<PictureCollection, 'unreadable'> | undefined> {
  const tally = new Tallier(labels);
  const surest = labels.map((): FoundFace[] => []);
  const unsure: FoundFace[] = [];
  const withoutFace: string[] = [];
  let [pictures, withoutFaceCount, model, detector] = [0, 0, '', ''];
  for (const [done, output] of outputs.entries()) {
    onProgress({ done, total: outputs.length });
    const moment = await readPicture(output);
    if (moment === undefined) continue;
    ({ model, detector } = moment);
    pictures++;
    if (moment.faces.length === 0 && ++withoutFaceCount <= MAX_NAMES) withoutFace.push(output.name);
    moment.faces.forEach((face, index) => {
      tally.add(face);
      const { expression, probabilities } = shownOf(face);
      const reason = unsureReasonOf(face);
      const found = { output, index, expression, reason, probability: probabilities[expression] ?? 0 };
      if (reason === undefined) keepSurest(surest[labels.indexOf(expression)], found);
      else if (unsure.length < MAX_FACES) unsure.push(found);
    });
  }
  if (pictures === 0) return undefined;
  const surestShown: (readonly ShownFace[])[] = [];
  for (const faces of surest) surestShown.push(await withPictures(faces));
  return {
    ...{ labels, model, detector, pictures, tally },
    withoutFace: { count: withoutFaceCount, first: withoutFace },
    surest: surestShown,
    unsure: await withPictures(unsure),
  };
}

interface FoundFace extends Omit<ShownFace, 'name' | 'picture'> {
  readonly output: SourceOutput;
  /** Among the faces of its picture. */
  readonly index: number;
}

function keepSurest(faces: FoundFace[] | undefined, found: FoundFace): void {
  if (faces === undefined) return;
  const at = faces.findIndex(({ probability }) => probability < found.probability);
  faces.splice(at < 0 ? faces.length : at, 0, found);
  faces.splice(MAX_FACES);
}

/** One after the other: there may be more faces than files that can be open. */
async function withPictures(faces: readonly FoundFace[]): Promise<ShownFace[]> {
  const shown: ShownFace[] = [];
  for (const { output, index, ...face } of faces) {
    const picture = (await readPicture(output))?.pictures?.[index];
    if (picture !== undefined) shown.push({ ...face, name: output.name, picture });
  }
  return shown;
}

/** What was kept of a picture; `undefined` where nothing is, or where it is a recording. */
async function readPicture(output: SourceOutput) {
  try {
    for await (const moment of readJournal(toJournalPath(output))) {
      return moment.timestampMs === undefined ? moment : undefined;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return undefined;
}

async function areThere(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    if (!(await isThere(path))) return false;
  }
  return true;
}
