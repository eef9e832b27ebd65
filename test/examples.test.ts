/** The examples run unchanged, print nothing on stderr, and print the expected results. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

function run(name: string): string[] {
  const path = fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
  return execFileSync(process.execPath, [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    .trimEnd()
    .split('\n');
}

it.each(['quick-start.js', 'quick-start.cjs'])('%s reads the portrait', (name) => {
  expect(run(name)).toEqual(["[ 'happy' ]"]);
});

it('@mien/node can be required', () => {
  const script = "console.log(typeof require('@mien/node').createAnalyzer)";
  const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ['--eval', script], options);
  expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
});

it('read-picture.js reads the portrait', () => {
  const [count, face, ...labels] = run('read-picture.js');
  expect(count).toBe('1 face');
  expect(face).toMatch(/^\d+×\d+ at 17\d,7\d: happy$/);
  expect(labels).toHaveLength(7);
});

it('follow-faces.js keeps one id and expression through movements and a gap', () => {
  const lines = run('follow-faces.js');
  expect(lines.map((line) => line.replace(/ at \d+,\d+/, ''))).toEqual([
    '   0 ms  face 1: happy since 0 ms, sure',
    ' 350 ms  face 1: happy since 0 ms, sure',
    ' 725 ms  face 1: happy since 0 ms, sure',
    '1100 ms  face 1: happy since 0 ms, sure',
    '1450 ms  face 1: happy since 0 ms, sure',
    '1825 ms  face 1: happy since 0 ms, sure',
    '2200 ms  face 1: happy since 0 ms, sure',
    '2550 ms  nobody',
    '2925 ms  face 1: happy since 0 ms, sure',
  ]);
});
