// Times a case: after a warm-up it is called repeatedly; the median and the best call are reported.
// A case is a process of its own that prints one JSON line, `{ "<case>": { medianMs, bestMs, cpuMs, calls } }`.
// `cpuMs` is the processor time of a call over all threads, which stays meaningful on a busy machine.
// @ts-check
import { setFlagsFromString } from 'node:v8';

// In Node 20 relaxed SIMD needs a flag, which can be set until a module is compiled; newer versions have it enabled.
setFlagsFromString('--experimental-wasm-relaxed-simd');

/**
 * The warm-up is long because WebAssembly starts with a fast compilation and is optimised in the background:
 * onnxruntime-web ran ten times slower in its first half second here.
 *
 * @param {() => unknown} call what is timed; a promise that it returns is awaited
 * @param {{ warmUpMs?: number, measureMs?: number, minCalls?: number }} [options]
 */
export async function measure(call, { warmUpMs = 1500, measureMs = 1000, minCalls = 5 } = {}) {
  /** @type {number[]} */
  const timesMs = [];
  const repeat = async (/** @type {number} */ durationMs, /** @type {number} */ calls) => {
    timesMs.length = 0;
    const end = performance.now() + durationMs;
    while (performance.now() < end || timesMs.length < calls) {
      const start = performance.now();
      // Awaiting a value that is not a promise would add a turn of the event loop to the time.
      const result = call();
      if (result instanceof Promise) await result;
      timesMs.push(performance.now() - start);
    }
  };
  if (warmUpMs > 0) await repeat(warmUpMs, 2);
  const cpuBefore = process.cpuUsage();
  await repeat(measureMs, minCalls);
  const { user, system } = process.cpuUsage(cpuBefore);
  timesMs.sort((a, b) => a - b);
  const calls = timesMs.length;
  return {
    medianMs: timesMs[calls >> 1] ?? NaN,
    bestMs: timesMs[0] ?? NaN,
    cpuMs: (user + system) / 1000 / calls,
    calls,
  };
}

/**
 * Numbers in −1…1, the range of a picture; the same for every engine.
 *
 * @param {number} count of pictures @param {number} [length] of each
 */
export function inputs(count, length = 48 * 48) {
  return Float32Array.from({ length: count * length }, (_, index) => Math.sin(index * 12.9898) % 1);
}

/** Prints the result line of a case's process. @param {object} results */
export function report(results) {
  console.log(JSON.stringify(results));
}
