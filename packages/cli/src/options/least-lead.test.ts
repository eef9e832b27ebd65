import { readFileSync } from 'node:fs';
import { DEFAULT_MODEL } from '@mien/node/models';
import { describe, expect, it } from 'vitest';
import { runMien } from '../testing/run-mien.js';
import { describeLeastLead } from './least-lead.js';

const pointsOf = (id: string): number => {
  const file = new URL(`../../../../models/${id}/manifest.json`, import.meta.url);
  const { quality } = JSON.parse(readFileSync(file, 'utf8')) as { quality: { minMargin: number } };
  return Math.round(quality.minMargin * 100);
};

describe('the lead that a reading needs', () => {
  it.each(['base', 'nano', 'mini-xception'])('is that of the manifest of %s', (id) => {
    expect(describeLeastLead(id)).toBe(`${pointsOf(id)} points for ${id}`);
  });

  it('is left out for a model that is not installed', () => {
    expect(describeLeastLead('none-such')).toBeUndefined();
  });

  it('is in the help of mien analyze', async () => {
    const { stdout } = await runMien(['analyze', '--help']);
    expect(stdout).toContain(`minimum margin\n(${pointsOf(DEFAULT_MODEL)} points for ${DEFAULT_MODEL}).`);
  });
});
