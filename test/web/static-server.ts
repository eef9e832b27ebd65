/** Serves a folder as static files, and logs the requests. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webm': 'video/webm',
};

export interface StaticServer {
  readonly origin: string;
  /** Requested paths, in order. */
  readonly requests: string[];
  /** Responses by path, which take precedence over files. */
  readonly made: Map<string, string | Uint8Array>;
  close(): void;
}

/** @param headers of every response */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const requests: string[] = [];
  const made = new Map<string, string | Uint8Array>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    const path = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const body = made.get(path);
    void Promise.resolve(body ?? readFile(join(folder, normalize(path))).catch(() => undefined)).then(
      (found) => {
        response.writeHead(found === undefined ? 404 : 200, {
          'content-type': MEDIA_TYPES[extname(path)] ?? 'application/octet-stream',
          ...(found !== undefined && { 'content-length': Buffer.byteLength(found) }),
          ...headers,
        });
        response.end(found);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    made,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
