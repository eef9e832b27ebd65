/** Where `--annotate` writes: decided, and refused, before any picture is read. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { MienError } from '@mien/core';
import { toRealPath } from '../files/find-input.js';
import { toFileName } from '../results-folder/name-outputs.js';
import { isPictureHead, isVideo, mayBeAnimated } from '../sources/file-kinds.js';
import { isLive } from '../sources/open-source.js';
import { readHead } from '../sources/read-head.js';

/** By the ending of the file's name. */
export const PICTURE_FORMATS = { '.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg', '.webp': 'webp' } as const;
export const VIDEO_ENDINGS = ['.mp4', '.mov', '.mkv'] as const;
const ENDINGS = Object.keys(PICTURE_FORMATS).join(', ');

/**
 * The file to write for every source; empty without a target.
 *
 * One source goes into the named file. Several go into a folder (made where it is absent), each as
 * `<name>-annotated.png`, or `.mp4` (`toVideoName` for what turns out to move); so does a single one when the target is a folder or ends
 * in a slash.
 *
 * @throws MienError `USAGE` when the names do not work out, or a picture would be overwritten.
 */
export async function planAnnotations(
  pictures: readonly string[],
  target: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const plan = new Map<string, string>();
  if (target === undefined) return plan;
  const sources = [...new Set(pictures)];
  const isFolder =
    /[/\\]$/.test(target) || (await stat(target).catch(() => undefined))?.isDirectory() === true;
  const ending = extname(target).toLowerCase();
  const hasEnding = Object.hasOwn(PICTURE_FORMATS, ending) || VIDEO_ENDINGS.some((known) => known === ending);
  if (!isFolder && hasEnding && sources.length > 1) {
    throw usage(`${target} is one file and there are ${sources.length} pictures; name a folder`);
  }
  if (!isFolder && !hasEnding && sources.length === 1) {
    throw usage(
      `${target} must end in ${ENDINGS}, or be a folder; for a video in ${VIDEO_ENDINGS.join(', ')}`,
    );
  }

  const [only] = sources;
  if (!isFolder && hasEnding && only !== undefined) await requireSuitableEnding(only, target, ending);

  const inputs = new Set(await Promise.all(sources.map(toRealPath)));
  const writers = new Map<string, string>();
  const isOneFile = !isFolder && hasEnding;
  const names = isOneFile ? new Map<string, string>() : await nameCopies(sources);
  for (const source of sources) {
    const into = isOneFile ? target : join(target, names.get(source) ?? '');
    const other = writers.get(resolve(into));
    if (other !== undefined)
      throw usage(`${other} and ${source} would both become ${into}; name them one by one`);
    if (inputs.has(await toRealPath(into)))
      throw usage(`${into} is a picture to read and would be overwritten; name another`);
    writers.set(resolve(into), source);
    plan.set(source, into);
  }
  return plan;
}

/**
 * `<name>-annotated.png`, or `.mp4` for a video. Where two sources of a folder would get the same name, or could, because a GIF may move,
 * their endings are added: `IMG_1-gif-annotated.png`.
 */
async function nameCopies(sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const planned = await Promise.all(
    sources.map(async (source) => {
      const head = isLive(source) ? undefined : await readHead(source).catch(() => undefined);
      const isMoving = head !== undefined && head.length > 0 && isVideo(head, source);
      const kinds = isMoving ? ['mp4'] : isFixed(head, source) ? ['png'] : ['png', 'mp4'];
      const stem = toStem(source);
      return { source, stem, place: join(dirname(source), stem), kinds, ending: isMoving ? 'mp4' : 'png' };
    }),
  );
  const users = new Map<string, number>();
  for (const { place, kinds } of planned) {
    for (const kind of kinds) users.set(`${place}.${kind}`, (users.get(`${place}.${kind}`) ?? 0) + 1);
  }
  return new Map(
    planned.map(({ source, stem, place, kinds, ending }) => {
      const isShared = kinds.some((kind) => (users.get(`${place}.${kind}`) ?? 0) > 1);
      const suffix = isShared && !isLive(source) ? extname(source).replace('.', '-').toLowerCase() : '';
      return [source, `${stem}${suffix}-annotated.${ending}`];
    }),
  );
}

/** Whether a file is certainly not an animation. */
function isFixed(head: Uint8Array | undefined, source: string): boolean {
  return head !== undefined && head.length > 0 && isPictureHead(head) && !mayBeAnimated(head, source);
}

/** A GIF or WebP may be either, and a source that cannot be read is reported when it is opened. */
async function requireSuitableEnding(source: string, target: string, ending: string): Promise<void> {
  const head = isLive(source) ? undefined : await readHead(source).catch(() => undefined);
  if (head === undefined || head.length === 0 || mayBeAnimated(head, source)) return;
  const isForPictures = Object.hasOwn(PICTURE_FORMATS, ending);
  if (isPictureHead(head) && !isForPictures) {
    throw usage(`${source} is a picture; ${target} must end in ${ENDINGS}`);
  }
  if (isVideo(head, source) && isForPictures) {
    throw usage(`${source} is a video; ${target} must end in ${VIDEO_ENDINGS.join(', ')}`);
  }
}

/** The same place for a video. */
export function toVideoName(path: string): string {
  return path.replace(/-annotated\.png$/, '-annotated.mp4');
}

function toStem(source: string): string {
  return isLive(source) ? toFileName(source) : basename(source, extname(source));
}

function usage(what: string): MienError {
  return new MienError('USAGE', `--annotate: ${what}`);
}
