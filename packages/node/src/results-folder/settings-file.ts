/** The settings with which the results of a folder are made: results of different settings must not be mixed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, MienError } from '@mien/core';
import { writeFileWhole } from '@mien/train/write-file';
import { readVersion } from '../read-version.js';

const FILE = '.mien-analyze.json';
/** Settings in milliseconds. */
const TIMES: readonly string[] = ['every', 'from', 'to', 'responseTimeMs'];

/**
 * @param resume whether the folder's work is to be resumed
 * @throws MienError `USAGE` if it was begun with other settings, `OUTPUT_FAILED`
 */
export async function keepSettings(folder: string, settings: object, resume: boolean): Promise<void> {
  const path = join(folder, FILE);
  const now = { version: readVersion(), ...settings };
  const text = `${JSON.stringify(now, undefined, 2)}\n`;
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) return;
  if (resume && before !== undefined) {
    const advice = 'use the same settings, or another folder';
    const differences = findDifferences(parse(before), parse(text)).join('; ');
    throw new MienError(
      'USAGE',
      `--resume: ${folder} was begun with other settings: ${differences || FILE}; ${advice}`,
    );
  }
  await writeFileWhole(path, text);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** `--every 200 ms then, 500 ms now` */
function findDifferences(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const [then, today] = [before[name], now[name]];
    if (JSON.stringify(then) === JSON.stringify(today)) return [];
    return [`${toOption(name)} ${toText(name, then)} then, ${toText(name, today)} now`];
  });
}

function toOption(name: string): string {
  if (name === 'version') return 'Mien';
  return `--${name.replace(/(?:Ms|Px)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function toText(name: string, value: unknown): string {
  if (value === undefined) return 'not given';
  if (value === true) return 'given';
  if (typeof value === 'number') return TIMES.includes(name) ? `${value} ms` : String(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
