// What the studio promises.
// @ts-check

export const LIMITS = {
  longTasks: 0,
  mostInFlight: 1,
  /** Of the slowed-down page: a queue of frames would grow far beyond it. */
  agesMs: 1000,
  firstResultMs: 1500,
  /** Of heap and process: what collection leaves varies by some. WebAssembly memory never shrinks, so it must not grow. */
  growthMb: { heapMb: 5, wasmMb: 0, processMb: 25 },
  growth: { workers: 0, nodes: 200, listeners: 50 },
};

/**
 * @param {{
 *   firstResult: Awaited<ReturnType<typeof import('./first-result.js').measureFirstResult>>,
 *   live: Awaited<ReturnType<typeof import('./live-analysis.js').measureLiveAnalysis>>,
 *   throttled: Awaited<ReturnType<typeof import('./live-analysis.js').measureLiveAnalysis>>,
 *   videos: Awaited<ReturnType<typeof import('./memory-growth.js').measureVideoMemory>>,
 *   camera: Awaited<ReturnType<typeof import('./memory-growth.js').measureCameraMemory>>,
 * }} results
 * @returns {string[]} the limits that are exceeded, in words
 */
export function exceeded({ firstResult, live, throttled, videos, camera }) {
  /** @type {[what: string, value: number, limit: number][]} */
  const checks = [['first result, ms (median)', firstResult.medianMs ?? NaN, LIMITS.firstResultMs]];
  for (const [name, one] of Object.entries({ live, throttled })) {
    checks.push([`${name}: long tasks`, one.longTasks, LIMITS.longTasks]);
    checks.push([`${name}: frames in flight`, one.mostInFlight, LIMITS.mostInFlight]);
    checks.push([`${name}: age of the oldest frame, ms`, one.ageMs.longest, LIMITS.agesMs]);
  }
  for (const [name, { growth }] of Object.entries({ videos, camera })) {
    for (const [key, limit] of Object.entries({ ...LIMITS.growthMb, ...LIMITS.growth })) {
      checks.push([`${name}: growth of ${key}`, growth[/** @type {keyof typeof growth} */ (key)], limit]);
    }
  }
  checks.push(['videos: blob URLs', videos.rows.at(-1)?.blobUrls ?? NaN, 1]);
  // Written so that NaN exceeds every limit.
  return checks
    .filter(([, value, limit]) => !(value <= limit))
    .map(([what, value, limit]) => `${what}: ${value}, the limit is ${limit}`);
}
