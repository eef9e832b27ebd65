/** A member of a thread team in a web worker: see `@mien/core`'s thread team. */
import { serveTeam } from '@mien/core/compiler';
import { READY, type ThreadArguments } from './thread-host.js';

self.onmessage = ({ data }: MessageEvent<ThreadArguments>) => {
  const { module, memory, thread, threads, barrier } = data;
  serveTeam(module, memory, thread, threads, barrier, () => {
    self.postMessage(READY);
  });
};
