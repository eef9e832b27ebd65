import { readFile } from 'node:fs/promises';
import { createGraph } from '@mien/train';
import { parseQueue } from '@mien/train/recipe';
import { describe, expect, it } from 'vitest';

const readJson = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(name, import.meta.url), 'utf8'));

describe('the queue of the shipped networks', () => {
  it('is a queue that mien train takes, in the order in which the runs need each other', async () => {
    const runs = await parseQueue(await readJson('queue.json'), 'queue.json', readJson);
    expect(runs.map(({ name }) => name)).toEqual([
      'mini-xception-1',
      'nano-1',
      'base-1',
      'nano-distilled-1',
      'nano-distilled-2',
      'nano-distilled-3',
      'mini-xception-distilled-1',
      'mini-xception-refined-1',
    ]);
    for (const { recipe } of runs) {
      expect(recipe.validation).toEqual({ heldOut: 0.1 });
      if (recipe.network.kind === 'file')
        expect(recipe.network.path).toMatch(/^run:(nano|mini-xception-distilled)-1$/);
      else expect(createGraph(recipe, 7).layers.at(-1)?.name).toBe('predictions');
      if (recipe.distillation !== null) expect(recipe.labelSmoothing).toBe(0);
    }
  });
});
