import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MIEN, runMien } from './testing/run-mien.js';

describe('mien', () => {
  it('has help with examples and exit codes', async () => {
    const { exitCode, stdout, stderr } = await runMien(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const text of [
      'analyze',
      'train',
      'evaluate',
      '$ mien analyze portrait.jpg',
      'Exit codes: 0 success',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runMien(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(['analyze', 'train', 'evaluate', 'data'])('has help for %s', async (command) => {
    for (const args of [
      [command, '--help'],
      ['help', command],
    ]) {
      const { exitCode, stdout, stderr } = await runMien(args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain(`Usage: mien ${command}`);
      expect(stdout).toContain(`$ mien ${command}`);
    }
  });

  it('analyses a picture without loading the trainer or other formats, which would double its start-up time', async () => {
    const portrait = fileURLToPath(new URL('../../../examples/eileen-collins.png', import.meta.url));
    const { exitCode, stderr } = await runMien(['analyze', portrait], { env: { NODE_DEBUG: 'esm' } });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/packages\/core\/dist\/index\.js/);
    expect(stderr).not.toMatch(/packages\/(train|formats)\/dist\/index\.js/);
    // Eighty modules in four files: two entry points, what they share, one build of the kernels.
    expect(new Set(stderr.match(/packages\/core\/dist\/[\w/-]+\.js\b/g)).size).toBeLessThanOrEqual(4);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says that standard output cannot be written (skipped where there is no /dev/full)',
    async () => {
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [MIEN, 'models'], { stdio: ['ignore', full, 'pipe'] });
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      const [exitCode] = (await once(child, 'close')) as [number];
      closeSync(full);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: 'mien: standard output: cannot be written (no space is left on the device)\n',
      });
    },
  );

  it('prints its help and fails without arguments', async () => {
    const { exitCode, stdout, stderr } = await runMien([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: mien');
  });

  it.each<[string[], string]>([
    [['anlyze', 'a.jpg'], "mien: unknown command 'anlyze' (Did you mean analyze?) (see mien --help)"],
    [['--frobnicate'], "mien: unknown option '--frobnicate' (see mien --help)"],
    [['analyze'], "mien: missing required argument 'sources' (see mien analyze --help)"],
    [
      ['analyze', 'a.jpg', '--modle', 'x'],
      "mien: unknown option '--modle' (Did you mean --model?) (see mien analyze --help)",
    ],
    [
      ['analyze', 'a.jpg', '--model'],
      "mien: option '--model <id|path>' argument missing (see mien analyze --help)",
    ],
    [
      ['analyze', 'a.jpg', '--format', 'xml'],
      'Allowed choices are table, list, json, ndjson, csv, vtt, parquet.',
    ],
    [['analyze', 'a.jpg', '--every', '0'], 'It must be at least 1ms.'],
    [['analyze', 'a.jpg', '--every', '200'], 'It needs a unit: 200ms or 200s.'],
    [['analyze', 'a.jpg', '--from', '1:75'], 'It must be a time such as 250ms, 90s, 1:30 or 1:02:03.5.'],
    [['analyze', 'a.jpg', '--from', '2s', '--to', '1s'], '--to: must be later than --from'],
    [['analyze', 'a.jpg', '--resume'], '--resume: continues an earlier run in a folder; add --out DIR'],
    [
      ['analyze', 'a.mp4', 'b.mp4', '--format', 'vtt'],
      'subtitles belong to one video, but there are 2 sources',
    ],
    [['analyze', 'a/x.mp4', 'a/x.mp4', '--out', 'o'], 'a/x.mp4 is named twice; name it once'],
    [['analyze', 'a.jpg', '--jobs', '0'], 'It must be a whole number from 1 to 64.'],
    [
      ['analyze', 'a.jpg', '--detector', 'none'],
      'It must be blazeface, haar or the path of a YuNet file (.onnx).',
    ],
    [['analyze', 'a.jpg', '--scale-factor', '1.2'], '--scale-factor is a setting of the Haar cascade'],
    [['analyze', 'a.jpg', '--min-face', '40', '--detector', 'haar'], '--min-face is a setting of BlazeFace'],
    [['analyze', 'a.jpg', '--scale-factor', '1'], 'It must be a number from 1.01 to 10'],
    [['analyze', 'a.jpg', '--scale-factor', 'NaN'], 'It must be a number from 1.01 to 10'],
    [['analyze', 'a.jpg', '--min-neighbors', '-1'], 'It must be a whole number from 0 to 1000'],
    [['analyze', 'a.jpg', '--min-neighbors', '2.5'], 'It must be a whole number from 0 to 1000'],
  ])('refuses %j with one line and exit code 2', async (args, message) => {
    const { exitCode, stdout, stderr } = await runMien(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^mien: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });
});
