/** The built command on live sources: real streams over a real network stack, broken and interrupted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FrameResult } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { bars, ffmpeg, HAS_FFMPEG } from '../../../node/src/testing/make-video.js';
import { serveRtsp } from '../../../node/src/testing/serve-rtsp.js';
import { errorsOf, MIEN } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const SETTINGS = ['--model', 'untrained.safetensors', '--detector', 'haar', '--format', 'ndjson'];

/** A running command and its outcome. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [MIEN, 'analyze', ...SETTINGS, ...args], { cwd: folder });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    stderr: errorsOf(said.stderr),
    moments: said.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as FrameResult),
  }));
  const until = async (isSo: () => boolean) => {
    while (!isSo() && child.exitCode === null) await pause(20);
  };
  return { child, said, ended, until };
}

const HAS_PROCESS_FILES = existsSync('/proc/self/task');

/** The child processes of a process, and whether one is still running. */
const childrenOf = (pid = 0): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
const isRunning = (pid: string) => {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !readFileSync(path, 'latin1').includes(') Z ');
};

describe.skipIf(!HAS_FFMPEG)('a stream (skipped where ffmpeg is not installed)', () => {
  let server: Server;
  let port: number;
  let recording: Buffer;
  /** What the server does after it has sent a part of the recording. */
  const AFTERWARDS: Readonly<Record<string, (response: ServerResponse) => void>> = {
    end: (response) => response.end(),
    'hang-up': (response) => response.destroy(),
    live: (response) => {
      const timer = setInterval(() => response.write(recording.subarray(0, 188 * 20)), 50);
      response.on('close', () => {
        clearInterval(timer);
      });
    },
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-live-'));
    await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
    await ffmpeg(...bars('64x48', 10, 4), '-g', '5', '-pix_fmt', 'yuv420p', inFolder('bars.ts'));
    await ffmpeg('-i', inFolder('bars.ts'), '-c', 'copy', inFolder('bars.mp4'));
    await ffmpeg('-stream_loop', '9', '-i', inFolder('bars.ts'), '-c', 'copy', inFolder('looped.ts'));
    await ffmpeg('-stream_loop', '200', '-i', inFolder('bars.mp4'), '-c', 'copy', inFolder('long.mp4'));
    const piece = await readFile(inFolder('bars.ts'));
    recording = await readFile(inFolder('looped.ts'));
    server = createServer((request, response) => {
      const [, way = '', length] = (request.url ?? '').split('/');
      response.writeHead(200, { 'content-type': 'video/mp2t', ...(length && { 'content-length': length }) });
      response.write(way === 'live' ? recording : piece, () => AFTERWARDS[way]?.(response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  }, 60_000);
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['ends by itself', 'end', /: ended after 3\.\d+ s; if it should go on, check [^\n]+\n$/],
    ['breaks off', 'hang-up/999999', /: broke off after 3\.\d+ s \(.+\); check [^\n]+\n$/],
  ])('that %s is reported, and its frames are kept', async (_, way, message) => {
    const { exitCode, stderr, moments } = await start(`http://127.0.0.1:${port}/${way}`).ended;
    expect(stderr).toMatch(message);
    expect({ exitCode, count: moments.length }).toEqual({ exitCode: 1, count: 40 });
  });

  it('ends at --to without a message', async () => {
    const { exitCode, stderr, moments } = await start(`http://127.0.0.1:${port}/live`, '--to', '2s').ended;
    expect({ exitCode, stderr, count: moments.length }).toEqual({ exitCode: 0, stderr: '', count: 20 });
  });

  it.skipIf(!HAS_PROCESS_FILES).each(['SIGINT', 'SIGTERM'] as const)(
    'is watched until %s, and everything is written',
    async (signal) => {
      const out = `until-${signal}`;
      const { child, ended, until } = start(`http://127.0.0.1:${port}/live`, '--out', out);
      const journal = async () =>
        (await readdir(inFolder(out)).catch(() => [])).find((name) => name.endsWith('journal'));
      let lines = 0;
      await until(() => {
        void journal().then(async (name = '') => {
          lines = (await readFile(inFolder(`${out}/${name}`), 'utf8').catch(() => '')).split('\n').length;
        });
        return lines > 10;
      });
      const [decoder = ''] = childrenOf(child.pid);
      child.kill(signal);
      expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(isRunning(decoder)).toBe(false);
      expect(await journal()).toBeUndefined();
      const output = (await readdir(inFolder(out))).find(
        (name) => name.endsWith('.ndjson') && !name.startsWith('.'),
      );
      const written = await readFile(inFolder(`${out}/${output}`), 'utf8');
      expect(written.split('\n').length).toBeGreaterThan(9);
      // A live source cannot be resumed, but its results are not lost.
      const again = await start(`http://127.0.0.1:${port}/live`, '--out', out, '--resume').ended;
      expect(again).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await readFile(inFolder(`${out}/${output}`), 'utf8')).toBe(written);
    },
  );

  it('is read over RTSP, and its end is reported when the server disconnects', async () => {
    const rtsp = await serveRtsp(inFolder('bars.mp4'));
    const timed = await start(rtsp.url, '--to', '1500ms', '--every', '500ms').ended;
    expect(timed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(timed.moments.length).toBeGreaterThanOrEqual(2);
    rtsp.close();
    const other = await serveRtsp(inFolder('bars.mp4'));
    const { said, ended, until } = start(other.url);
    await until(() => said.stdout.split('\n').length > 5);
    other.close();
    const { exitCode, stderr, moments } = await ended;
    expect(stderr).toMatch(/^mien: rtsp:\S+: (ended|broke off) after \d+\.\d+ s[^\n]+\n$/);
    expect(exitCode).toBe(1);
    expect(moments.length).toBeGreaterThanOrEqual(5);
  });

  it.skipIf(!HAS_PROCESS_FILES)(
    'whose ffmpeg is killed is reported, and the others are still read',
    async () => {
      const { child, said, ended, until } = start(`http://127.0.0.1:${port}/live`, 'bars.mp4');
      await until(() => said.stdout !== '');
      const [decoder = ''] = childrenOf(child.pid);
      process.kill(Number(decoder), 'SIGKILL');
      const { exitCode, stderr, moments } = await ended;
      const [first, second] = stderr.split('\n');
      expect(first).toMatch(/live: ffmpeg was killed \(SIGKILL\) after \d\.\d+ s; run it again$/);
      expect(second).toBe('mien: 1 of 2 sources failed');
      expect(exitCode).toBe(1);
      expect(moments.filter(({ source }) => source === 'bars.mp4')).toHaveLength(40);
    },
  );

  it.skipIf(!HAS_PROCESS_FILES)('leaves no ffmpeg running when the command is killed', async () => {
    const { child, said, ended, until } = start('long.mp4', '--annotate', 'drawn.mp4');
    await until(() => said.stdout.split('\n').length > 5 && childrenOf(child.pid).length === 2);
    const started = childrenOf(child.pid);
    expect(started).toHaveLength(2);
    child.kill('SIGKILL');
    await ended;
    for (let tries = 0; tries < 500 && started.some(isRunning); tries++) await pause(20);
    expect(started.filter(isRunning)).toEqual([]);
  });

  it('saves the annotated copy also if SIGTERM comes twice, as Slurm sends it', async () => {
    const { child, said, ended, until } = start('long.mp4', '--annotate', 'twice.mp4');
    await until(() => said.stdout.split('\n').length > 5);
    child.kill('SIGTERM');
    await pause(50);
    child.kill('SIGTERM');
    const { exitCode } = await ended;
    expect(exitCode).toBe(130);
    expect((await readdir(folder)).filter((name) => name.startsWith('twice'))).toEqual(['twice.mp4']);
  });

  it('waits for no bytes of standard input after an error of the options, or Ctrl-C', async () => {
    const failing = start('-', '--model', 'nope');
    failing.child.stdin.write(readFileSync(inFolder('long.mp4')).subarray(0, 20_000));
    expect(await failing.ended).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('nope') as string,
    });
    const stopped = start('-');
    await pause(1000);
    stopped.child.kill('SIGINT');
    expect((await stopped.ended).stderr).not.toContain('gave nothing');
  });

  it('ends a video at Ctrl-C with the results so far and exit code 130', async () => {
    const { child, said, ended, until } = start('long.mp4', 'bars.mp4');
    await until(() => said.stdout.split('\n').length > 5);
    child.kill('SIGINT');
    const { exitCode, stderr, moments } = await ended;
    expect(exitCode).toBe(130);
    expect(stderr).toBe(
      'mien: interrupted with 2 of 2 sources left; finished work is kept, add --out DIR to be able to resume\n',
    );
    expect(moments.length).toBeGreaterThanOrEqual(5);
    expect(moments.every(({ source }) => source === 'long.mp4')).toBe(true);
  });
});
