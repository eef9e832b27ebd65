// What the service promises.
// @ts-check

export const SERVICE_LIMITS = {
  /** Rate of the service with one thread, divided by that of one bare loop of the library. */
  ratio: 0.85,
  /** Over 75,000 requests, after 25,000 that warm up. */
  growthMb: 15,
};

/** @typedef {import('./throughput.js').Throughput} Throughput */

/**
 * @param {{
 *   ratio: { ratio: number },
 *   ladder: readonly Throughput[],
 *   memory: { failed: number, growthMb: number },
 *   clients: {
 *     alone: Throughput, slowUploads: Throughput, slowReaders: Throughput, abortedUploads: Throughput,
 *     idleStreams: Throughput, liveStreams: Throughput,
 *     streams: { opened: number, alive: number, told: number, aliveLive: number }, leftOver: number,
 *   },
 * }} results
 * @returns {string[]} the limits that are exceeded, in words
 */
export function exceededByService({ ratio, ladder, memory, clients }) {
  const problems = [];
  if (!(ratio.ratio >= SERVICE_LIMITS.ratio)) {
    problems.push(`rate beside a bare loop: ${ratio.ratio.toFixed(2)}, at least ${SERVICE_LIMITS.ratio}`);
  }
  for (const { connections, failed, refused } of ladder) {
    if (failed > 0) problems.push(`${connections} clients: ${failed} requests failed`);
    if (connections <= 64 && refused > 0) problems.push(`${connections} clients: ${refused} were refused`);
  }
  if (memory.failed > 0) problems.push(`memory: ${memory.failed} requests failed`);
  if (memory.growthMb > SERVICE_LIMITS.growthMb) {
    problems.push(`memory: grew by ${memory.growthMb} MB, at most ${SERVICE_LIMITS.growthMb}`);
  }
  return [...problems, ...exceededByClients(clients)];
}

/** @param {Parameters<typeof exceededByService>[0]['clients']} clients @returns {string[]} */
export function exceededByClients({ streams, leftOver, ...others }) {
  const problems = [];
  for (const [name, load] of Object.entries(others)) {
    if (typeof load !== 'object') continue;
    const { answered, failed, refused } = load;
    if (answered === 0 || failed + refused > 0) {
      problems.push(
        `${name}: of others ${answered} were answered, ${failed} failed, ${refused} were refused`,
      );
    }
  }
  if (streams.alive !== streams.opened) {
    problems.push(`idle streams: ${streams.alive} of ${streams.opened} were still there`);
  }
  if (streams.aliveLive !== streams.opened) {
    problems.push(`live streams: ${streams.aliveLive} of ${streams.opened} were still there`);
  }
  if (streams.told !== streams.opened) {
    problems.push(`idle streams: ${streams.told} of ${streams.opened} were told the end`);
  }
  if (leftOver > 0) problems.push(`aborted uploads: ${leftOver} left something behind`);
  return problems;
}
