import { stat } from 'node:fs/promises';
import { isLive } from '../sources/open-source.js';

/** A source and the state of its file: a file that has changed since is analysed again. */
export interface SourceState {
  readonly source: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** A source that is not a file (a camera, a pipe) has neither size nor date. */
export async function readSourceState(source: string): Promise<SourceState> {
  const status = isLive(source) ? undefined : await stat(source).catch(() => undefined);
  return { source, sizeBytes: status?.size ?? 0, modifiedMs: status?.mtimeMs ?? 0 };
}
