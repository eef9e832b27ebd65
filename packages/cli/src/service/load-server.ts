/** Loads @mien/server, which is installed beside this package by those who want a service: it brings a database and a queue. */
import { MienError } from '@mien/core';
import type * as Server from '@mien/server';

/** @throws MienError `UNSUPPORTED` if it is not installed */
export async function loadServer(command: string): Promise<typeof Server> {
  try {
    return await import('@mien/server');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new MienError(
      'UNSUPPORTED',
      `${command}: needs @mien/server, which is not installed; run npm install @mien/server where mien is installed`,
      { cause },
    );
  }
}

/** pg-boss asks for it; it also passes our tests on the last versions of Node 20. */
const WANTED_NODE = [22, 12] as const;

/** One line for a Node that is older than what pg-boss asks for; `undefined` for others. */
export function describeOldNode(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = WANTED_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined;
  return `Node ${version} works, but the job queue (pg-boss) asks for Node ${WANTED_NODE.join('.')} or later`;
}
