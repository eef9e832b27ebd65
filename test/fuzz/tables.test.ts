/** Damaged tables, recipes and checkpoints. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MienError } from '@mien/core';
import { addFerPlusVotes, createFer2013Parser, parseGroups, parseLabelMap, type Dataset } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { parseRecipe } from '../../packages/train/src/recipe/parse-recipe.js';
import { readDamaged } from './read-damaged.js';

const ROWS = 6;
const pixels = (row: number) => Array.from({ length: 48 * 48 }, (_, i) => (i * 7 + row * 31) % 256).join(' ');
const csv = Buffer.from(
  `emotion,pixels,Usage\n${Array.from({ length: ROWS }, (_, row) => `${row},${pixels(row)},Training\n`).join('')}`,
);
const votes = Buffer.from(
  'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n' +
    Array.from({ length: ROWS }, (_, row) => `Training,fer000000${row}.png,4,0,0,1,3,2,0,0,0,0\n`).join(''),
);
const groups = Buffer.from(
  `row,age,light\n${Array.from({ length: ROWS }, (_, row) => `${row + 1},"${row % 2 ? 'old' : 'young'}",dim\n`).join('')}`,
);
const recipe = Buffer.from(
  JSON.stringify({ preset: 'robust', epochs: 3, batchSize: 8, seed: 1, optimizer: { kind: 'adam' } }),
);
const labelMap = Buffer.from(JSON.stringify({ anger: 'angry', joy: 'happy', contempt: null }));

function readTable(bytes: Uint8Array): Dataset {
  const parser = createFer2013Parser('a table');
  parser.push(bytes);
  return parser.end();
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readFile(bytes: Uint8Array): Promise<void> {
  const path = join(folder, 'a.csv.gz');
  await writeFile(path, bytes);
  await readFer2013(path);
}

/** As the command reads JSON: what is none is refused before. */
function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as unknown;
  } catch (cause) {
    throw new MienError('INPUT_INVALID', 'not JSON', { cause });
  }
}

const FILES: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['FER2013', csv, readTable],
  ['FER2013, gzipped', gzipSync(csv), readFile],
  ['FER+ votes', votes, (bytes) => addFerPlusVotes(readTable(csv), Buffer.from(bytes).toString(), 'votes')],
  ['groups', groups, (bytes) => parseGroups(Buffer.from(bytes).toString(), 'groups', readTable(csv))],
  ['label map', labelMap, (bytes) => parseLabelMap(Buffer.from(bytes).toString(), 'a map')],
  ['recipe', recipe, (bytes) => parseRecipe(readJson(bytes), 'a recipe')],
];

describe('damaged tables', () => {
  it.each(FILES)('%s', { timeout: 600_000 }, (format, file, read) => readDamaged(format, file, read));
});
