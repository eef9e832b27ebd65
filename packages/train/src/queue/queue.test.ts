import { describe, expect, it } from 'vitest';
import { PRESETS } from '../recipe/presets.js';
import { parseQueue, resolveRunReferences, type QueuedRun } from './queue.js';

const FILES: Readonly<Record<string, unknown>> = {
  'small.json': { preset: 'fer2013', epochs: 5, seed: 3 },
  '/elsewhere/wide.json': { network: { kind: 'residual', widths: [8] } },
};
const parse = (runs: unknown): Promise<QueuedRun[]> =>
  parseQueue({ runs }, 'lists/queue.json', (path) =>
    path in FILES ? Promise.resolve(FILES[path]) : Promise.reject(new Error(`no ${path}`)),
  );

describe('parseQueue', () => {
  it('makes one run of each seed, with the recipe, the preset and the overrides of its entry', async () => {
    const runs = await parse([
      { name: 'small', recipe: 'small.json', overrides: { epochs: 7 }, seeds: [4, 1] },
      { name: 'small-again', recipe: 'small.json', preset: 'paper' },
      { name: 'wide', recipe: '/elsewhere/wide.json' },
      { name: 'plain', preset: 'robust' },
    ]);
    expect(runs.map(({ name, entry }) => [name, entry])).toEqual([
      ['small-4', 'small'],
      ['small-1', 'small'],
      ['small-again-3', 'small-again'],
      ['wide-1', 'wide'],
      ['plain-1', 'plain'],
    ]);
    expect(runs[0]?.recipe).toEqual({ ...PRESETS.fer2013, epochs: 7, seed: 4 });
    expect(runs[2]?.recipe).toEqual({ ...PRESETS.paper, epochs: 5, seed: 3 });
    expect(runs[4]?.recipe).toEqual(PRESETS.robust);
  });

  it.each([
    [[], 'lists/queue.json: runs must be a list of 1 to 1000 runs, got a list of 0'],
    [[{ name: '../up' }], 'runs[0].name must be a name of letters, digits, dots, hyphens and underscores'],
    [[{ name: 'a', seed: [1] }], 'runs[0].seed is not known; the nearest one is runs[0].seeds'],
    [[{ name: 'a', seeds: [1, 1] }], 'seeds must be a list of 1 to 100 whole numbers, each once'],
    [[{ name: 'a', overrides: { epochs: 0 } }], 'epochs must be a whole number from 1 to 100000, got 0'],
    [[{ name: 'a' }, { name: 'a' }], 'two runs are named a-1; give one of them another name'],
    [
      [{ name: 'student', overrides: { distillation: { teacher: 'run:a-1', temperature: 4, weight: 0.8 } } }],
      'lists/queue.json: student-1: run:a-1 is not an earlier run of the queue; no run comes before it',
    ],
    [
      [{ name: 'a' }, { name: 'b', overrides: { network: { kind: 'file', path: 'run:a' } } }],
      'b-1: run:a is not an earlier run of the queue; the nearest earlier run is a-1',
    ],
  ])('refuses %j', async (runs, message) => {
    await expect(parse(runs)).rejects.toThrow(message);
  });

  it('replaces references to earlier runs by the paths of their models, and nothing else', async () => {
    const distillation = { teacher: ['run:a-1', 'mini-xception'], temperature: 4, weight: 0.8 };
    const [, student] = await parse([{ name: 'a' }, { name: 'b', overrides: { distillation } }]);
    expect(student?.recipe.distillation?.teacher).toEqual(['run:a-1', 'mini-xception']);
    const resolved = resolveRunReferences(student!.recipe, (name) => `out/${name}/best.hdf5`);
    expect(resolved).toEqual({
      ...student!.recipe,
      distillation: { ...distillation, teacher: ['out/a-1/best.hdf5', 'mini-xception'] },
    });
  });
});
