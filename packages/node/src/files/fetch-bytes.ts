import { MienError } from '@mien/core';

/**
 * Downloads a file of at most `maxBytes`.
 *
 * @throws MienError `INPUT_UNREADABLE`, or `INPUT_TOO_LARGE` as soon as the limit is exceeded; the signal's reason
 */
export async function fetchBytes(url: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) {
      await response.body?.cancel();
      const status = `${response.status} ${response.statusText}`.trimEnd();
      throw new MienError('INPUT_UNREADABLE', `${url}: the server answered ${status}; check the address`);
    }
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        const limit = `${maxBytes / 2 ** 20} MiB`;
        throw new MienError('INPUT_TOO_LARGE', `${url}: more than ${limit}, the limit of a file`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, sizeBytes);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof MienError) throw cause;
    throw new MienError(
      'INPUT_UNREADABLE',
      `${url}: cannot be downloaded (${reasonOf(cause)}); check the address`,
      {
        cause,
      },
    );
  }
}

/** `fetch` itself only says that it failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
}
