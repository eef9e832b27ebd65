/**
 * Models of one's own, in the store of files that all machines share, folder or bucket.
 *
 *   models/names/<name>.json      what is known of it, with the labels and the input range that the uploader stated
 *   models/<sha256>/<name>        the file
 *
 * A name stays with its content: jobs that name a model get the same one until their end, or none. Programs that read a model
 * take it from a folder of this process, where it has its name, which becomes the id in results, and its contract beside it.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { MienError } from '@mien/core';
import { findInstalledModel } from '@mien/node/models';
import type { FileStore } from '../store/file-store.js';
import { createScratchFolder } from '../store/scratch-folder.js';
import { checkModel, type CheckLimits } from './check-model.js';

export const MODEL_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What a file may not say itself, in the form of a manifest. */
const contractSchema = z.object({
  labels: z.array(z.string()).optional(),
  input: z.object({ range: z.tuple([z.number(), z.number()]).readonly() }).optional(),
});
export type StatedContract = z.infer<typeof contractSchema>;

const storedSchema = z.object({
  name: z.string().regex(MODEL_NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int(),
  labels: z.array(z.string()),
  inputShape: z.tuple([z.number(), z.number(), z.number()]),
  notices: z.array(z.string()),
  addedAt: z.iso.datetime(),
  stated: contractSchema,
});
export type StoredModel = z.infer<typeof storedSchema>;

export interface ModelStore {
  list(): Promise<StoredModel[]>;
  find(name: string): Promise<StoredModel | undefined>;
  /**
   * What an analyzer takes: the id of an installed model, or a path on this machine.
   *
   * @throws MienError `NOT_FOUND`; StoreError if the store cannot be reached
   */
  resolve(name: string): Promise<string>;
  /**
   * Checks a model's file and keeps it.
   *
   * @returns whether it is new: the same content under the same name changes nothing
   * @throws MienError as `checkModel`; `MODEL_INVALID` if its file names other labels; `USAGE` if the name has another content or contract
   */
  add(
    name: string,
    bytes: Uint8Array,
    stated: StatedContract,
    limits: CheckLimits,
  ): Promise<{ readonly model: StoredModel; readonly isNew: boolean }>;
  /** @throws MienError `NOT_FOUND`, `USAGE` for an installed model */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Of labels in a message, in letters. */
const MAX_SHOWN = 200;
const NAMES = 'models/names';
const entryKey = (name: string) => `${NAMES}/${name}.json`;
const fileKey = ({ sha256, name }: StoredModel) => `models/${sha256}/${name}`;

export function openModelStore(store: FileStore): ModelStore {
  const folder = createScratchFolder('mien-models-');
  /** Copies of models, each in a folder of its own, by what is known of the model: another upload is another copy. */
  const copies = new Map<string, Promise<string>>();

  const find = async (name: string): Promise<StoredModel | undefined> => {
    if (!MODEL_NAME.test(name)) return undefined;
    const text = await readText(store, entryKey(name));
    return text === undefined ? undefined : storedSchema.parse(JSON.parse(text));
  };
  /** A path of this name, with what the uploader stated beside it. */
  const place = async (name: string, stated: StatedContract): Promise<string> => {
    const path = join(await mkdtemp(join(await folder.path(), 'model-')), name);
    if (Object.keys(stated).length > 0) await writeFile(`${path}.json`, JSON.stringify(stated));
    return path;
  };
  const copy = async (model: StoredModel): Promise<string> => {
    const source = await store.borrow(fileKey(model)).catch((error: unknown) => {
      // Deleted between the two steps.
      throw error instanceof MienError ? notFound(model.name) : error;
    });
    try {
      const path = await place(model.name, model.stated);
      await copyFile(source.path, path, constants.COPYFILE_FICLONE);
      return path;
    } finally {
      source.release();
    }
  };
  return {
    find,
    async list() {
      const keys = await store.list(NAMES);
      const models = await Promise.all(
        keys.sort().map((key) => find(key.slice(NAMES.length + 1).replace(/\.json$/, ''))),
      );
      return models.filter((model) => model !== undefined);
    },
    async resolve(name) {
      const stored = await find(name);
      if (stored !== undefined) {
        const key = JSON.stringify(stored);
        const known = copies.get(key) ?? copy(stored);
        copies.set(key, known);
        known.catch(() => copies.delete(key));
        return known;
      }
      if (findInstalledModel(name) !== undefined) return name;
      throw notFound(name);
    },
    async add(name, bytes, stated, limits) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const known = await find(name);
      const isSame = known?.sha256 === sha256 && JSON.stringify(known.stated) === JSON.stringify(stated);
      if (known !== undefined && isSame) return { model: known, isNew: false };
      if (known !== undefined || findInstalledModel(name) !== undefined) {
        throw new MienError(
          'USAGE',
          `model ${name}: another model has this name; choose a new one, or delete it first`,
        );
      }
      const path = await place(name, stated);
      try {
        await writeFile(path, bytes, { mode: 0o600 });
        const { labels, inputShape, inputRange, notices } = await checkModel(path, name, limits);
        if (stated.labels !== undefined && stated.labels.join() !== labels.join()) {
          const own = labels.join(',').slice(0, MAX_SHOWN);
          throw new MienError(
            'MODEL_INVALID',
            `model ${name}: its file itself names its outputs, ${own}; leave labels out, or change the file`,
          );
        }
        const { range } = stated.input ?? {};
        if (range !== undefined && range.join() !== inputRange.join()) {
          throw new MienError(
            'MODEL_INVALID',
            `model ${name}: its file itself says what black and white become at its input, ${inputRange.join(',')}; leave range out, or change the file`,
          );
        }
        const model: StoredModel = {
          ...{ name, sha256, sizeBytes: bytes.length, labels: [...labels], stated },
          ...{ inputShape: [...inputShape], notices: [...notices], addedAt: new Date().toISOString() },
        };
        await store.replace(fileKey(model), bytes);
        await store.replace(entryKey(name), new TextEncoder().encode(JSON.stringify(model))); // From here on it is there.
        return { model, isNew: true };
      } finally {
        await rm(join(path, '..'), { recursive: true, force: true });
      }
    },
    async remove(name) {
      const model = await find(name);
      if (model === undefined && findInstalledModel(name) !== undefined) {
        throw new MienError('USAGE', `model ${name}: is installed with this service and cannot be deleted`);
      }
      if (model === undefined) throw notFound(name);
      await store.remove(entryKey(name));
      await store.remove(fileKey(model));
    },
    close: () => folder.remove(),
  };
}

/** `undefined` if it is not there. */
async function readText(store: FileStore, key: string): Promise<string | undefined> {
  try {
    const file = await store.borrow(key);
    return await readFile(file.path, 'utf8').finally(() => file.release());
  } catch (error) {
    if (error instanceof MienError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function notFound(name: string): MienError {
  return new MienError('NOT_FOUND', `model ${name.slice(0, 63)}: there is none of this name; see /v1/models`);
}
