/**
 * A small S3 service for tests: objects, uploads in parts, lists, conditions. It checks every signature and every hash of a
 * body by itself, and can be told to refuse, to stand still, or to break off.
 *
 * Ref: Amazon S3 API Reference; AWS Signature Version 4, "Signature Calculations for the Authorization Header".
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export const S3_KEYS = { id: 'MIENTESTKEY', secret: 'a secret/of+tests' } as const;
const REGION = 'eu-test-1';

/** How the next requests are answered. */
export type Mood = 'well' | 'busy' | 'standing still' | 'breaking off' | 'forbidden';

export interface TestS3 {
  readonly environment: NodeJS.ProcessEnv;
  /** By key, in the bucket `lab`. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Uploads in parts that are neither complete nor aborted. */
  readonly openUploads: number;
  /** Requests so far, such as `PUT store-id`. */
  readonly requests: readonly string[];
  /** Answers so many requests in this mood, then well again. */
  be(mood: Mood, requests?: number): void;
  close(): Promise<void>;
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Uint8Array, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Why a request is refused; `undefined` if it is signed as it should be. */
function checkSignature(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): string | undefined {
  const [, key, date = '', region, signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (key !== S3_KEYS.id || region !== REGION) return 'InvalidAccessKeyId';
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const time = String(headers['x-amz-date']);
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, pathname, query.join('&'), lines.join(''), signed, sha256(body)].join('\n');
  const scope = `${date}/${REGION}/s3/aws4_request`;
  const signingKey = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${S3_KEYS.secret}`, date), REGION));
  const expected = hmac(signingKey, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n'));
  return expected.toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

interface Reply {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const answer = (status: number, body: string | Buffer = '', headers = {}): Reply => ({
  status,
  body,
  headers,
});
const refuse = (status: number, code: string): Reply =>
  answer(status, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);

function parseTarget({ url = '' }: IncomingMessage) {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket, key = ''] = /^\/([^/]+)\/?(.*)$/.exec(pathname) ?? [];
  return { bucket, key, searchParams };
}

export async function startS3(): Promise<TestS3> {
  const objects = new Map<string, Buffer>();
  const written = new Map<string, Date>();
  const keep = (key: string, bytes: Buffer) => {
    objects.set(key, bytes);
    written.set(key, new Date());
  };
  const uploads = new Map<string, Map<number, Buffer>>();
  const requests: string[] = [];
  let mood: Mood = 'well';
  let left = 0;

  /** What the service says if it is well. */
  const reply = (request: IncomingMessage, body: Buffer): Reply => {
    const { bucket, key, searchParams } = parseTarget(request);
    const { method = '' } = request;
    const wrong = checkSignature(request, body);
    if (wrong !== undefined) return refuse(403, wrong);
    if (bucket !== 'lab') return refuse(404, 'NoSuchBucket');
    const uploadId = searchParams.get('uploadId');
    const parts = uploads.get(uploadId ?? '');
    if (searchParams.has('list-type')) {
      const prefix = searchParams.get('prefix') ?? '';
      // Two at a time, so that lists go on.
      const after = searchParams.get('continuation-token') ?? '';
      const keys = [...objects.keys()].sort().filter((name) => name.startsWith(prefix) && name > after);
      const page = keys.slice(0, 2);
      const more = keys.length > 2 ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
      const contents = page
        .map((name) => {
          const time = written.get(name)?.toISOString() ?? '';
          return `<Contents><Key>${name}</Key><LastModified>${time}</LastModified></Contents>`;
        })
        .join('');
      return answer(200, `<ListBucketResult>${contents}${more}</ListBucketResult>`);
    }
    if (method === 'POST' && searchParams.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, new Map());
      return answer(200, `<Result><UploadId>${id}</UploadId></Result>`);
    }
    if (uploadId !== null && parts === undefined) return refuse(404, 'NoSuchUpload');
    if (method === 'PUT' && parts !== undefined) {
      parts.set(Number(searchParams.get('partNumber')), body);
      return answer(200, '', { etag: `"${sha256(body)}"` });
    }
    if (method === 'POST' && parts !== undefined) {
      const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>&quot;(\w+)&quot;/g)];
      const joined = named.map(([, number, tag]) => {
        const part = parts.get(Number(number));
        return part !== undefined && sha256(part) === tag ? part : undefined;
      });
      if (joined.includes(undefined)) return refuse(400, 'InvalidPart');
      keep(key, Buffer.concat(joined as Buffer[]));
      uploads.delete(uploadId ?? '');
      return answer(200, '<CompleteMultipartUploadResult/>');
    }
    if (method === 'DELETE') {
      if (uploadId === null) objects.delete(key);
      else uploads.delete(uploadId);
      return answer(204);
    }
    const object = objects.get(key);
    if (method === 'PUT') {
      if (request.headers['if-none-match'] === '*' && object !== undefined)
        return refuse(412, 'PreconditionFailed');
      keep(key, body);
      return answer(200);
    }
    return object === undefined ? refuse(404, 'NoSuchKey') : answer(200, object);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = await buffer(request);
    requests.push(`${request.method ?? ''} ${parseTarget(request).key}`);
    const now = mood;
    if (--left <= 0) mood = 'well';
    if (now === 'standing still') return;
    if (now === 'breaking off') {
      response.writeHead(200, { 'content-length': 1000 }).write('half');
      setImmediate(() => response.destroy());
      return;
    }
    const refused = { busy: refuse(503, 'SlowDown'), forbidden: refuse(403, 'AccessDenied') };
    const { status, body = '', headers } = now === 'well' ? reply(request, sent) : refused[now];
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: S3_KEYS.id,
      AWS_SECRET_ACCESS_KEY: S3_KEYS.secret,
      AWS_REGION: REGION,
    },
    objects,
    requests,
    get openUploads() {
      return uploads.size;
    },
    be(next, count = Infinity) {
      [mood, left] = [next, count];
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
