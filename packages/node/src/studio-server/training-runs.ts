/** The checkpoints of the user's own training: listed for the window to choose from, and sent to it. */
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { MienError } from '@mien/core';
import { extensionOf } from '@mien/formats/model-file';
import { toReadError } from '../files/read-file.js';
import type { ListedCheckpoint, Ranking } from '../training/list-checkpoints.js';

/** Where the window asks for the list; the files are below {@link FILES_PATH}. */
export const LIST_PATH = '/models.json';
export const FILES_PATH = '/models/';

/** A checkpoint as the window gets it. */
export interface OfferedCheckpoint extends Omit<ListedCheckpoint, 'path'> {
  /** Name of the run: that of its folder. */
  readonly run: string;
  /** Name of the file. */
  readonly name: string;
  /** Relative to the window's address. */
  readonly url: string;
  /** What the best one of its run was chosen by. */
  readonly measure: Ranking['measure'];
}

export interface TrainingRuns {
  /** As they are now: a training that is under way adds to them. */
  list(): Promise<readonly OfferedCheckpoint[]>;
  /**
   * @param path of the address, decoded
   * @returns `undefined` unless it is that of a checkpoint in the folder
   */
  open(path: string): Promise<{ sizeBytes: number; stream: () => NodeJS.ReadableStream } | undefined>;
}

/**
 * @param folder of one run, or of several
 * @param onProblem receives checkpoints that cannot be read, which are left out, and that there are none
 * @throws MienError `USAGE` for a file, `INPUT_UNREADABLE` for a folder that cannot be read
 */
export async function openTrainingRuns(
  folder: string,
  onProblem: (error: MienError) => void,
): Promise<TrainingRuns> {
  await requireFolder(folder);
  const root = await realpath(folder);
  /** The file of a checkpoint; `undefined` for what is none, and for links to other files of this machine. */
  const find = async (parts: readonly string[]): Promise<string | undefined> => {
    const isPlain = parts.length <= 2 && parts.every((part) => /^[^.\\/\0][^\\/\0]*$/.test(part));
    if (!isPlain) return undefined;
    const file = await realpath(resolve(root, ...parts)).catch(() => undefined);
    return file?.startsWith(root + sep) === true && extensionOf(file) !== undefined ? file : undefined;
  };
  return {
    async list() {
      const { listCheckpoints } = await import('../training/list-checkpoints.js');
      const offered: OfferedCheckpoint[] = [];
      for (const run of [root, ...(await foldersIn(root))]) {
        const { checkpoints, ranking } = await listCheckpoints(run, onProblem);
        for (const { path, ...figures } of checkpoints) {
          const parts = relative(root, path).split(sep);
          if ((await find(parts)) === undefined) continue;
          const url = `.${FILES_PATH}${parts.map(encodeURIComponent).join('/')}`;
          offered.push({
            run: basename(run),
            name: basename(path),
            url,
            measure: ranking.measure,
            ...figures,
          });
        }
      }
      if (offered.length === 0) {
        const message = `${folder}: holds no checkpoints; those of a training are offered when the window is loaded again`;
        onProblem(new MienError('NOT_FOUND', message));
      }
      return offered;
    },

    async open(path) {
      const file = await find(path.slice(FILES_PATH.length).split('/'));
      const status = file === undefined ? undefined : await stat(file);
      if (file === undefined || status?.isFile() !== true) return undefined;
      return { sizeBytes: status.size, stream: () => createReadStream(file, { end: status.size - 1 }) };
    },
  };
}

async function requireFolder(folder: string): Promise<void> {
  const status = await stat(folder).catch((cause: unknown) => {
    throw toReadError(folder, cause);
  });
  if (!status.isDirectory())
    throw new MienError('USAGE', `${folder}: is a file; name the folder of the runs`);
}

async function foldersIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(root, name))
    .sort();
}
