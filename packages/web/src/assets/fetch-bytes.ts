import { MienError } from '@mien/core';

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** `totalBytes` is `undefined` if the server does not send the size. */
  readonly onProgress?: ((loadedBytes: number, totalBytes: number | undefined) => void) | undefined;
}

const ADVICE =
  'check the URL; if your bundler does not copy the files of @mien/web, copy them and set assetsUrl';

/**
 * Downloads a file.
 *
 * @throws MienError `NOT_FOUND` if there is no such file, `INPUT_UNREADABLE` if it cannot be loaded; the signal's reason
 */
export async function fetchBytes(url: URL, { signal, onProgress }: FetchOptions = {}): Promise<Uint8Array> {
  // Bundlers inline small files as data: URLs, which the page's policy may not allow to fetch.
  if (url.protocol === 'data:') return decodeDataUrl(url);
  try {
    const response = await fetch(url, { ...(signal && { signal }) });
    checkResponse(response, url);
    if (onProgress === undefined || response.body === null)
      return new Uint8Array(await response.arrayBuffer());
    return await readBody(response, response.body, onProgress);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof MienError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new MienError('INPUT_UNREADABLE', `${url.href}: could not be loaded (${detail}); ${ADVICE}`, {
      cause,
    });
  }
}

/** @throws MienError as {@link fetchBytes}; `MODEL_INVALID` if it is not JSON */
export async function fetchJson(url: URL, options?: FetchOptions): Promise<unknown> {
  const text = new TextDecoder().decode(await fetchBytes(url, options));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${url.href}: is not JSON; ${ADVICE}`, { cause });
  }
}

function checkResponse({ ok, status, statusText, headers }: Response, url: URL): void {
  if (!ok) {
    const code = status === 404 || status === 410 ? 'NOT_FOUND' : 'INPUT_UNREADABLE';
    throw new MienError(code, `${url.href}: ${status} ${statusText}`.trimEnd() + `; ${ADVICE}`);
  }
  // Servers of single-page applications return their page for every URL.
  if (headers.get('content-type')?.startsWith('text/html') === true) {
    throw new MienError(
      'NOT_FOUND',
      `${url.href}: the server returned an HTML page instead of the file; ${ADVICE}`,
    );
  }
}

async function readBody(
  { headers }: Response,
  body: ReadableStream<Uint8Array>,
  onProgress: NonNullable<FetchOptions['onProgress']>,
): Promise<Uint8Array> {
  // With content-encoding, content-length is the compressed size.
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  const totalBytes = length === null ? undefined : Number(length);
  const chunks: Uint8Array[] = [];
  let loadedBytes = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    loadedBytes += value.length;
    onProgress(loadedBytes, totalBytes);
  }
  const bytes = new Uint8Array(loadedBytes);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function decodeDataUrl({ pathname }: URL): Uint8Array {
  const comma = pathname.indexOf(',');
  const isBase64 = pathname.slice(0, comma).endsWith(';base64');
  const content = decodeURIComponent(pathname.slice(comma + 1));
  return isBase64
    ? Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0))
    : new TextEncoder().encode(content);
}
