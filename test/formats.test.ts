/** What docs/FORMATS.md says of each kind of model file is what happens. */
import { importModelFile } from '@mien/formats/model-file';
import { describe, expect, it } from 'vitest';
import { writeFormats } from '../scripts/write-formats.js';
import { FORMAT_CASES, outcomeOf } from '../scripts/formats/cases.js';

describe('docs/FORMATS.md', () => {
  it.each(FORMAT_CASES.map((one) => [one.format, one.what, one] as const))('%s: %s', async (_, __, one) => {
    const refusal = await outcomeOf(one, importModelFile);
    if (one.isRead) expect(refusal).toBeUndefined();
    else expect(refusal).toMatch(/^[^\n]+$/);
  });

  it('is up to date (node scripts/write-formats.js)', async () => {
    const { before, after } = await writeFormats();
    expect(after).toBe(before);
  });
});
