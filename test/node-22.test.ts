/** The service under Node 22, which its queue asks for; `npm run test:node-22` runs all of its tests there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnalyzer } from '@mien/node';
import { expect, it } from 'vitest';
import { MIEN } from '../packages/cli/src/testing/run-mien.js';
import { writePortrait } from '../packages/node/src/testing/make-pictures.js';
import { NODE_22 } from './node-22/node-22.js';

it.skipIf(NODE_22 === undefined)(
  'serves a picture and a job under Node 22, as under this one (skipped without npm ci --prefix test/node-22)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mien-node-22-'));
    const path = join(folder, 'a.png');
    await writePortrait(path, 1);
    await using analyzer = await createAnalyzer();
    const expected: unknown = JSON.parse(JSON.stringify(await analyzer.analyze(path)));
    const args = [MIEN, 'serve', '--port', '0', '--data', join(folder, 'data'), '--threads', '1'];
    const child = spawn(NODE_22 ?? '', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const errors = text(child.stderr);
    try {
      const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
      const url = /http:\S+/.exec(line)?.[0];
      const picture = await readFile(path);
      const answer = await fetch(new URL('v1/analyze', url), { method: 'POST', body: picture });
      expect(await answer.json()).toEqual(expected);
      const body = new FormData();
      body.append('file', new Blob([picture]), 'a.png');
      const submitted = await fetch(new URL('v1/jobs', url), { method: 'POST', body });
      const job = new URL(`v1/jobs/${((await submitted.json()) as { id: string }).id}`, url);
      const stateOf = async () => ((await (await fetch(job)).json()) as { state: string }).state;
      while ((await stateOf()) !== 'done') await sleep(100);
      const result = await fetch(`${job.href}/result`);
      expect(await result.json()).toEqual([{ source: 'a.png', ...(expected as object) }]);
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
      // Each line is a request: no word about an old Node, and no warning.
      const lines = (await errors).trimEnd().split('\n');
      expect(lines.filter((one) => !one.startsWith('{'))).toEqual([]);
    } finally {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  },
);
