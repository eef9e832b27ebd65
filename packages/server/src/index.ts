/**
 * The service behind `mien serve`, `mien worker` and `mien jobs`. `@mien/server`.
 *
 * @example
 * import { startService } from '@mien/server';
 * const service = await startService({ place: { kind: 'folder', folder: 'mien-data' }, port: 0 });
 * console.log(service.url);
 * await service.close();
 */
export type { LockHolder } from './database/folder-lock.js';
export type { RequestLog } from './http/app-context.js';
export { createDownloader, type Downloader, type DownloaderOptions } from './downloads/downloader.js';
export { DEFAULT_LIMITS, type Limits } from './http/limits.js';
export { isOver, type Job, type JobItem, type JobSettings, type JobSummary } from './jobs/job.js';
export { RETENTION_DAYS } from './jobs/job-keeper.js';
export type { QueueTimes } from './jobs/job-queue.js';
export { RESULT_FORMATS, type ResultFormat, type ResultRequest } from './jobs/job-results.js';
export type { Jobs, NewFile, Submission } from './jobs/jobs.js';
export type { LocalJobs, Upload } from './jobs/local-jobs.js';
export { type RemoteService } from './jobs/remote-jobs.js';
export {
  type Caller,
  type KeyFile,
  type NewKey,
  openKeyFile,
  type Scope,
  SCOPES,
  type StoredKey,
} from './keys/key-file.js';
export type { EngineOptions, Place } from './service/open-engine.js';
export { openJobs, type OpenedJobs, type OpenJobsOptions } from './service/open-jobs.js';
export {
  DEFAULT_HOST,
  DEFAULT_PORT,
  type Service,
  type ServiceOptions,
  startService,
} from './service/start-service.js';
export type { WorkerInfo } from './service/worker-registry.js';
export { startWorker, type WorkerProcess } from './service/start-worker.js';
export type { StoredFile } from './store/file-store.js';
