/**
 * `__BUNDLED_FIGURES__`: what the list says beside each bundled model, whether or not it is loaded. Sizes are those of
 * the files, accuracies those of the manifests, and parameters are counted in the networks.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importModelFile, summarizeNetwork } from '@mien/formats/model-file';
import type { Plugin } from 'vite';
import type { BundledFigures } from '../src/models/bundled-figures.js';

const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));

interface Manifest {
  readonly weights: { readonly file: string };
  readonly input?: BundledFigures['input'];
  readonly metrics?: Readonly<Record<string, { readonly accuracy?: number }>>;
}

export function bundledFigures(): Plugin {
  return {
    name: 'mien-bundled-figures',
    async config() {
      const names = (await readdir(MODELS)).filter((name) => name !== 'recipes').sort();
      const entries = await Promise.all(names.map(async (name) => [name, await readFigures(name)] as const));
      return { define: { __BUNDLED_FIGURES__: JSON.stringify(Object.fromEntries(entries)) } };
    },
  };
}

/** @param name of the folder, which is the model's id */
async function readFigures(name: string): Promise<BundledFigures> {
  const manifest = JSON.parse(await readFile(join(MODELS, name, 'manifest.json'), 'utf8')) as Manifest;
  const { weights, input, metrics = {} } = manifest;
  const bytes = await readFile(join(MODELS, name, weights.file));
  const [measuredOn, measured] =
    Object.entries(metrics).find(([, { accuracy }]) => accuracy !== undefined) ?? [];
  const isNetwork = weights.file.endsWith('.safetensors');
  const parameters = isNetwork
    ? summarizeNetwork((await importModelFile({ path: weights.file, bytes })).graph).parameters
    : undefined;
  return {
    sizeBytes: bytes.length,
    ...(input && { input: { width: input.width, height: input.height, channels: input.channels } }),
    ...(parameters !== undefined && { parameters }),
    ...(measuredOn !== undefined &&
      measured?.accuracy !== undefined && { accuracy: measured.accuracy, measuredOn }),
  };
}
