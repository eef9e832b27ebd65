/** Use without a network: registers the service worker, and knows when everything is stored. */
import { signal } from '@preact/signals';

export type OfflineState = 'preparing' | 'ready' | 'unavailable';

/** `ready` as soon as the studio works without a network, and asks for nothing any more. */
export const offlineState = signal<OfflineState>('preparing');

const CONTROL_TIMEOUT_MS = 2000;
const FORGET_TIMEOUT_MS = 5000;

/**
 * Registers the service worker.
 *
 * @returns when workers of the page are bound by its policy: the server's headers, or else the service worker, bind them.
 *   A browser without service workers is not waited for
 */
export async function registerServiceWorker(): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) {
    setState('unavailable');
    return;
  }
  const { serviceWorker } = navigator;
  const controlled = new Promise<void>((resolve) => {
    serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true });
    setTimeout(resolve, CONTROL_TIMEOUT_MS);
  });
  const registering = serviceWorker.register('./service-worker.js', { updateViaCache: 'none' });
  void registering.then(store).catch(() => setState('unavailable'));
  // A page that may share memory got the headers of STUDIO_HEADERS, among them the policy.
  if (crossOriginIsolated || serviceWorker.controller !== null) return;
  await Promise.race([
    controlled,
    registering.then(
      () => controlled,
      () => undefined,
    ),
  ]);
}

/** Forgets the stored files: nothing of the studio is left in the browser. */
export async function removeServiceWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration('./');
  // It may be storing a file, which would make its cache anew.
  if (registration?.active) await ask(registration.active, 'forget', FORGET_TIMEOUT_MS);
  const names = registration === undefined ? [] : await caches.keys();
  const own = names.filter((name) => name.startsWith(`mien-studio ${registration?.scope ?? ''} `));
  await Promise.all([registration?.unregister(), ...own.map((name) => caches.delete(name))]);
  setState('unavailable');
}

/** Has the newest version store its files. */
async function store(registration: ServiceWorkerRegistration): Promise<void> {
  await pageLoad();
  const newest = registration.installing ?? registration.waiting ?? registration.active;
  setState(newest && (await ask(newest, 'prepare')) === 'ready' ? 'ready' : 'unavailable');
}

/** @returns the worker's answer, or `undefined` after the time limit */
function ask(worker: ServiceWorker, task: 'prepare' | 'forget', timeoutMs?: number): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    if (timeoutMs !== undefined) setTimeout(resolve, timeoutMs);
    worker.postMessage(task, [port2]);
  });
}

function pageLoad(): Promise<void> {
  if (document.readyState === 'complete') return Promise.resolve();
  return new Promise((resolve) => addEventListener('load', () => resolve(), { once: true }));
}

function setState(state: OfflineState): void {
  offlineState.value = state;
  document.documentElement.dataset['offline'] = state;
}
