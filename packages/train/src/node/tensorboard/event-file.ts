/**
 * A folder that TensorBoard shows as one run: a sequence of event files, one for each process.
 *
 * Each scalar is handed to the operating system before `scalar` returns, so that TensorBoard can follow the run and a
 * killed process loses nothing. A resumed run repeats the updates after its last checkpoint with the same results; it
 * skips the steps that the folder already contains.
 */
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { explainWriteError } from '../write-file.js';
import { parseScalars, toScalarRecord, toVersionRecord } from './event-record.js';

/**
 * `events.out.tfevents.<seconds>.mien.<number>`: TensorBoard looks for the prefix and reads files in the order of their
 * names. TensorFlow puts the host name in place of `mien`; we leave it out for privacy.
 */
const NAME = /^events\.out\.tfevents\.\d+\./;
/** A thousand times the size for a run of a hundred epochs; larger files are not read. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

export interface EventFile {
  /** Skips steps of a tag that are already written. */
  scalar(tag: string, step: number, value: number): void;
}

export interface EventFileOptions {
  /** Whether the folder contains the start of the same run; other files are ignored. */
  readonly isResumed?: boolean;
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
  { isResumed = false, nowMs = () => Date.now() }: EventFileOptions = {},
): EventFile {
  const lastSteps = isResumed ? orFail(folder, () => readLastSteps(folder)) : new Map<string, number>();
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

/** The last step of each tag. */
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

/** Creates a file with the first free number of this second. */
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
