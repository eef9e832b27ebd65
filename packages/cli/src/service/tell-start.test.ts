import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tellStart } from './tell-start.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** What is said when the start takes that long, in a terminal or elsewhere. */
async function start(ms: number, kind: 'folder' | 'service', isTTY = true): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const starting = new Promise((resolve) => setTimeout(resolve, ms, 'started'));
  const place = kind === 'folder' ? { kind, folder: 'jobs' } : { kind };
  const told = tellStart({ stderr }, place, starting);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await told).toBe('started');
  return String((stderr.read() as Buffer | null) ?? '');
}

it('says that the embedded database is starting, if that takes a while', async () => {
  expect(await start(5000, 'folder')).toBe('starting the database in jobs\n');
  expect(await start(500, 'folder')).toBe('');
  expect(await start(5000, 'service')).toBe('');
  expect(await start(5000, 'folder', false)).toBe('');
});
