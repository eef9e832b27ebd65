/** The built command, stopped in every way and resumed: the results are the same bytes as without interruption. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { ffmpeg, HAS_FFMPEG, makePortraitVideo } from '../../../node/src/testing/make-video.js';
import { errorsOf, MIEN, runMien } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const SETTINGS = ['--model', 'untrained.safetensors', '--detector', 'haar', '--format', 'csv'];
const argsFor = (out: string, ...rest: string[]) => ['analyze', 'videos', ...SETTINGS, '--out', out, ...rest];
const analyze = (out: string, ...rest: string[]) => runMien(argsFor(out, ...rest), { cwd: folder });

/** All files of a folder with their content. */
async function readAll(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path)).sort();
  const entries = names.map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries));
}
/** Workers finish in any order, so lines are sorted. */
function withSortedLines(files: Record<string, string>): Record<string, unknown> {
  const { '.mien-finished.ndjson': finished = '', ...rest } = files;
  return { ...rest, finished: finished.split('\n').filter(Boolean).sort() };
}

describe.skipIf(!HAS_FFMPEG)('a folder (skipped where ffmpeg is not installed)', () => {
  let whole: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-resume-'));
    await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
    await mkdir(inFolder('videos'));
    await makePortraitVideo(inFolder('short.mp4'), 2);
    for (const [index, loops] of [3, 0, 2, 1].entries()) {
      const repeat = ['-stream_loop', String(loops), '-i', inFolder('short.mp4')];
      await ffmpeg(...repeat, '-c', 'copy', inFolder(`videos/${index}.mp4`));
    }
    const { exitCode, stdout, stderr } = await analyze('whole');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/^wrote 4 files to whole$/m);
    whole = await readAll(inFolder('whole'));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([1, 2])('gives the same bytes after it was killed at any time: --jobs %d', async (jobs) => {
    const out = `killed-${jobs}`;
    let seed = 4711 + jobs;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [MIEN, ...argsFor(out, '--resume', '--jobs', String(jobs))], {
        cwd: folder,
        stdio: 'ignore',
      });
      const closed = once(child, 'close');
      seed = (seed * 48271) % 2147483647;
      await Promise.race([closed, pause(300 + (seed % 1500))]);
      child.kill('SIGKILL');
      await closed;
    }
    expect(await analyze(out, '--resume', '--jobs', String(jobs))).toMatchObject({ exitCode: 0, stdout: '' });
    expect(withSortedLines(await readAll(inFolder(out)))).toEqual(withSortedLines(whole));
  });

  it('analyses only changed files again', async () => {
    await analyze('changed', '--resume');
    const again = await analyze('changed', '--resume');
    expect(again.stderr).toBe('nothing to analyse: all 4 sources were finished already in changed\n');
    const before = await Promise.all(
      ['0', '1', '2', '3'].map((name) => stat(inFolder(`changed/${name}.mp4.csv`))),
    );
    const original = inFolder('original.mp4');
    await copyFile(inFolder('videos/1.mp4'), original);
    await copyFile(inFolder('videos/3.mp4'), inFolder('videos/1.mp4'));
    try {
      const outcome = await analyze('changed', '--resume');
      expect(outcome.exitCode).toBe(0);
      expect(outcome.stderr).toMatch(/^wrote 1 file to changed; 3 of 4 sources were finished already$/m);
      const after = await Promise.all(
        ['0', '1', '2', '3'].map((name) => stat(inFolder(`changed/${name}.mp4.csv`))),
      );
      expect(after.map(({ ino }, index) => ino === before[index]?.ino)).toEqual([true, false, true, true]);
      const rows = await readFile(inFolder('changed/1.mp4.csv'), 'utf8');
      expect(rows.replaceAll('/1.mp4', '/3.mp4')).toBe(whole['3.mp4.csv']);
    } finally {
      const { mtime } = await stat(original);
      await copyFile(original, inFolder('videos/1.mp4'));
      await utimes(inFolder('videos/1.mp4'), mtime, mtime);
    }
  });

  const MAY_MOUNT = process.platform === 'linux' && process.getuid?.() === 0 && canMount();
  it.skipIf(!MAY_MOUNT).each([1, 2])(
    'stops when the disk is full, counts what is left, and continues when there is space: --jobs %d (skipped where nothing can be mounted)',
    async (jobs) => {
      const [disk, run] = [inFolder(`disk-${jobs}`), promisify(execFile)];
      await mkdir(disk);
      await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
      try {
        const { exitCode, stderr } = await analyze(`disk-${jobs}`, '--jobs', String(jobs));
        const lines = errorsOf(stderr).trimEnd().split('\n');
        expect(exitCode).toBe(1);
        expect(lines.at(0)).toMatch(
          /^mien: disk-\d\/\d\.mp4\.csv(\.journal)?: cannot be written \(no space is left on the device\); what was done is kept/,
        );
        // With two at once, all may be under way when the disk is full: then none is left, and the others failed.
        expect(lines.at(-1)).toMatch(
          jobs === 1
            ? /^mien: stopped with \d of 4 sources left; .* continue with --resume$/
            : /^mien: (stopped with \d of 4 sources left; .* continue with --resume|\d of 4 sources failed)$/,
        );
        // Finished files are complete.
        const files = await readAll(disk);
        for (const name of Object.keys(files).filter((name) => name.endsWith('.csv'))) {
          expect(files[name]).toBe(whole[name]);
        }
        await run('mount', ['-o', 'remount,size=4m', disk]);
        expect(await analyze(`disk-${jobs}`, '--jobs', String(jobs), '--resume')).toMatchObject({
          exitCode: 0,
        });
        const outputs = Object.entries(await readAll(disk)).filter(([name]) => !name.startsWith('.'));
        expect(outputs).toEqual(Object.entries(whole).filter(([name]) => !name.startsWith('.')));
      } finally {
        await run('umount', [disk]);
      }
    },
  );
});

function canMount(): boolean {
  const probe =
    'd=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs "$d" && umount "$d"; rc=$?; rmdir "$d"; exit $rc';
  return spawnSync('sh', ['-c', probe]).status === 0;
}
