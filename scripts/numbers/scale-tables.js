// Tables of how the service holds up and what a fleet needs, for scripts/write-numbers.js.
// @ts-check
import { percent } from './digits.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600_000;

/** Hours of video a day. */
const LOADS = [10, 100, 10_000];
/** Assumed: a virtual processor of a general-purpose machine in a cloud, on demand. */
const PRICE_PER_PROCESSOR_HOUR = 0.05;
/** Assumed: a machine is not busy all day, and work comes unevenly. */
const UTILISATION = 0.6;
/** Connections of a worker to the database, and what PostgreSQL takes by default. */
const CONNECTIONS = 3;
const MAX_CONNECTIONS = 100;

/** Two digits. @param {number} value */
const short = (value) =>
  value < 100 ? String(Number(value.toPrecision(2))) : Math.round(value).toLocaleString('en');
const conditionsOf = (/** @type {any} */ { cpu, cores, node, date }) =>
  `${cpu}, ${cores} processors, Node ${node}, ${date}`;

/** What a minute of video costs, and how many workers so many hours a day need. @param {any} queue */
export function sizingTable({ conditions, segmentTimes }) {
  const workersFor = (/** @type {number} */ hours, /** @type {number} */ cpuMs) =>
    short((hours * 60 * cpuMs) / (DAY_MS * UTILISATION));
  const rows = segmentTimes.map((/** @type {any} */ { width, height, every, cpuMs, resultBytes }) => {
    const cost = (((60 * cpuMs) / 3600_000) * PRICE_PER_PROCESSOR_HOUR) / UTILISATION;
    const what = `${width}×${height}, ${every === 'all' ? 'every frame of 25' : `one in ${every}`}`;
    const workers = LOADS.map((hours) => workersFor(hours, cpuMs));
    const megabytes = short((60 * resultBytes) / 1e6);
    return `| ${what} | ${short(cpuMs / 1000)} s | ${short(MINUTE_MS / cpuMs)}× | ${workers.join(' | ')} | ${cost.toFixed(3)} | ${megabytes} MB |`;
  });
  return [
    `| video with one face | processor time a minute | beside real time | ${LOADS.map((hours) => `processors for ${hours.toLocaleString('en')} h a day`).join(' | ')} | USD an hour of video | results an hour |`,
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `Assumed: ${PRICE_PER_PROCESSOR_HOUR} USD for an hour of a virtual processor, busy ${percent(UTILISATION)} of the time. Measured on ${conditionsOf(conditions)}; processor time includes ffmpeg. More faces cost more.`,
  ].join('\n');
}

/** @param {any} queue */
export function queueTable({ conditions, simulation }) {
  const {
    workers,
    segments,
    done,
    doubled,
    perSecond,
    queueMs,
    segmentMs,
    share,
    speedUp,
    submittedPerSecond,
  } = simulation;
  const hoursADay = Math.round((perSecond * 24 * 60) / 1000) * 1000; // A segment is a minute.
  return [
    `| ${workers} workers, ${segments.toLocaleString('en')} segments | |`,
    '|---|---|',
    `| done, and more than once | ${done.toLocaleString('en')}, ${doubled} |`,
    `| segments a second | ${perSecond} |`,
    `| as hours of video a day | ${hoursADay.toLocaleString('en')} |`,
    `| submitted a second, by one client | ${submittedPerSecond} |`,
    `| wait for the queue, a segment | ${queueMs} ms |`,
    `| of a worker's time, with segments of ${short(segmentMs / 1000)} s | ${percent(share)} |`,
    '',
    `Analyses only waited, for ${short(speedUp)} times shorter than recorded, so the queue was asked that much more often. All on one machine: ${conditionsOf(conditions)}.`,
  ].join('\n');
}

/** How many workers reach PostgreSQL with its defaults. */
export function workersByDefault() {
  return String(Math.floor(MAX_CONNECTIONS / CONNECTIONS));
}

/** @param {any} jobs */
export function fireTable({ conditions, results: { workers, service, disk, clocks } }) {
  const row = (/** @type {string} */ what, /** @type {any} */ it) =>
    it === undefined || 'skipped' in it
      ? `| ${what} | ${it?.skipped ?? 'not run'} | | | | |`
      : `| ${what} | ${it.jobs} | ${it.total - it.done} | ${it.isSame ? 'the same bytes' : 'other bytes'} | ${it.attempts - it.total} | ${it.givenUp} |`;
  return [
    '| what happened meanwhile | jobs | lost | beside `mien analyze` | attempts more | given up, then retried |',
    '|---|---|---|---|---|---|',
    row(
      `${workers?.killed} kills of ${workers?.workers} workers, ${workers?.restarted} of PostgreSQL`,
      workers,
    ),
    row(`${service?.killed} kills of the service on the embedded database`, service),
    row(`the disk of the service got full ${disk?.filled} times`, disk),
    row(`clocks of workers two minutes apart, ${clocks?.killed ?? 0} kills`, clocks),
    '',
    `Each job has ${conditions.pictures} pictures and videos of ${conditions.videoSeconds.join(', ')} s. Kill −9 at random moments, on ${conditionsOf(conditions)}. A file whose workers died six times is given up, and said to have failed, until somebody retries it.`,
  ].join('\n');
}

/** @param {any} load */
export function loadTable({ conditions, results: { ratio, ladder, memory, clients } }) {
  const rows = ladder.map(
    (/** @type {any} */ { connections, perSecond, latencyMs: { p50, p97, p99 }, refused, failed }) =>
      `| ${connections} | ${perSecond} | ${p50} | ${p97} | ${p99} | ${refused} | ${failed} |`,
  );
  const requests = memory.rows.at(-1).requests.toLocaleString('en');
  const { streams, idleStreams, liveStreams, alone, slowUploads, slowReaders, abortedUploads } = clients;
  const lost = [idleStreams, liveStreams, slowUploads, slowReaders, abortedUploads].reduce(
    (sum, { failed, refused }) => sum + failed + refused,
    0,
  );
  return [
    '| clients at once | pictures a second | ms, median | 97.5 % | 99 % | refused | failed |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `One thread, ${conditions.picture}; ${conditionsOf(conditions)}, load before ${conditions.loadBefore.toFixed(1)}. Beyond the queue of 64 pictures, clients are refused with 429. The rate with 8 clients was ${ratio.ratio.toFixed(2)} of one bare loop of the library in the same run. Over ${requests} requests the process grew by ${memory.growthMb} MB after it was warm. With 2 clients the median was ${alone.latencyMs.p50} ms; beside ${streams.opened} idle event streams ${idleStreams.latencyMs.p50} ms; with ${streams.opened} idle live streams, 20 slow uploads and 50 slow readers as well, ${liveStreams.latencyMs.p50} ms. Meanwhile ${lost} requests of others failed or were refused. ${streams.told} event streams were told the end of their job.`,
  ].join('\n');
}
