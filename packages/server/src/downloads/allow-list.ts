/** The addresses that a service may fetch, as `--allow-url` states them: `https://host/path` and everything below it. */
import { MienError } from '@mien/core';

export interface AllowedUrl {
  /** Protocol, host and port. */
  readonly origin: string;
  /** Ends in `/`, unless it is one file. */
  readonly path: string;
}

/** @throws MienError `USAGE` */
export function parseAllowedUrl(text: string): AllowedUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol) || url.hostname.includes('*')) {
    throw new MienError(
      'USAGE',
      `--allow-url ${text}: must be an address such as https://media.example.org/footage/, which allows all below it`,
    );
  }
  return { origin: url.origin, path: url.pathname };
}

export function isAllowed({ origin, pathname }: URL, allowed: readonly AllowedUrl[]): boolean {
  // `URL` has resolved `..`; an encoded slash or dot could mean one to the server that is asked.
  if (/%(2e|2f|5c)/i.test(pathname)) return false;
  return allowed.some(
    (one) =>
      one.origin === origin &&
      (pathname === one.path || pathname.startsWith(one.path.endsWith('/') ? one.path : `${one.path}/`)),
  );
}
