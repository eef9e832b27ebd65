/** The short form of `npm run soak -- queue`: whether every segment is analysed once, not what the queue costs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { simulateQueue } from '../bench/soak/queue/simulate.js';
import { HAS_POSTGRES } from '../packages/server/src/testing/start-postgres.js';

it.skipIf(!HAS_POSTGRES)(
  '4 workers analyse 200 segments once each (skipped without PostgreSQL)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mien-queue-'));
    try {
      const sizes = { workers: 4, segments: 200, segmentMs: 1000, speedUp: 100 };
      const expected = { done: 200, doubled: 0 };
      expect(await simulateQueue(folder, sizes)).toMatchObject(expected);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
