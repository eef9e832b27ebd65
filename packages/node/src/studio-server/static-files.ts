/**
 * The files of a built site, as they are sent.
 *
 * The paths are listed once, and only listed ones are found: a request cannot leave the folder. Entity tags are hashes of
 * the contents. Tags of size and time, as servers of static files use them, would not do: npm gives all files the same
 * time, and the index.html of two versions often has the same size, so a browser would keep the old one.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { MienError } from '@mien/core';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.webmanifest': 'application/manifest+json',
};

/** Compressed copies that the build left beside a file, the smaller one first. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const;

/** Files whose names contain a hash of their contents. */
const HASHED = '/assets/';

export interface SentFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface StaticFiles {
  /**
   * @param path of the address, decoded: `/` or `/assets/index-1a2b.js`
   * @param acceptEncoding the request's header
   * @returns `undefined` where there is no such file
   */
  find(path: string, acceptEncoding: string | undefined): Promise<SentFile | undefined>;
}

/** @throws MienError `NOT_FOUND` for a folder without an index.html */
export async function readStaticFiles(folder: string): Promise<StaticFiles> {
  const paths = await listFiles(folder);
  if (!paths.has('/index.html')) {
    throw new MienError('NOT_FOUND', `${folder}: the studio is not built; run npm run build`);
  }
  const bodies = new Map<string, Promise<{ body: Buffer; etag: string }>>();
  const read = (path: string) => {
    const known = bodies.get(path);
    if (known !== undefined) return known;
    const reading = readFile(join(folder, path)).then((body) => ({
      body,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    }));
    reading.catch(() => bodies.delete(path));
    bodies.set(path, reading);
    return reading;
  };
  return {
    async find(requested, acceptEncoding) {
      const path = requested.endsWith('/') ? `${requested}index.html` : requested;
      const type = MEDIA_TYPES[extname(path)] ?? 'application/octet-stream';
      // Hidden files, such as the manifest of the build, and files for other hosts are not part of the site.
      if (!paths.has(path) || /\/[._]|[.](br|gz)$/.test(path)) return undefined;
      const offered = ENCODINGS.filter(({ extension }) => paths.has(path + extension));
      const encoding = offered.find(({ name }) => accepts(acceptEncoding, name));
      const { body, etag } = await read(path + (encoding?.extension ?? ''));
      return {
        body,
        headers: {
          etag,
          'content-type': type,
          'content-length': String(body.length),
          'cache-control': path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
          ...(offered.length > 0 && { vary: 'accept-encoding' }),
          ...(encoding !== undefined && { 'content-encoding': encoding.name }),
        },
      };
    },
  };
}

/** Paths below the folder, each with a slash at its beginning. */
async function listFiles(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length).replaceAll('\\', '/')),
  );
}

/** Ref: RFC 9110, section 12.5.3; `q=0` refuses an encoding, other weights do not matter for so few. */
function accepts(header = '', name: string): boolean {
  return header.split(',').some((part) => {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return coding === name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
