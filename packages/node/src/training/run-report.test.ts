import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { miniXception } from '@mien/core/nn';
import { type EpochSummary } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { PRESETS } from '@mien/train/recipe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCollection } from '../testing/make-collection.js';
import { createRunReport, type RunReport } from './run-report.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-run-report-'));
  await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 40 }));
});
afterAll(() => rm(folder, { recursive: true }));

async function createReport(outputDir = folder): Promise<RunReport> {
  const dataset = await readFer2013(join(folder, 'data.csv'));
  const data = join(folder, 'data.csv');
  return createRunReport({ data, dataset, graph: miniXception(), recipe: PRESETS.paper, outputDir });
}
const EPOCH: EpochSummary = {
  epoch: 1,
  loss: 1.5,
  accuracy: 0.25,
  valLoss: 1.75,
  valAccuracy: 0.125,
  learningRate: 0.001,
  seconds: 61,
};

// What a whole run's page holds is tested where one is trained: commands/train.test.ts.
describe('createRunReport', () => {
  it('tells of a run that ended before its first epoch', async () => {
    const report = await createReport();
    const page = await readFile(await report.write('diverged'), 'utf8');
    expect(page).toContain('The run was stopped because its loss was no longer a number.');
    expect(page).toContain('<h2>The recipe</h2>');
    expect(page).not.toContain('<svg');
    expect(page).not.toContain(folder);
  });

  it('tells of the epochs where the best checkpoint is not at hand', async () => {
    const report = await createReport();
    report.events.onEpoch?.(EPOCH);
    report.events.onEpoch?.({ ...EPOCH, epoch: 2, loss: NaN, valLoss: NaN });
    const page = await readFile(await report.write('aborted'), 'utf8');
    expect(page).toContain('Epoch 1 of 2 was best: validation loss 1.7500, accuracy 12.5\u00a0%');
    expect(page).toContain('2:02'); // both epochs
    expect(page.match(/<svg[^>]* role="img"/g)).toHaveLength(4);
    expect(page).not.toContain('<h2>Confusion</h2>');
  });

  it('says in one line that the page cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const report = await createReport(join(folder, 'file'));
    await expect(report.write('finished')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(/file\/report\.html: cannot be written/) as string,
    });
  });
});
