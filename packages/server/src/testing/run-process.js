// A process that tests and soaks kill: `node run-process.js '{"start": "worker" | "service", "place": …, "options": {"chunkMs": 2000}}'`.
// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { startService, startWorker } from '@mien/server';

/** The shortest heartbeat that pg-boss takes, so that nobody waits for half a minute. */
const TIMES = { heartbeatSeconds: 10, superviseSeconds: 1, touchMs: 1000 };

const { start, place, options = {}, tries = 1 } = JSON.parse(process.argv[2] ?? '');
const onProblem = (/** @type {Error} */ error) => console.error(error.message);

async function open() {
  if (start === 'worker') {
    const worker = await startWorker({ place, concurrency: 1, onProblem, ...TIMES, ...options });
    return { line: 'ready', close: worker.close };
  }
  const service = await startService({ place, port: 0, threads: 1, onProblem, ...TIMES, ...options });
  return { line: service.url, close: service.close };
}

for (let left = tries - 1; ; left--) {
  try {
    const { line, close } = await open();
    process.once('SIGTERM', () => close(0).then(() => process.exit(0)));
    console.log(line);
    break;
  } catch (error) {
    // Its database may just be down.
    if (left === 0) throw error;
    await sleep(500);
  }
}
