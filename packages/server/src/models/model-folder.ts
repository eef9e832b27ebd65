/**
 * Models of one's own, as files of one folder that all machines share.
 *
 *   names/<name>.json        what is known of it
 *   <sha256>/<name>          the file; its name becomes the id in results
 *   <sha256>/<name>.json     labels and input range, if the uploader stated them
 *
 * A name stays with its content: jobs that name a model get the same one until their end, or none.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { MienError } from '@mien/core';
import { findInstalledModel } from '@mien/node/models';
import { checkModel, type CheckLimits } from './check-model.js';

export const MODEL_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

const storedSchema = z.object({
  name: z.string().regex(MODEL_NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int(),
  labels: z.array(z.string()),
  inputShape: z.tuple([z.number(), z.number(), z.number()]),
  notices: z.array(z.string()),
  addedAt: z.iso.datetime(),
});
export type StoredModel = z.infer<typeof storedSchema>;

/** What a file may not say itself, in the form of a manifest. */
export interface StatedContract {
  readonly labels?: readonly string[];
  readonly input?: { readonly range: readonly [number, number] };
}

export interface ModelFolder {
  list(): Promise<StoredModel[]>;
  find(name: string): Promise<StoredModel | undefined>;
  /** What an analyzer takes: the id of an installed model, or a path. @throws MienError `NOT_FOUND` */
  resolve(name: string): Promise<string>;
  /**
   * Checks a model's file and keeps it.
   *
   * @returns whether it is new: the same content under the same name changes nothing
   * @throws MienError as `checkModel`; `USAGE` if the name has another content
   */
  add(
    name: string,
    bytes: Uint8Array,
    stated: StatedContract,
    limits: CheckLimits,
  ): Promise<{ readonly model: StoredModel; readonly isNew: boolean }>;
  /** @throws MienError `NOT_FOUND` */
  remove(name: string): Promise<void>;
}

/** @param folder `undefined` keeps none: then there are only installed models */
export function openModelFolder(folder: string | undefined): ModelFolder {
  return folder === undefined ? NONE : openFolder(folder);
}

const NONE: ModelFolder = {
  list: () => Promise.resolve([]),
  find: () => Promise.resolve(undefined),
  resolve: (name) =>
    findInstalledModel(name) === undefined ? Promise.reject(notFound(name)) : Promise.resolve(name),
  add: (name) => {
    const advice = 'a service whose store is a bucket keeps no models; use a folder for --store';
    return Promise.reject(new MienError('UNSUPPORTED', `model ${name}: ${advice}`));
  },
  remove: (name) => Promise.reject(notFound(name)),
};

function openFolder(folder: string): ModelFolder {
  const entryOf = (name: string) => join(folder, 'names', `${name}.json`);
  const fileOf = ({ sha256, name }: Pick<StoredModel, 'sha256' | 'name'>) => join(folder, sha256, name);
  const find = async (name: string): Promise<StoredModel | undefined> => {
    if (!MODEL_NAME.test(name)) return undefined;
    const text = await readFile(entryOf(name), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : storedSchema.parse(JSON.parse(text));
  };
  const removeFiles = async (model: Pick<StoredModel, 'sha256' | 'name'>) => {
    const path = fileOf(model);
    await rm(path, { force: true });
    await rm(`${path}.json`, { force: true });
    await rmdir(dirname(path)).catch(() => undefined); // The same content may have another name.
  };
  return {
    find,
    async list() {
      const names = await readdir(join(folder, 'names')).catch((): string[] => []);
      const models = await Promise.all(names.sort().map((file) => find(file.replace(/\.json$/, ''))));
      return models.filter((model) => model !== undefined);
    },
    async resolve(name) {
      const stored = await find(name);
      if (stored !== undefined) return fileOf(stored);
      if (findInstalledModel(name) !== undefined) return name;
      throw notFound(name);
    },
    async add(name, bytes, stated, limits) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const known = await find(name);
      if (known?.sha256 === sha256) return { model: known, isNew: false };
      if (known !== undefined || findInstalledModel(name) !== undefined) {
        throw new MienError(
          'USAGE',
          `model ${name}: another model has this name; choose a new one, or delete it first`,
        );
      }
      const path = fileOf({ sha256, name });
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        await writeFile(path, bytes, { mode: 0o600, flush: true });
        if (Object.keys(stated).length > 0) await writeFile(`${path}.json`, JSON.stringify(stated));
        const { labels, inputShape, notices } = await checkModel(path, name, limits);
        const model: StoredModel = {
          ...{ name, sha256, sizeBytes: bytes.length, labels: [...labels] },
          ...{ inputShape: [...inputShape], notices: [...notices], addedAt: new Date().toISOString() },
        };
        await mkdir(join(folder, 'names'), { recursive: true, mode: 0o700 });
        const partial = `${path}.entry`;
        await writeFile(partial, JSON.stringify(model), { flush: true });
        await rename(partial, entryOf(name)); // From here on it is there.
        return { model, isNew: true };
      } catch (error) {
        await removeFiles({ sha256, name });
        throw error;
      }
    },
    async remove(name) {
      const model = await find(name);
      if (model === undefined) throw notFound(name);
      await rm(entryOf(name), { force: true });
      await removeFiles(model);
    },
  };
}

function notFound(name: string): MienError {
  return new MienError('NOT_FOUND', `model ${name.slice(0, 63)}: there is none of this name; see /v1/models`);
}
