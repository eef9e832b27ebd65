/** A member of a thread team in Node: see `@mien/core`'s thread team. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveTeam } from '@mien/core/compiler';
import { READY, type ThreadArguments } from '../threads/thread-host.js';

const { module, memory, thread, threads, barrier } = workerData as ThreadArguments;
serveTeam(module, memory, thread, threads, barrier, () => parentPort?.postMessage(READY));
