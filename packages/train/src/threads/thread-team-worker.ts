/** A member of a thread team in Node: see `@mien/core`'s thread team. */
import { workerData } from 'node:worker_threads';
import { serveTeam, type Kernels, type MeetingPoint } from '@mien/core/nn';

export interface ThreadTeamWorkerData extends Pick<Kernels, 'module' | 'memory'> {
  readonly thread: number;
  readonly threads: number;
  readonly meeting: MeetingPoint;
}

const { module, memory, thread, threads, meeting } = workerData as ThreadTeamWorkerData;
serveTeam(module, memory, thread, threads, meeting);
