/**
 * The report about all pictures of a run.
 *
 * It is made from the journals of the pictures, which are kept until then. So a killed process leaves either the page, and
 * then everything is done, or the journals of the analysed pictures, and the next process analyses the rest. If there is a
 * page but a source is not finished (files were added, or one could not be read), all pictures are analysed again.
 */
import { rm } from 'node:fs/promises';
import { shownReading, Tallier, unsureReasonOf } from '@mien/results';
import {
  toPicturesReport,
  type NamedPicture,
  type PictureCollection,
  type ShownFace,
} from '@mien/results/report';
import type { OnProgress } from '@mien/train';
import { writeFileWhole } from '@mien/train/write-file';
import { isThere } from '../files/is-there.js';
import { madeBy } from '../made-with.js';
import { readJournal } from './journal.js';
import type { SourceOutput } from './plan-outputs.js';

/** Faces shown for each expression: as many as someone looks at; the page stays small. */
const MAX_FACES = 24;
const MAX_NAMES = 200;

export interface PicturesPage {
  /**
   * Writes the page, unless there was no picture.
   *
   * @param unreadable one line per source that could not be read
   * @param onProgress called with the number of processed sources
   * @throws MienError `OUTPUT_FAILED`
   */
  write(labels: readonly string[], unreadable: readonly string[], onProgress: OnProgress): Promise<void>;
  /** Removes the journals, when all pictures are on the page. */
  close(): Promise<void>;
}

/**
 * To be called before any source is analysed.
 *
 * @param outputs of all sources of the run, pictures or not
 * @param resume whether to go on with the work of an earlier process
 */
export async function openPicturesPage(
  outputs: readonly SourceOutput[],
  resume: boolean,
): Promise<PicturesPage> {
  const report = outputs[0]?.report;
  if (report === undefined) return { write: () => Promise.resolve(), close: () => Promise.resolve() };
  const { picturesPath, settings } = report;
  const close = async () => {
    for (const output of outputs) {
      if ((await readPicture(output)) !== undefined) await rm(output.journal, { force: true });
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
  const withoutFace: NamedPicture[] = [];
  let [pictures, withoutFaceCount, model, detector] = [0, 0, '', ''];
  for (const [done, output] of outputs.entries()) {
    onProgress({ done, total: outputs.length });
    const record = await readPicture(output);
    if (record === undefined) continue;
    ({ model, detector } = record);
    pictures++;
    if (record.faces.length === 0 && ++withoutFaceCount <= MAX_NAMES) withoutFace.push(toNamed(output));
    record.faces.forEach((face, index) => {
      tally.add(face);
      const { expression, probabilities } = shownReading(face);
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

interface FoundFace extends Omit<ShownFace, keyof NamedPicture | 'picture'> {
  readonly output: SourceOutput;
  /** Index among the faces of its picture. */
  readonly index: number;
}

function keepSurest(faces: FoundFace[] | undefined, found: FoundFace): void {
  if (faces === undefined) return;
  const at = faces.findIndex(({ probability }) => probability < found.probability);
  faces.splice(at < 0 ? faces.length : at, 0, found);
  faces.splice(MAX_FACES);
}

function toNamed({ name, report }: SourceOutput): NamedPicture {
  return { name, href: report?.href };
}

/** One after the other: there may be more faces than files that can be open. */
async function withPictures(faces: readonly FoundFace[]): Promise<ShownFace[]> {
  const shown: ShownFace[] = [];
  for (const { output, index, ...face } of faces) {
    const picture = (await readPicture(output))?.pictures?.[index];
    if (picture !== undefined) shown.push({ ...face, ...toNamed(output), picture });
  }
  return shown;
}

/** The stored result of a picture; `undefined` if there is none, or if it is a recording. */
async function readPicture(output: SourceOutput) {
  try {
    for await (const record of readJournal(output.journal)) {
      return record.timestampMs === undefined ? record : undefined;
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
