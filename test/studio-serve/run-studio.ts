/** `mien studio` as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MIEN = fileURLToPath(new URL('../../packages/cli/bin/mien.js', import.meta.url));
/** The built studio. */
export const STUDIO = fileURLToPath(new URL('../../apps/studio/dist', import.meta.url));

export interface RunningStudio {
  /** As it is printed. */
  readonly url: string;
  readonly output: { stdout: string; stderr: string };
  /** @returns the exit code; may be called again */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** A studio that ends with the test, also with one that fails. */
export async function runStudioInTest(...args: Parameters<typeof runStudio>): Promise<RunningStudio> {
  const studio = await runStudio(...args);
  onTestFinished(async () => {
    await studio.stop();
  });
  return studio;
}

/** A studio that has to be stopped. */
export async function runStudio(
  args: readonly string[] = [],
  { open = false, env = {} }: { open?: boolean; env?: Readonly<Record<string, string>> } = {},
): Promise<RunningStudio> {
  const child = spawn(process.execPath, [MIEN, 'studio', ...(open ? [] : ['--no-open']), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const [found] = /https?:\/\/\S+/.exec(output.stdout) ?? [];
      if (found !== undefined) resolve(found);
    });
    void closed.then(([code]) => reject(new Error(`mien studio ended with ${code}: ${output.stderr}`)));
  });
  return {
    url,
    output,
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      return (await closed)[0];
    },
  };
}
