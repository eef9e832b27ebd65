import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command, as it is installed. */
export const MIEN = fileURLToPath(new URL('../../bin/mien.js', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `mien` as a child process with pipes, in `cwd`; `env` is added to this process' environment. */
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

/** Only the error lines: on a slow machine there are progress lines between them. */
export function errorsOf(stderr: string): string {
  return stderr.replace(/^(?!mien: ).*\n/gm, '');
}
