// Requests for one picture, by a number of clients at once: rate, latency, and whether all were answered.
// @ts-check
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** `npm install --prefix bench` */
export const HAS_AUTOCANNON = existsSync(
  fileURLToPath(new URL('../../node_modules/autocannon', import.meta.url)),
);

/**
 * @typedef {object} Throughput
 * @property {number} connections
 * @property {number} perSecond
 * @property {{ p50: number, p90: number, p97: number, p99: number, max: number }} latencyMs
 * @property {number} answered
 * @property {number} refused  429 beyond the queue
 * @property {number} failed  connections that broke, timeouts, and answers of 500 or more: there should be none
 */

/**
 * @param {string} url of the service
 * @param {Uint8Array} picture
 * @param {{ connections: number, seconds?: number, requests?: number }} load  for so long, or so many requests
 * @returns {Promise<Throughput>}
 */
export async function measureThroughput(url, picture, { connections, seconds, requests }) {
  await untilIdle(url);
  const autocannon = createRequire(import.meta.url)('autocannon');
  const result = await autocannon({
    url: new URL('v1/analyze?model=nano', url).href,
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from(picture),
    connections,
    timeout: 60,
    ...(requests === undefined ? { duration: seconds } : { amount: requests }),
  });
  const { p50, p90, p97_5: p97, p99, max } = result.latency;
  return {
    connections,
    perSecond: Math.round((10 * result['2xx']) / result.duration) / 10,
    latencyMs: { p50, p90, p97, p99, max },
    answered: result['2xx'],
    refused: result['4xx'],
    failed: result['5xx'] + result.errors + result.timeouts,
  };
}

/** Clients that leave at the end of a measurement leave pictures in the queue. @param {string} url */
async function untilIdle(url) {
  for (;;) {
    const metrics = await (await fetch(new URL('metrics', url))).text();
    if (/^mien_pictures_in_progress 0$/m.test(metrics)) return;
    await sleep(100);
  }
}
