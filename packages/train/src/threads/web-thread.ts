/** A member of a thread team in a web worker: see `@mien/core`'s thread team. */
import { serveTeam } from '@mien/core/compiler';
import { READY, type TeamSeat } from './thread-host.js';

self.onmessage = ({ data }: MessageEvent<TeamSeat>) => {
  const { module, memory, thread, threads, meeting } = data;
  serveTeam(module, memory, thread, threads, meeting, () => {
    self.postMessage(READY);
  });
};
