/**
 * Uploads, readings and results in a bucket of Amazon S3 or of a service that speaks its protocol. Keys are those of
 * `file-store.ts`, after a prefix.
 *
 * Long streams go up in parts, so memory holds one part; what was sent of a stream that fails is removed.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { MienError } from '@mien/core';
import { createDownloadCache } from './download-cache.js';
import { chunksPrefix, KINDS, toMissing, toNewest, type FileStore, type StoredFile } from './file-store.js';
import { createS3Client, parseS3Url, type S3Client, type S3Times } from './s3-client.js';
import { StoreError } from './store-error.js';

const ID_KEY = 'store-id';
/** Ten thousand parts at most: 80 GiB. At least 5 MiB. */
const PART_BYTES = 8 * 2 ** 20;

/**
 * @param url `s3://bucket/prefix`; keys, region and endpoint come from the environment
 * @throws MienError `USAGE` for a bad address or without keys, `OUTPUT_FAILED` for a bucket that cannot be used
 */
export async function openS3Store(
  url: string,
  environment: NodeJS.ProcessEnv = process.env,
  times?: S3Times,
): Promise<FileStore> {
  const client = createS3Client(parseS3Url(url), environment, times);
  const id = await readId(client).catch((cause: unknown) => {
    throw new MienError('OUTPUT_FAILED', `--store: ${(cause as Error).message}`, { cause });
  });
  const get = async (key: string) => {
    const bytes = await client.open(key);
    if (bytes === undefined) throw toMissing(key);
    return bytes;
  };
  const cache = createDownloadCache(async (key, path) => {
    await pipeline(await get(key), createWriteStream(path, { mode: 0o600 }));
  });
  const remove = async (key: string) => {
    await client.ask({ method: 'DELETE', key, allow: [404] });
  };
  const removeAll = async (prefix: string) => {
    for (const { key } of await listObjects(client, `${prefix}/`)) await remove(key);
  };
  return {
    place: client.place,
    id,
    borrow: (key) => cache.borrow(key, key.startsWith('uploads/')),
    add: (key, content) => upload(client, key, content),
    addFile: (key, path) => upload(client, key, createReadStream(path)),
    async replace(key, bytes) {
      await client.ask({ method: 'PUT', key, body: bytes });
      return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    read: (key) =>
      Readable.from(
        (async function* () {
          yield* await get(key);
        })(),
      ),
    list: async (folder) => (await listObjects(client, `${folder}/`)).map(({ key }) => key),
    remove,
    uploadedAt: async (jobId) =>
      toNewest((await listObjects(client, `uploads/${jobId}/`)).map(({ writtenMs }) => writtenMs)),
    async removeUploads(jobId) {
      for (const kind of ['uploads', 'chunks']) await removeAll(`${kind}/${jobId}`);
    },
    removeChunks: (jobId, index) => removeAll(chunksPrefix(jobId, index)),
    async removeJob(jobId) {
      for (const kind of KINDS) await removeAll(`${kind}/${jobId}`);
    },
    close: () => cache.close(),
  };
}

/** The id of this store. The first process writes it, the others read it. */
async function readId(client: S3Client): Promise<string> {
  const read = async () => {
    const bytes = await client.open(ID_KEY);
    return bytes === undefined ? undefined : text(bytes);
  };
  const known = await read();
  if (known !== undefined) return known;
  const body = new TextEncoder().encode(randomUUID());
  // 409 and 412: another process was faster. 501: a service without conditions, where the last one counts.
  const put = { method: 'PUT', key: ID_KEY, body } as const;
  const { status } = await client.ask({
    ...put,
    headers: { 'if-none-match': '*' },
    allow: [409, 412, 501],
  });
  if (status === 501) await client.ask(put);
  return (await read()) ?? '';
}

async function upload(client: S3Client, key: string, content: Readable): Promise<StoredFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let uploadId: string | undefined;
  const tags: string[] = [];
  const begin = async () => {
    const answer = await client.ask({ method: 'POST', key, query: { uploads: '' } });
    const [, id] = /<UploadId>([^<]+)<\/UploadId>/.exec(answer.text) ?? [];
    if (id === undefined) throw new StoreError(`${client.place}: gave no id for an upload in parts`);
    return id;
  };
  const sendPart = async (body: Uint8Array) => {
    uploadId ??= await begin();
    const query = { partNumber: String(tags.length + 1), uploadId };
    const answer = await client.ask({ method: 'PUT', key, query, body });
    tags.push(answer.headers.get('etag') ?? '');
  };
  try {
    let last: Uint8Array = new Uint8Array(0);
    for await (const { part, isLast } of toParts(content)) {
      hash.update(part);
      sizeBytes += part.length;
      if (isLast) last = part;
      else await sendPart(part);
    }
    if (uploadId === undefined) await client.ask({ method: 'PUT', key, body: last });
    else {
      await sendPart(last);
      await complete(client, key, uploadId, tags);
    }
  } catch (error) {
    content.destroy();
    if (uploadId !== undefined) {
      await client.ask({ method: 'DELETE', key, query: { uploadId }, allow: [404] }).catch(() => undefined);
    }
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function complete(
  client: S3Client,
  key: string,
  uploadId: string,
  tags: readonly string[],
): Promise<void> {
  const parts = tags.map(
    (tag, at) =>
      `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`,
  );
  const text = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
  const body = new TextEncoder().encode(text);
  const answer = await client.ask({ method: 'POST', key, query: { uploadId }, body });
  // Success is announced before it is certain: the body may still hold an error.
  if (answer.text.includes('<Error>'))
    throw new StoreError(`${client.place}: could not put an upload together`);
}

/** Parts of {@link PART_BYTES}, of which the last one is shorter, perhaps empty. */
async function* toParts(
  content: AsyncIterable<Buffer>,
): AsyncGenerator<{ part: Uint8Array; isLast: boolean }, void, void> {
  const part = Buffer.alloc(PART_BYTES);
  let filled = 0;
  for await (const bytes of content) {
    for (let at = 0; at < bytes.length;) {
      const count = bytes.copy(part, filled, at);
      filled += count;
      at += count;
      if (filled < PART_BYTES) continue;
      yield { part, isLast: false };
      filled = 0;
    }
  }
  yield { part: part.subarray(0, filled), isLast: true };
}

interface StoredObject {
  /** Without the store's prefix. */
  readonly key: string;
  readonly writtenMs: number;
}

/** Ref: Amazon S3 API Reference, ListObjectsV2. */
async function listObjects(client: S3Client, prefix: string): Promise<StoredObject[]> {
  const start = client.prefix === '' ? '' : `${client.prefix}/`;
  const objects: StoredObject[] = [];
  let token: string | undefined;
  do {
    const more = token === undefined ? undefined : { 'continuation-token': token };
    const query = { 'list-type': '2', prefix: `${start}${prefix}`, ...more };
    const { text: list } = await client.ask({ method: 'GET', key: '', query });
    for (const [, entry = ''] of list.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const [, key = ''] = /<Key>([^<]+)<\/Key>/.exec(entry) ?? [];
      const [, written = ''] = /<LastModified>([^<]+)<\/LastModified>/.exec(entry) ?? [];
      objects.push({ key: key.slice(start.length), writtenMs: Date.parse(written) });
    }
    [, token] = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(list) ?? [];
  } while (token !== undefined);
  return objects;
}
