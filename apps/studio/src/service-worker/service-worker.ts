/**
 * Keeps the studio's files for use without a network, and adds the headers of its policy to every answer: static hosts
 * send none, and the policy in the page's `<meta>` does not bind its workers.
 *
 *   page         from the network, so that a new version is seen at once; the stored one if that takes too long
 *   stored files from the cache: their names contain hashes of their contents
 *   large parts  (readers of model files) from the network when they are first used, then from the cache
 *   all else     from the network
 *
 * A new version stores its files while it is installed, and takes over when the last page of the old one is closed: no
 * page ever gets files of two versions.
 *
 * This is a classic script: Firefox has no service workers that are modules. The build replaces the constants.
 */
declare const __VERSION__: string;
/** Paths below the scope. */
declare const __FILES__: readonly string[];
declare const __LARGE_PARTS__: readonly string[];
declare const __HEADERS__: Readonly<Record<string, string>>;

const worker = self as unknown as ServiceWorkerGlobalScope;
/** Other sites, and other copies of this one, may share the origin. */
const PREFIX = `mien-studio ${worker.registration.scope} `;
const CACHE = PREFIX + __VERSION__;
const PAGE = './index.html';
const PAGE_TIMEOUT_MS = 3000;

const toUrl = (path: string): string => new URL(path, worker.registration.scope).href;
const STORED = new Set(__FILES__.map(toUrl));
const LARGE_PARTS = new Set(__LARGE_PARTS__.map(toUrl));

worker.addEventListener('install', (event) => {
  // The first one becomes active at once, to add its headers for the page that is open, and stores the files when the
  // page has loaded (`prepare`).
  if (worker.registration.active !== null) event.waitUntil(storeFiles());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([removeOldCaches(), worker.clients.claim()]));
});

/** The page has had all files removed: nothing is stored any more. */
let isForgotten = false;
/** What is being stored. */
const storing = new Set<Promise<unknown>>();

function keep(stored: Promise<unknown>): Promise<unknown> {
  storing.add(stored);
  return stored.finally(() => storing.delete(stored));
}

async function forget(): Promise<void> {
  isForgotten = true;
  await Promise.allSettled(storing);
  await caches.delete(CACHE);
}

worker.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.data === 'forget') event.waitUntil(forget().then(() => port?.postMessage('forgotten')));
  if (event.data !== 'prepare') return;
  event.waitUntil(
    keep(storeFiles()).then(
      () => port?.postMessage('ready'),
      () => port?.postMessage('failed'),
    ),
  );
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  url.search = url.hash = '';
  if (request.method !== 'GET' || !url.href.startsWith(worker.registration.scope)) return;
  if (request.mode === 'navigate') {
    if (url.href === toUrl('./') || url.href === toUrl(PAGE)) event.respondWith(answerPage(request));
  } else if (STORED.has(url.href)) {
    event.respondWith(fromCache(url.href).then(withHeaders));
  } else if (LARGE_PARTS.has(url.href)) {
    event.respondWith(fromCache(url.href, true).then(withHeaders));
  }
});

async function storeFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  const stored = new Set((await cache.keys()).map(({ url }) => url));
  const missing = [...STORED].filter((url) => !stored.has(url));
  // Names with hashes may come from the browser's cache, where the page has just put them; the others have to be new.
  await cache.addAll(
    missing.map((url) => new Request(url, url.includes('/assets/') ? {} : { cache: 'no-cache' })),
  );
}

async function removeOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
}

async function fromCache(url: string, isKept = false): Promise<Response> {
  const found = await caches.match(url, { cacheName: CACHE });
  if (found !== undefined) return found;
  const response = await fetch(url);
  if (isKept && response.ok && (await caches.has(CACHE)) && !isForgotten) {
    await keep(caches.open(CACHE).then((cache) => cache.put(url, response.clone())));
  }
  return response;
}

async function answerPage(request: Request): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
    if (response.status < 500) return withHeaders(response);
  } catch {
    // No network, or a slow one.
  }
  return withHeaders(await fromCache(toUrl(PAGE)));
}

function withHeaders(response: Response): Response {
  // The browser follows a redirect itself.
  if (response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  // The body is decoded already.
  if (headers.has('content-encoding')) {
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  for (const [name, value] of Object.entries(__HEADERS__)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
