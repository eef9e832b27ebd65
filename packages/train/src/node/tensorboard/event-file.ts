/**
 * A folder that TensorBoard shows as one run: event files that follow each other, one for each process that wrote.
 *
 * Every scalar is on its way to the disk when `scalar` returns, so that TensorBoard follows a run that goes on and a
 * killed process loses nothing. A run that goes on does not write a step again that the folder holds already: it repeats
 * the updates after its last checkpoint, and their figures are the same.
 */
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { explainWriteError } from '../write-file.js';
import { parseScalars, toScalarRecord, toVersionRecord } from './event-record.js';

/**
 * `events.out.tfevents.<seconds>.mien.<number>`: TensorBoard looks for the first words and reads files in the order
 * of their names. Where others put the name of the machine we put ours: it is nobody's business.
 */
const NAME = /^events\.out\.tfevents\.\d+\./;
/** A thousand times what a run of a hundred epochs writes; more is not ours and not read. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

export interface EventFile {
  /** Leaves out a step of a tag that was written already. */
  scalar(tag: string, step: number, value: number): void;
}

export interface EventFileOptions {
  /** Whether the folder holds the start of the same run; what it holds otherwise is left alone. */
  readonly goesOn?: boolean;
  /** The time, in milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/**
 * Writes a run to `folder`; files appear with the first scalar.
 *
 * @throws MienError `OUTPUT_FAILED` here and from `scalar`
 */
export function openEventFile(
  folder: string,
  { goesOn = false, nowMs = () => Date.now() }: EventFileOptions = {},
): EventFile {
  const lastSteps = goesOn ? orFail(folder, () => readLastSteps(folder)) : new Map<string, number>();
  let path: string | undefined;
  return {
    scalar(tag, step, value) {
      if (step <= (lastSteps.get(tag) ?? -Infinity)) return;
      lastSteps.set(tag, step);
      orFail(folder, () => {
        const wallTimeS = nowMs() / 1000;
        if (path === undefined) {
          mkdirSync(folder, { recursive: true });
          path = createFile(folder, Math.floor(wallTimeS));
          appendFileSync(path, toVersionRecord(wallTimeS));
        }
        appendFileSync(path, toScalarRecord({ tag, step, value }, wallTimeS));
      });
    },
  };
}

/** The newest step of each tag. */
function readLastSteps(folder: string): Map<string, number> {
  const steps = new Map<string, number>();
  for (const name of readNames(folder)) {
    const path = join(folder, name);
    if (!NAME.test(name) || statSync(path).size > MAX_FILE_BYTES) continue;
    for (const { tag, step } of parseScalars(readFileSync(path))) {
      steps.set(tag, Math.max(step, steps.get(tag) ?? -Infinity));
    }
  }
  return steps;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes the first file of this second whose name is free. */
function createFile(folder: string, seconds: number): string {
  for (let number = 0; ; number++) {
    const path = join(folder, `events.out.tfevents.${seconds}.mien.${number}`);
    try {
      closeSync(openSync(path, 'wx'));
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function orFail<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const [reason, advice] = explainWriteError(cause);
    throw new MienError(
      'OUTPUT_FAILED',
      `${folder}: the TensorBoard log cannot be written (${reason}); ${advice}`,
      { cause },
    );
  }
}
