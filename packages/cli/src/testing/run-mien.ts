import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command as it is installed: the built one. */
export const MIEN = fileURLToPath(new URL('../../bin/mien.js', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `mien` as a process of its own, on pipes, in `cwd`, with `env` on top of this process' environment. */
export function runMien(
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MIEN, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** What was said of errors: on a slow machine there is progress between the lines. */
export function errorsOf(stderr: string): string {
  return stderr.replace(/^(?!mien: ).*\n/gm, '');
}
