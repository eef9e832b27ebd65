/** A folder of pictures for tests of datasets, empty before each of them, and what is read of it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Dataset } from '@mien/train';
import { afterEach, beforeEach } from 'vitest';
import { writePattern, writePortrait } from '../../packages/node/src/testing/make-pictures.js';
import { readCollection, type DatasetOptions } from '../../packages/cli/src/datasets/dataset-options.js';

export interface Told {
  readonly dataset: Dataset;
  /** `source: label, split` */
  readonly rows: readonly string[];
  readonly leftOut: readonly string[];
  readonly unreadable: readonly string[];
}
export interface DatasetFolder {
  /** The folder, or a path in it. */
  readonly inRoot: (path?: string) => string;
  /** Writes a picture without a face, another one each time. */
  readonly pattern: (path: string) => Promise<void>;
  /** Writes a picture of a face. */
  readonly portrait: (path: string, brightness?: number) => Promise<void>;
  readonly text: (path: string, content: string) => Promise<void>;
  /** @param path default: the folder */
  readonly read: (options?: DatasetOptions, path?: string) => Promise<Told>;
}

export function useDatasetFolder(): DatasetFolder {
  let root: string;
  let seed = 0;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mien-dataset-'));
  });
  afterEach(() => rm(root, { recursive: true }));
  const inRoot = (path = ''): string => join(root, path);
  return {
    inRoot,
    pattern: (path) => writePattern(inRoot(path), ++seed),
    portrait: (path, brightness = 1) => writePortrait(inRoot(path), brightness),
    async text(path, content) {
      await mkdir(dirname(inRoot(path)), { recursive: true });
      await writeFile(inRoot(path), content);
    },
    read: (options = {}, path = root) => readTold(options, path),
  };
}

async function readTold(options: DatasetOptions, path: string): Promise<Told> {
  const [leftOut, unreadable]: [string[], string[]] = [[], []];
  const dataset = await readCollection({ stderr: new PassThrough() }, path, options, {
    onLeftOut: (source, reason) => leftOut.push(`${source}: ${reason}`),
    onUnreadable: (source, error) => unreadable.push(`${source}: ${error.message}`),
  });
  const rows = Array.from(dataset.labels, (label, row) => {
    const split = dataset.splitNames[dataset.splits[row] ?? -1] ?? '?';
    return `${dataset.sources?.[row] ?? '?'}: ${dataset.labelNames[label] ?? '?'}, ${split}`;
  });
  return { dataset, rows: rows.sort(), leftOut: leftOut.sort(), unreadable: unreadable.sort() };
}
