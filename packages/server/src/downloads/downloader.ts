/**
 * Fetches files from addresses that are allowed, and from nowhere else.
 *
 *   allow-list → resolve the name once → only public addresses → connect to that address → count bytes and time
 *
 * A redirect goes through all of it again. Because the connection goes to the address that was checked, a name that resolves
 * to another one a moment later (DNS rebinding) leads nowhere.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as resolveName } from 'node:dns/promises';
import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { MienError } from '@mien/core';
import { isAllowed, parseAllowedUrl } from './allow-list.js';
import { isPublicAddress } from './public-address.js';

export interface DownloaderOptions {
  /** As `--allow-url`. */
  readonly allow: readonly string[];
  /** All addresses of a name. Default: the system's. */
  readonly lookup?: ((name: string) => Promise<readonly LookupAddress[]>) | undefined;
  /** Default {@link isPublicAddress}. */
  readonly isPublic?: ((address: string) => boolean) | undefined;
}

export interface DownloadLimits {
  readonly maxBytes: number;
  /** For all of it. */
  readonly timeLimitMs: number;
  /** Silence after which it is given up. */
  readonly idleMs: number;
}

export interface Download {
  /** Last part of the address's path. */
  readonly name: string;
  /** Destroyed with a MienError beyond the limits, or if it breaks off. */
  readonly content: IncomingMessage;
}

export interface Downloader {
  /**
   * @throws MienError `USAGE` if it is no address, `UrlNotAllowedError`, `INPUT_UNREADABLE` if it cannot be fetched,
   *   `INPUT_TOO_LARGE`
   */
  open(address: string, limits: DownloadLimits, signal: AbortSignal): Promise<Download>;
}

/** The service may not fetch this address. */
export class UrlNotAllowedError extends Error {}

const MAX_REDIRECTS = 3;
const MAX_HEADER_BYTES = 16_384;
const MAX_URL_LENGTH = 2000;

/** @throws MienError `USAGE` for an allowed address that is none */
export function createDownloader(options: DownloaderOptions): Downloader {
  const { lookup = (name) => resolveName(name, { all: true }), isPublic = isPublicAddress } = options;
  const allowed = options.allow.map(parseAllowedUrl);

  const parse = (text: string): URL => {
    if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) {
      throw new MienError('USAGE', `${text.slice(0, 100)}: is no address; use https://host/path`);
    }
    const url = new URL(text);
    if (isAllowed(url, allowed) && url.username === '' && url.password === '') return url;
    const advice =
      allowed.length === 0
        ? 'it fetches none; mien serve --allow-url https://host/path allows all below a path'
        : 'it is not below one of its --allow-url';
    throw new UrlNotAllowedError(`${nameOf(url)}: this service may not fetch it (${advice})`);
  };
  /** The one address to connect to: if any of a name's is not public, none is used. */
  const resolve = async (url: URL): Promise<LookupAddress> => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const family = isIP(host);
    const addresses = family === 0 ? await lookup(host).catch((cause: unknown) => Promise.reject(unreachable(url, cause))) : [{ address: host, family }]; // prettier-ignore
    const [first] = addresses;
    if (first === undefined) throw unreachable(url, new Error('its name has no address'));
    if (!addresses.every(({ address }) => isPublic(address))) {
      throw new UrlNotAllowedError(
        `${nameOf(url)}: leads into a private network, which this service does not reach`,
      );
    }
    return first;
  };

  return {
    async open(address, limits, signal) {
      const timeLimit = AbortSignal.timeout(Math.ceil(limits.timeLimitMs));
      const end = AbortSignal.any([signal, timeLimit]);
      const first = parse(address);
      let url = first;
      for (let redirects = 0; ; redirects++) {
        const response = await request(url, await resolve(url), { signal: end, timeout: limits.idleMs });
        const { statusCode = 0, headers } = response;
        if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
          response.destroy();
          if (redirects === MAX_REDIRECTS) throw unreachable(first, new Error('too many redirects'));
          url = parse(toAbsolute(headers.location, url));
          continue;
        }
        if (statusCode !== 200) {
          response.destroy();
          throw unreachable(first, new Error(`the server answered ${statusCode}`));
        }
        if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
          response.destroy();
          throw unreachable(first, new Error('the server sent it compressed, though it was not asked to'));
        }
        bound(response, first, limits);
        return { name: fileNameOf(first), content: response };
      }
    },
  };
}

/** Ends a response that is too large, or that breaks off. */
function bound(response: IncomingMessage, url: URL, { maxBytes }: DownloadLimits): void {
  const tooLarge = () =>
    new MienError(
      'INPUT_TOO_LARGE',
      `${nameOf(url)}: more than ${maxBytes} bytes, the limit of this service`,
    );
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) response.destroy(tooLarge());
  let sizeBytes = 0;
  response.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) response.destroy(tooLarge());
  });
  response.pause(); // Until it is read.
}

function request(
  url: URL,
  { address, family }: LookupAddress,
  options: RequestOptions,
): Promise<IncomingMessage> {
  // Whatever the name is asked for, and however often: the address that was checked.
  const lookup: LookupFunction = (_name, { all }, callback) => {
    if (all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    const headers = { accept: 'image/*, video/*', 'accept-encoding': 'identity', 'user-agent': 'mien' };
    const sent = get(
      url,
      { ...options, headers, lookup, agent: false, maxHeaderSize: MAX_HEADER_BYTES },
      resolve,
    );
    sent.on('timeout', () => sent.destroy(new Error('nothing came for a while')));
    sent.on('error', (cause) => reject(unreachable(url, cause)));
  });
}

/** What storing a download fails with, as an error about its address. */
export function toDownloadError(address: string, error: unknown): unknown {
  if (error instanceof MienError || error instanceof UrlNotAllowedError) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error; // A mistake of ours.
  const { name, code } = error as NodeJS.ErrnoException;
  // Errors of the disk are the service's own.
  const isOurs = code !== undefined && /^(ENOSPC|EDQUOT|EACCES|EIO|EROFS)$/.test(code);
  if (isOurs || !URL.canParse(address)) return error;
  const isLate = name === 'AbortError' || name === 'TimeoutError';
  return unreachable(new URL(address), isLate ? new Error('it took longer than this service waits') : error);
}

function unreachable(url: URL, cause: unknown): MienError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MienError('INPUT_UNREADABLE', `${nameOf(url)}: cannot be fetched (${reason})`, { cause });
}

function toAbsolute(location: string, { href }: URL): string {
  return URL.canParse(location, href) ? new URL(location, href).href : location;
}

/** Without what may be secret: user, password and query. */
function nameOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.slice(0, 300);
}

function fileNameOf({ hostname, pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? '';
  const name = /%/.test(last) ? decode(last) : last;
  const plain = name.replace(/[\p{Cc}/\\]/gu, '').slice(0, 300);
  return plain === '' ? hostname : plain;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
