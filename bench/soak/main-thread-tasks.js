// How long the tasks of a page's main thread take, from a trace: in processor time, because on a busy machine a task also waits.
// @ts-check

/** What a person notices as a hitch. Ref: W3C Long Tasks API, which measures it by the clock. */
export const LONG_TASK_MS = 50;
const CATEGORY = 'disabled-by-default-devtools.timeline';

/** @typedef {{ ph: string, name: string, pid: number, tid: number, dur?: number, tdur?: number, args: any }} TraceEvent */

/**
 * @param {import('playwright-core').Browser} browser @param {import('playwright-core').Page} page
 * @param {() => Promise<unknown>} run what is watched
 */
export async function watchMainThread(browser, page, run) {
  await browser.startTracing(page, { categories: ['__metadata', CATEGORY] });
  await run();
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const place = (/** @type {TraceEvent} */ { pid, tid }) => `${pid} ${tid}`;
  const mainThreads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(place),
  );
  const tasks = traceEvents.filter(
    (event) => event.name === 'RunTask' && event.ph === 'X' && mainThreads.has(place(event)),
  );
  if (tasks.length === 0) throw new Error('soak: the trace has no tasks');
  const toMs = (/** @type {number} */ microseconds) => microseconds / 1000;
  const processorMs = tasks.map(({ tdur = 0 }) => toMs(tdur));
  const clockMs = tasks.map(({ dur = 0 }) => toMs(dur));
  const isLong = (/** @type {number} */ ms) => ms > LONG_TASK_MS;
  return {
    tasks: tasks.length,
    longTasks: processorMs.filter(isLong).length,
    longestTaskMs: Math.round(Math.max(...processorMs)),
    longTasksByTheClock: clockMs.filter(isLong).length,
    longestTaskByTheClockMs: Math.round(Math.max(...clockMs)),
  };
}
