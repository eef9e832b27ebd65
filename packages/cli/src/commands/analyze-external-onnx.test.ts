import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { makeExternalOnnx } from '../../../node/src/testing/make-external-onnx.js';
import { runMien } from '../testing/run-mien.js';

const PICTURE = fileURLToPath(new URL('../../../../examples/eileen-collins.png', import.meta.url));
/** Peers of the bench: `npm install --prefix bench`. */
const PEERS = fileURLToPath(new URL('../../../../bench/node_modules', import.meta.url));

let folder: string;
/** A project without installed packages. */
let bare: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-onnxruntime-'));
  bare = join(folder, 'bare');
  await mkdir(bare);
  await writeFile(join(folder, 'ours.safetensors'), makeCheckpoint());
  await writeFile(join(folder, 'external.onnx'), makeExternalOnnx());
  await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 10, PublicTest: 70 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Analysis {
  readonly faces: readonly { readonly probabilities: Readonly<Record<string, number>> }[];
}

describe.each(['onnxruntime-node', 'onnxruntime-web'])(
  'a model that the engine cannot run, with %s installed',
  (name) => {
    const isMissing = !existsSync(join(PEERS, name));
    const project = async (): Promise<string> => {
      const place = join(folder, name);
      await mkdir(join(place, 'node_modules'), { recursive: true });
      await symlink(join(PEERS, name), join(place, 'node_modules', name)).catch(() => undefined);
      return place;
    };

    it.skipIf(isMissing)(
      'reads faces with the same probabilities (needs npm install --prefix bench)',
      async () => {
        const cwd = await project();
        const read = async (model: string): Promise<Analysis> => {
          const { exitCode, stdout, stderr } = await runMien(
            ['analyze', PICTURE, '--format', 'json', '--model', model],
            { cwd },
          );
          expect(exitCode).toBe(0);
          expect(stderr).toMatch(
            model.endsWith('.onnx') ? new RegExp(`external\\.onnx: computed by ${name}`) : /^$/,
          );
          return (JSON.parse(stdout) as [Analysis])[0];
        };
        const [ours, theirs] = [await read('../ours.safetensors'), await read('../external.onnx')];
        expect(theirs.faces).toHaveLength(1);
        for (const [label, probability] of Object.entries(theirs.faces[0]?.probabilities ?? {})) {
          expect(probability).toBeCloseTo(ours.faces[0]?.probabilities[label] ?? NaN, 5);
        }
      },
    );

    it.skipIf(isMissing)('evaluates to the same figures (needs npm install --prefix bench)', async () => {
      const cwd = await project();
      const measure = async (model: string): Promise<Record<string, unknown>> => {
        const { stdout } = await runMien(
          ['evaluate', '--data', '../data.csv', '--format', 'json', '--model', model],
          { cwd },
        );
        return JSON.parse(stdout) as Record<string, unknown>;
      };
      const [ours, theirs] = [await measure('../ours.safetensors'), await measure('../external.onnx')];
      expect(theirs['count']).toBe(70);
      expect(theirs['nll']).toBeCloseTo(ours['nll'] as number, 5);
      expect(theirs['confusion']).toEqual(ours['confusion']);
    });
  },
);

describe('without onnxruntime', () => {
  it.each([
    ['analyze', PICTURE],
    ['evaluate', '--data', '../data.csv'],
  ])('mien %s names the operator and what to install', async (...args) => {
    const { exitCode, stdout, stderr } = await runMien([...args, '--model', '../external.onnx'], {
      cwd: bare,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      /^mien: \.\.\/external\.onnx: needs the operator Celu, which Mien's engine lacks; .*npm install onnxruntime-node\n$/,
    );
  });
});

it.skipIf(!existsSync(join(PEERS, 'onnxruntime-node')))(
  'reports what onnxruntime itself cannot run (needs npm install --prefix bench)',
  async () => {
    await mkdir(join(folder, 'both', 'node_modules'), { recursive: true });
    await symlink(join(PEERS, 'onnxruntime-node'), join(folder, 'both', 'node_modules', 'onnxruntime-node'));
    const odd = Buffer.from(makeExternalOnnx());
    odd.write('Xelu', odd.lastIndexOf('Celu'));
    await writeFile(join(folder, 'odd.onnx'), odd);
    const { exitCode, stderr } = await runMien(['analyze', PICTURE, '--model', '../odd.onnx'], {
      cwd: join(folder, 'both'),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/odd\.onnx: onnxruntime-node cannot run it: .*Xelu/);
  },
);
