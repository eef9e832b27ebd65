// Runs in the page before its own scripts, and notes from outside what the studio does: the age of the frame behind each result,
// and what it holds. Nothing in the studio knows of it.
// @ts-check

/**
 * @typedef {object} Seen
 * @property {number[]} agesMs  for each result of a camera: the time from the presentation of its frame to its arrival
 * @property {number} presented  frames of videos and cameras that were shown
 * @property {number} mostInFlight  frames that one worker had at the same time
 * @property {number} blobUrls  addresses of files that were not given back
 * @property {number | undefined} firstResultMs  from the start of the navigation to the first result in the page
 */

export function observePage() {
  /** @type {Seen} */
  const seen = {
    agesMs: [],
    presented: 0,
    mostInFlight: 0,
    blobUrls: 0,
    firstResultMs: undefined,
  };
  Object.assign(globalThis, { seen });

  /** When the newest frame of a video was presented. @type {WeakMap<object, number>} */
  const shownAt = new WeakMap();
  /** Of a captured picture. @type {WeakMap<object, number>} */
  const capturedFrom = new WeakMap();
  const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (
    /** @type {VideoFrameRequestCallback} */ callback,
  ) {
    return requestVideoFrameCallback.call(this, (now, metadata) => {
      shownAt.set(this, now);
      seen.presented++;
      callback(now, metadata);
    });
  };
  globalThis.VideoFrame = class extends VideoFrame {
    /** @param {any} source @param {any} init */
    constructor(source, init) {
      super(source, init);
      const atMs = shownAt.get(source);
      if (atMs !== undefined) capturedFrom.set(this, atMs);
    }
  };
  const { createImageBitmap: capture } = globalThis;
  globalThis.createImageBitmap = async (/** @type {any} */ source, /** @type {any[]} */ ...rest) => {
    const atMs = shownAt.get(source);
    const picture = await capture(source, .../** @type {[]} */ (rest));
    if (atMs !== undefined) capturedFrom.set(picture, atMs);
    return picture;
  };

  globalThis.Worker = class extends Worker {
    /** When the frames of its open tasks were presented. @type {Map<number, number>} */
    #open = new Map();

    /** @param {ConstructorParameters<typeof Worker>} args */
    constructor(...args) {
      super(...args);
      // Before the studio's own listener, which sends the next frame at once.
      this.addEventListener('message', ({ data }) => {
        const atMs = this.#open.get(data.id);
        this.#open.delete(data.id);
        if (atMs !== undefined) seen.agesMs.push(performance.now() - atMs);
      });
    }

    /** @override @param {any} message @param {any} transfer */
    postMessage(message, transfer) {
      const atMs = capturedFrom.get(message?.task?.picture?.image);
      if (atMs !== undefined) {
        this.#open.set(message.id, atMs);
        seen.mostInFlight = Math.max(seen.mostInFlight, this.#open.size);
      }
      super.postMessage(message, transfer);
    }
  };

  const { createObjectURL, revokeObjectURL } = URL;
  const urls = new Set();
  URL.createObjectURL = (object) => {
    const url = createObjectURL.call(URL, object);
    urls.add(url);
    seen.blobUrls = urls.size;
    return url;
  };
  URL.revokeObjectURL = (url) => {
    urls.delete(url);
    seen.blobUrls = urls.size;
    revokeObjectURL.call(URL, url);
  };

  new MutationObserver((_, observer) => {
    if (document.querySelector('[data-testid=result]') === null) return;
    seen.firstResultMs = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
}
