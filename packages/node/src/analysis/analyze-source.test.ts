import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyzeSource } from './analyze-source.js';
import { openAnalyzer, type OpenedAnalyzer } from './open-analyzer.js';

const SIDE = 64;
const FRAMES = 6;

let folder: string;
let opened: OpenedAnalyzer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-source-'));
  opened = await openAnalyzer({ model: 'mini-xception', detector: 'blazeface' });
});
afterAll(async () => {
  opened.analyzer.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** An animation whose last frames are missing. */
async function writeDamaged(path: string): Promise<void> {
  const pixels = Uint8Array.from({ length: SIDE * SIDE * FRAMES * 3 }, (_, at) => (at * at) % 251);
  const raw = { width: SIDE, height: SIDE * FRAMES, channels: 3, pageHeight: SIDE } as const;
  const bytes = await sharp(pixels, { raw })
    .gif({ delay: Array<number>(FRAMES).fill(40) })
    .toBuffer();
  await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
}

function analyze(source: string, path: string): Promise<void> {
  const journal = `${path}.journal`;
  const output = { name: 'cut.gif', path, format: 'csv', journal } as const;
  const task = { source, sampling: {}, journal, output };
  return analyzeSource(opened, task, { onProgress: () => undefined, onNote: () => undefined });
}

it('writes what was read of a damaged source, and reports the damage', async () => {
  const [source, path] = [join(folder, 'cut.gif'), join(folder, 'cut.csv')];
  await writeDamaged(source);
  await expect(analyze(source, path)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  expect((await readFile(path, 'utf8')).split('\n').length).toBeGreaterThan(2);
});

it('reports the damage also if the output cannot be written', async () => {
  const [source, path] = [join(folder, 'cut.gif'), join(folder, 'taken')];
  await writeDamaged(source);
  await mkdir(path); // No file can have its name.
  await expect(analyze(source, path)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});
