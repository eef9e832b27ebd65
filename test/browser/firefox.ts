/**
 * The installed Firefox, over WebDriver BiDi: Playwright's own needs a Firefox that it has built.
 * Ref: https://w3c.github.io/webdriver-bidi
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Path of the installed Firefox; `undefined` if there is none. */
export const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);

/** Of the profile: a synthetic camera, and no requests of Firefox's own. */
const PREFERENCES = {
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'app.normandy.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};
const POLL_MS = 50;

export interface FirefoxPage {
  /** Errors in its console, and uncaught ones. */
  readonly errors: readonly string[];
  goto(url: string): Promise<void>;
  /** The value of an expression, as JSON; a promise is awaited. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression is true. */
  waitFor(expression: string, timeoutMs?: number): Promise<void>;
  setFiles(selector: string, paths: readonly string[]): Promise<void>;
}

export interface Firefox {
  /** Opens a tab. */
  open(): Promise<FirefoxPage>;
  close(): Promise<void>;
}

type Send = (method: string, params: object) => Promise<Record<string, unknown>>;
interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly level?: string;
    readonly text?: string;
    readonly source?: { readonly context?: string };
  };
  readonly result?: Record<string, unknown>;
  readonly message?: string;
}

export async function launchFirefox(): Promise<Firefox> {
  const profile = mkdtempSync(join(tmpdir(), 'mien-firefox-'));
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn(FIREFOX ?? 'firefox', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const address = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [, url] = /WebDriver BiDi listening on (ws:\S+)/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    });
    void ended.then(() => reject(new Error(`Firefox ended: ${output}`)));
  });
  const { send, onError, socket } = await connect(`${address}/session`);
  await send('session.new', { capabilities: {} });
  await send('session.subscribe', { events: ['log.entryAdded'] });
  return {
    async open() {
      const { context } = await send('browsingContext.create', { type: 'tab' });
      return createPage(String(context), send, onError);
    },
    async close() {
      await send('browser.close', {}).catch(() => undefined); // It may answer no more.
      socket.close();
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

async function connect(url: string) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Firefox does not answer at ${url}`));
  });
  const open = new Map<
    number,
    { resolve: (value: Record<string, unknown>) => void; reject: (error: Error) => void }
  >();
  const listeners = new Set<(text: string, context: string | undefined) => void>();
  let nextId = 1;
  socket.onmessage = ({ data }) => {
    const { id, method, params, result, message } = JSON.parse(String(data)) as Incoming;
    if (method === 'log.entryAdded' && params?.level === 'error')
      for (const listener of listeners) listener(params.text ?? '', params.source?.context);
    if (id === undefined) return;
    if (result === undefined) open.get(id)?.reject(new Error(`Firefox: ${message ?? 'unknown error'}`));
    else open.get(id)?.resolve(result);
    open.delete(id);
  };
  socket.onclose = () => {
    for (const { reject } of open.values()) reject(new Error('Firefox: the connection was closed'));
  };
  const send: Send = (method, params) => {
    const id = nextId++;
    return new Promise((resolve, reject) => {
      open.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  return {
    send,
    socket,
    onError: (listener: (text: string, context: string | undefined) => void) => listeners.add(listener),
  };
}

function createPage(
  context: string,
  send: Send,
  onError: (listener: (text: string, context: string | undefined) => void) => void,
): FirefoxPage {
  const errors: string[] = [];
  onError((text, source) => {
    if (source === context) errors.push(text);
  });
  const target = { context };
  const run = async (expression: string, isOwned = false) => {
    const { result, exceptionDetails } = (await send('script.evaluate', {
      expression,
      target,
      awaitPromise: true,
      ...(isOwned && { resultOwnership: 'root' }),
    })) as { result?: { value?: unknown; sharedId?: string }; exceptionDetails?: { text: string } };
    if (result === undefined) throw new Error(`Firefox: ${exceptionDetails?.text ?? expression}`);
    return result;
  };
  const page: FirefoxPage = {
    errors,
    async goto(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    async evaluate(expression) {
      // As text, because BiDi describes values in a form of its own.
      const { value } = await run(
        `Promise.resolve(${expression}).then((value) => JSON.stringify(value) ?? 'null')`,
      );
      return JSON.parse(String(value)) as unknown;
    },
    async waitFor(expression, timeoutMs = 60_000) {
      const end = performance.now() + timeoutMs;
      while ((await page.evaluate(`(${expression}) === true`)) !== true) {
        if (performance.now() > end) throw new Error(`Firefox: waited in vain for ${expression}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async setFiles(selector, paths) {
      const { sharedId } = await run(`document.querySelector(${JSON.stringify(selector)})`, true);
      await send('input.setFiles', { context, element: { sharedId }, files: paths });
    },
  };
  return page;
}
