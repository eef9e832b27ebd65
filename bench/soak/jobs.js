// Jobs under fire: workers and the database are killed while they work, over pictures and a video. At the end nothing may be
// lost, nothing may be there twice, and the results must be those of one process, byte for byte.
//
//   node bench/soak/jobs.js                                   50 kills of 3 workers, 5 of the database
//   node bench/soak/jobs.js --kills 5 --database-kills 1 --pictures 60
//
// It needs PostgreSQL on this machine, and ffmpeg for the video. The last line is JSON.
// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createAnalyzer } from '@mien/node';
import { openJobs } from '@mien/server';
import sharp from 'sharp';
import { startPostgres } from '../../packages/server/src/testing/start-postgres.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    'database-kills': { type: 'string', default: '5' },
    pictures: { type: 'string', default: '400' },
    seconds: { type: 'string', default: '30' },
    workers: { type: 'string', default: '3' },
  },
});
const [kills, databaseKills, pictures, seconds, workers] = [
  values.kills,
  values['database-kills'],
  values.pictures,
  values.seconds,
  values.workers,
].map(Number);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORTRAIT = join(ROOT, 'examples/eileen-collins.png');
const RUN_PROCESS = join(ROOT, 'packages/server/src/testing/run-process.js');

const folder = await mkdtemp(join(tmpdir(), 'mien-soak-'));
const postgres = await startPostgres();
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
try {
  const files = await makeFiles();
  const expected = await analyzeHere(files);
  const place = {
    kind: /** @type {const} */ ('server'),
    url: postgres.url,
    storeFolder: join(folder, 'store'),
  };
  let problems = 0;
  const { jobs, close } = await openJobs({ at: place, concurrency: 0, onProblem: () => problems++ });
  const startMs = performance.now();
  await Promise.all(Array.from({ length: workers ?? 0 }, () => startWorker(place)));
  const { id } = await jobs.submit({ settings: {}, files });
  let killed = 0;
  let restarted = 0;
  while ((await state()) !== 'done') {
    await sleep(200 + Math.random() * 1500);
    if (killed < (kills ?? 0)) {
      const [victim] = [...running].sort(() => Math.random() - 0.5);
      victim?.kill('SIGKILL');
      killed++;
      await startWorker(place);
    }
    if (
      restarted < (databaseKills ?? 0) &&
      killed >= ((restarted + 1) * (kills ?? 0)) / ((databaseKills ?? 0) + 1)
    ) {
      postgres.restart();
      restarted++;
    }
  }
  const job = await jobs.get(id);
  if (job.failed > 0) console.log(job.items.find(({ error }) => error !== undefined));
  const results = await textOf(id);
  const isSame = results === `${JSON.stringify(expected, undefined, 2)}\n`;
  const { done, failed, total, items } = job;
  const attempts = items.reduce((sum, item) => sum + item.attempts, 0);
  const tookS = Math.round((performance.now() - startMs) / 1000);
  await close(0);
  console.log(
    `${killed} workers and ${restarted} times the database killed in ${tookS} s: ${done} of ${total} done`,
  );
  console.log(JSON.stringify({ killed, restarted, done, failed, total, attempts, isSame, problems, tookS }));
  if (!isSame || done !== total) process.exitCode = 1;

  async function state() {
    // The database may just be down.
    return jobs.get(id).then(
      (job) => job.state,
      () => undefined,
    );
  }
  /** @param {string} id */
  async function textOf(id) {
    let text = '';
    for await (const part of (await jobs.result(id, { format: 'json' })).setEncoding('utf8')) text += part;
    return text;
  }
} finally {
  for (const child of running) child.kill('SIGKILL');
  postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

/** @param {object} place */
async function startWorker(place) {
  const task = JSON.stringify({ start: 'worker', place, tries: 60 });
  const child = spawn(process.execPath, [RUN_PROCESS, task], { stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  child.once('exit', (_code, signal) => {
    running.delete(child);
    if (signal !== 'SIGKILL') console.log('a worker ended by itself');
  });
  await once(child.stdout, 'data');
}

async function makeFiles() {
  const files = [];
  for (let index = 0; index < (pictures ?? 0); index++) {
    const path = join(folder, `${index}.jpg`);
    await sharp(PORTRAIT).resize(300 + (index % 200)).jpeg().toFile(path); // prettier-ignore
    files.push({ name: `${index}.jpg`, path });
  }
  const video = join(folder, 'talk.mp4');
  const filters = 'scale=256:256,pad=336:256:x=0:y=0,scroll=h=-0.004';
  const input = ['-loop', '1', '-t', String(seconds), '-r', '10', '-i', PORTRAIT, '-vf', filters];
  const made = spawnSync('ffmpeg', ['-v', 'error', ...input, '-pix_fmt', 'yuv420p', video]);
  if (made.status === 0) files.splice(files.length >> 1, 0, { name: 'talk.mp4', path: video });
  return files;
}

/** @param {readonly { name: string, path: string }[]} files */
async function analyzeHere(files) {
  const analyzer = await createAnalyzer();
  const results = [];
  for (const { name: source, path } of files) {
    if (path.endsWith('.mp4')) {
      for await (const frame of analyzer.frames(path)) results.push({ source, ...frame });
    } else results.push({ source, ...(await analyzer.analyze(path)) });
  }
  await analyzer.dispose();
  return results;
}
