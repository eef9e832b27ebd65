/** The built commands `serve`, `jobs` and `keys`, as people use them. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePortrait } from '../../../node/src/testing/make-pictures.js';
import { errorsOf, MIEN, runMien } from '../testing/run-mien.js';

let folder: string;
const mien = (...args: string[]) => runMien(args, { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-jobs-'));
  await mkdir(join(folder, 'footage'));
  for (const [index, name] of ['a', 'b'].entries())
    await writePortrait(join(folder, `footage/${name}.png`), 1 + index / 10);
  await writeFile(join(folder, 'footage/c.png'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('runs jobs itself where no service runs, and gives the results of mien analyze', async () => {
  const submitted = await mien('jobs', 'submit', 'footage', '--data', 'own');
  expect(submitted.exitCode).toBe(1); // one of three failed
  const id = submitted.stdout.trim();
  expect(submitted.stderr).toContain('footage/c.png: holds no readable picture');
  expect(submitted.stderr).toContain(
    `job ${id} is done: 2 of 3 analysed, 1 failed; mien jobs result ${id} --data own prints the results\n`,
  );
  const result = await mien('jobs', 'result', id.slice(0, 8), '--data', 'own', '--format', 'csv');
  const direct = await mien('analyze', 'footage/a.png', 'footage/b.png', '--format', 'csv');
  expect(result).toMatchObject({ exitCode: 0, stdout: direct.stdout });
  expect(result.stderr).toContain(
    `mien: of 3 files, 1 failed; mien jobs status ${id} --data own lists them\n`,
  );
  const unknown = await mien('jobs', 'status', 'nothing', '--data', 'own');
  expect(unknown.exitCode).toBe(1);
  expect(errorsOf(unknown.stderr)).toBe(
    'mien: job nothing: there is none of this id; see the list of jobs\n',
  );
});

it('asks the service that holds the folder, which says its address once and ends on SIGTERM', async () => {
  const child = spawn(
    process.execPath,
    [MIEN, 'serve', '--port', '0', '--data', 'served', '--threads', '1'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(line).toMatch(/^Mien service: http:\/\/127\.0\.0\.1:\d+\/ \(Ctrl-C stops it\)\n$/);
  const second = await mien('serve', '--port', '0', '--data', 'served');
  expect(second.exitCode).toBe(2);
  expect(second.stderr).toContain(`in use by process ${child.pid}`);
  const submitted = await mien('jobs', 'submit', 'footage/a.png', '--data', 'served', '--watch');
  expect(submitted).toMatchObject({ exitCode: 0 });
  const status = await mien('jobs', 'status', '--data', 'served');
  expect(status.stdout).toContain(`${submitted.stdout.trim()}  done`);
  const backup = await mien('jobs', 'backup', 'backup.tar.gz', '--data', 'served');
  expect(backup).toMatchObject({ exitCode: 0 });
  expect(backup.stderr).toContain('wrote backup.tar.gz\n');
  const id = (await mien('jobs', 'submit', 'footage/c.png', '--data', 'served', '--watch')).stdout.trim();
  const retried = await mien('jobs', 'retry', id, '--data', 'served');
  expect(retried.stderr).toContain(
    `job ${id} is queued again; mien jobs watch ${id} --data served follows it\n`,
  );
  const over = await mien('jobs', 'cancel', id, '--data', 'served');
  expect(errorsOf(over.stderr)).toContain(`job ${id}: is over, nothing is left to cancel`);
  const many = Array.from({ length: 300 }, () => 'footage/a.png'); // More than can be done before it is cancelled.
  const long = (await mien('jobs', 'submit', ...many, '--data', 'served')).stdout.trim();
  const cancelled = await mien('jobs', 'cancel', long.slice(0, 8), '--data', 'served');
  expect(cancelled).toMatchObject({ exitCode: 0, stdout: '', stderr: `job ${long} is cancelled\n` });
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  // Watching is one request, and so one line of the log; two jobs were watched.
  expect(log.match(/"method":"GET","route":"\/v1\/jobs\/:id"/g)).toHaveLength(2);
  await mkdir(join(folder, 'restored'));
  execFileSync('tar', ['-xzf', 'backup.tar.gz', '-C', 'restored'], { cwd: folder });
  const restored = await mien('jobs', 'result', submitted.stdout.trim(), '--data', 'restored');
  expect(JSON.parse(restored.stdout)).toMatchObject([{ source: 'footage/a.png' }]);
  const nowhere = await mien('jobs', 'backup', 'none/backup.tar.gz', '--data', 'restored');
  expect(nowhere.exitCode).toBe(1);
  expect(nowhere.stderr).toMatch(/^mien: none\/backup\.tar\.gz: cannot be written /m);
});

it('makes keys that are shown once', async () => {
  const created = await mien(
    'keys',
    'create',
    '--name',
    'lab',
    '--scope',
    'analyze',
    '--expires',
    '90d',
    '--keys',
    'k.json',
  );
  expect(created.stdout).toMatch(/^mien_[0-9a-f]{12}_[\w-]{43}\n$/);
  const id = created.stdout.slice(5, 17);
  const list = await mien('keys', 'list', '--keys', 'k.json');
  expect(list.stdout).toContain(`${id}  lab   analyze`);
  expect(list.stdout).not.toContain(created.stdout.trim());
  expect((await mien('keys', 'revoke', id, '--keys', 'k.json')).exitCode).toBe(0);
  expect((await mien('keys', 'revoke', id, '--keys', 'k.json')).exitCode).toBe(1);
});

it.each([
  [['serve', '--host', '0.0.0.0', '--data', 'none'], 'there are no keys'],
  [['worker', '--data', 'none'], 'needs --database'],
  [['serve', '--database', 'postgresql://localhost/x'], 'needs --store as well'],
  [
    ['jobs', 'submit', 'footage/a.png', '--data', 'x', '--database', 'postgresql://localhost/x'],
    'use one of them',
  ],
])('refuses %j with one line', async (args, reason) => {
  const { exitCode, stderr } = await mien(...args);
  expect(exitCode).toBe(2);
  expect(errorsOf(stderr).replace(/^mien: Node .*\n/, '')).toMatch(new RegExp(`^mien: .*${reason}.*\n$`));
});
