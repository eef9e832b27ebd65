// What a page holds after garbage collection: the JavaScript heaps of the page, its workers and its service worker, their
// WebAssembly memories, and the process. Linux: the process is read from /proc.
// @ts-check
import { readFileSync } from 'node:fs';

/** Commands to a worker of the page, which has no session of Playwright's own. @typedef {(method: string, params?: object) => Promise<any>} Send */

/** @param {import('playwright-core').Browser} browser @param {import('playwright-core').Page} page */
export async function createMemoryMeter(browser, page) {
  const session = await page.context().newCDPSession(page);
  const workers = noteTargets(session, 'worker');
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const whole = await browser.newBrowserCDPSession();
  const serviceWorkers = noteTargets(whole, 'service_worker');
  const followed = new Set();
  return async () => {
    // Every script that a page starts passes through the service worker, and stays there until garbage is collected.
    const { targetInfos } = await whole.send('Target.getTargets');
    for (const { targetId, type } of targetInfos) {
      if (type !== 'service_worker' || followed.has(targetId)) continue;
      followed.add(targetId);
      await whole.send('Target.attachToTarget', { targetId, flatten: false });
    }
    /** @type {Send[]} */
    const places = [
      (method, params) => session.send(/** @type {any} */ (method), params),
      ...workers.values(),
      ...serviceWorkers.values(),
    ];
    let [heap, wasm] = [0, 0];
    for (const send of places) {
      try {
        await send('HeapProfiler.collectGarbage');
        const { usedSize } = await send('Runtime.getHeapUsage');
        wasm += await measureWasm(send);
        heap += usedSize;
      } catch (error) {
        // A worker that ends in between, such as that of a video, holds nothing.
        if (!(error instanceof WorkerEnded)) throw error;
      }
    }
    const { nodes, jsEventListeners: listeners } = await session.send('Memory.getDOMCounters');
    const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    const resident = renderers.reduce((sum, { id }) => sum + readResident(id), 0);
    const toMb = (/** @type {number} */ bytes) => Math.round(bytes / 1e5) / 10;
    return {
      heapMb: toMb(heap),
      wasmMb: toMb(wasm),
      processMb: toMb(resident),
      workers: workers.size,
      nodes,
      listeners,
    };
  };
}

class WorkerEnded extends Error {}

/**
 * The targets that a session is attached to, from now on.
 *
 * @param {import('playwright-core').CDPSession} session
 * @param {'worker' | 'service_worker'} kind
 * @returns {Map<string, Send>} by the id of its session
 */
function noteTargets(session, kind) {
  /** @type {Map<string, Send>} */
  const workers = new Map();
  /** @type {Map<number, { sessionId: string, resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const open = new Map();
  let nextId = 1;
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type !== kind) return;
    workers.set(sessionId, (method, params = {}) => {
      // No answer would ever come.
      if (!workers.has(sessionId)) return Promise.reject(new WorkerEnded());
      const id = nextId++;
      const answer = new Promise((resolve, reject) => open.set(id, { sessionId, resolve, reject }));
      const message = JSON.stringify({ id, method, params });
      void session.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => undefined);
      return answer;
    });
  });
  session.on('Target.detachedFromTarget', ({ sessionId: ended }) => {
    workers.delete(ended);
    for (const [id, { sessionId, reject }] of open) {
      if (sessionId !== ended) continue;
      open.delete(id);
      reject(new WorkerEnded());
    }
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    if (error === undefined) open.get(id)?.resolve(result);
    else open.get(id)?.reject(new Error(error.message));
    open.delete(id);
  });
  return workers;
}

/** Bytes of all WebAssembly memories. @param {Send} send @returns {Promise<number>} */
async function measureWasm(send) {
  const group = { objectGroup: 'soak' };
  const { result: prototype } = await send('Runtime.evaluate', {
    expression: 'WebAssembly.Memory.prototype',
    ...group,
  });
  const { objects } = await send('Runtime.queryObjects', { prototypeObjectId: prototype.objectId, ...group });
  const { result } = await send('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration:
      'function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }',
    returnByValue: true,
  });
  await send('Runtime.releaseObjectGroup', group);
  return result.value;
}

/** @param {number} pid @returns {number} bytes that only this process has */
function readResident(pid) {
  const [, kilobytes = '0'] =
    /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
