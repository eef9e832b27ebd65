/**
 * Reads HEIC, the format of iPhone photographs, with libheif's own program where the system has it: sharp comes without its
 * codec (HEVC), which is not free.
 *
 * Debian has the program in `libheif-examples`, Fedora in `libheif-tools`, Homebrew in `libheif`.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MienError } from '@mien/core';
import { toTerminated } from '../sources/terminated.js';
import { withoutExif } from './jpeg-structure.js';

/** Newer versions of libheif call it `heif-dec`. */
const PROGRAMS = ['heif-convert', 'heif-dec'] as const;
/** A photograph of 48 megapixels takes 2 s. */
const TIMEOUT_MS = 60_000;

export interface ConvertedHeic {
  /** A JPEG file of the highest quality, upright. */
  readonly bytes: Uint8Array;
  /** Pictures in the file. */
  readonly pictures: number;
}

/**
 * @param path for messages
 * @returns `undefined` where the program is not installed
 * @throws MienError `INPUT_INVALID` if it cannot decode the file
 */
export async function convertHeic(path: string, heic: Uint8Array): Promise<ConvertedHeic | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'mien-heic-'));
  try {
    const input = join(folder, 'in.heic');
    await writeFile(input, heic);
    const program = await decode(path, input, join(folder, 'out.jpg'));
    if (program === undefined) return undefined;
    // `out.jpg`, or `out-1.jpg` and so on where there are several.
    const made = (await readdir(folder)).filter((name) => name.startsWith('out'));
    const numbers = made.map((name) => Number(/-(\d+)\.jpg$/.exec(name)?.[1] ?? 1));
    const first = made[numbers.indexOf(Math.min(...numbers))];
    if (first === undefined) throw undecodable(path, `${program} wrote nothing`);
    // HEIC is turned by its own boxes, which the program has followed; the copied EXIF would turn it again.
    return { bytes: withoutExif(await readFile(join(folder, first))), pictures: made.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the program that did it */
async function decode(path: string, input: string, output: string): Promise<string | undefined> {
  const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', windowsHide: true } as const;
  for (const program of PROGRAMS) {
    try {
      await promisify(execFile)(program, ['-q', '100', input, output], options);
      return program;
    } catch (error) {
      const { code, signal, killed, stderr } = error as ExecFileException;
      if (code === 'ENOENT') continue;
      if (signal === 'SIGTERM') throw toTerminated(path, program, error);
      const said =
        killed === true ? `not done after ${TIMEOUT_MS / 1000} s` : stderr?.trim().split('\n').at(-1);
      throw undecodable(path, said === undefined || said === '' ? `${program} failed` : said);
    }
  }
  return undefined;
}

function undecodable(path: string, why: string): MienError {
  return new MienError(
    'INPUT_INVALID',
    `${path}: is HEIC, and damaged or cut short (${why}); copy the picture again`,
  );
}
