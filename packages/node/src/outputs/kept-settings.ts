/** The settings that a folder of outputs is made with, kept in it: files of different settings must not be mixed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { writeFileWhole } from '@mien/train/write-file';
import { readVersion } from '../read-version.js';

const FILE = '.mien-analyze.json';

/**
 * @param resume whether the folder's work is to be gone on with
 * @throws MienError `USAGE` when that was begun with other settings, `OUTPUT_FAILED`
 */
export async function keepSettings(folder: string, settings: object, resume: boolean): Promise<void> {
  const path = join(folder, FILE);
  const text = `${JSON.stringify({ version: readVersion(), ...settings }, undefined, 2)}\n`;
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) return;
  if (resume && before !== undefined) {
    throw new MienError(
      'USAGE',
      `--resume: ${folder} was begun with other settings (${FILE}); use the same, or another folder`,
    );
  }
  await writeFileWhole(path, text);
}
