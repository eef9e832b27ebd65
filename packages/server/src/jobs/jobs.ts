/** Jobs as commands and the HTTP service use them: here (`local-jobs.ts`), or at a service (`remote-jobs.ts`). */
import type { Readable } from 'node:stream';
import type { Job, JobSettings, JobSummary } from './job.js';
import type { ResultRequest } from './job-results.js';

/** A file to analyse. */
export interface NewFile {
  /** What results call it. */
  readonly name: string;
  /** A path on this machine. */
  readonly path: string;
}

export interface Submission {
  readonly settings: JobSettings;
  readonly files: readonly NewFile[];
  /** Addresses that a service fetches, in place of files. */
  readonly urls?: readonly string[] | undefined;
  /** The same key and files again give the same job. */
  readonly idempotencyKey?: string | undefined;
}

export interface Jobs {
  submit(submission: Submission): Promise<Job>;
  list(): Promise<JobSummary[]>;
  /** @throws MienError `NOT_FOUND`, as all that take an id */
  get(id: string): Promise<Job>;
  /** The job now and after each change, until it is over. */
  watch(id: string, signal?: AbortSignal): AsyncIterable<Job>;
  result(id: string, request: ResultRequest): Promise<Readable>;
  /** @throws MienError `USAGE` if it is over */
  cancel(id: string): Promise<Job>;
  /** Queues what failed again. @throws MienError `USAGE` if nothing failed */
  retry(id: string): Promise<Job>;
  /**
   * The embedded database and its files as one archive (.tar.gz), made while the service runs.
   *
   * @throws MienError `USAGE` for a database server, which has tools of its own
   */
  backUp(): Promise<Readable>;
}
