/**
 * Requests to a bucket: signed, tried again while the service is busy or out of reach, given up when it stands still.
 *
 * Ref: AWS Signature Version 4, by aws4fetch. Bodies are in memory, so that they can be sent again, and their SHA-256 is part
 * of the signature, so that damage on the way is refused.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MienError } from '@mien/core';
import { AwsV4Signer } from 'aws4fetch';
import { StoreError } from './store-error.js';

export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Without the prefix; empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Answers that are not errors, besides those of success. */
  readonly allow?: readonly number[];
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface S3Client {
  /** `s3://bucket/prefix` */
  readonly place: string;
  readonly prefix: string;
  /** For short answers. @throws StoreError after several tries */
  ask(request: S3Request): Promise<S3Answer>;
  /**
   * For files: their bytes, which must be read; `undefined` if the bucket has no such file.
   *
   * @throws StoreError after several tries; while reading at once, and if nothing comes for a while
   */
  open(key: string): Promise<AsyncGenerator<Uint8Array, void, void> | undefined>;
}

export interface S3Times {
  /** A request that gives nothing for so long is given up. */
  readonly idleMs: number;
  /** Before the second try; each further one waits four times as long. */
  readonly retryMs: number;
}

const TIMES: S3Times = { idleMs: 60_000, retryMs: 250 };
const TRIES = 4;

/** @throws MienError `USAGE` for an address that is none */
export function parseS3Url(text: string): S3Place {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./-]*))?$/.exec(text) ?? [];
  if (bucket === undefined || prefix.split('/').includes('..')) {
    throw new MienError(
      'USAGE',
      `--store: must be a folder or s3://bucket/prefix, of letters, digits, dots, dashes and slashes, got ${text}`,
    );
  }
  return { bucket, prefix: prefix.replaceAll(/^\/+|\/+$/g, '') };
}

/** @throws MienError `USAGE` without keys in the environment */
export function createS3Client(
  { bucket, prefix }: S3Place,
  environment: NodeJS.ProcessEnv,
  { idleMs, retryMs }: S3Times = TIMES,
): S3Client {
  const place = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) {
    throw new MienError(
      'USAGE',
      `--store: ${place} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; elsewhere than at Amazon also AWS_ENDPOINT_URL`,
    );
  }
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  const base = toBase(bucket, region, environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL']);
  const signing = {
    ...{ accessKeyId, secretAccessKey, region, service: 's3' },
    ...(sessionToken !== undefined && { sessionToken }),
  };

  const sendOnce = async ({ method, key, query = {}, headers = {}, body }: S3Request): Promise<Response> => {
    const path = [prefix, key].filter((part) => part !== '' && key !== '').join('/');
    const url = new URL(`${base}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const bytes = body ?? new Uint8Array(0);
    const hashed = { ...headers, 'x-amz-content-sha256': createHash('sha256').update(bytes).digest('hex') };
    const signer = new AwsV4Signer({ ...signing, method, url: String(url), headers: hashed });
    const signed = await signer.sign();
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error('does not answer in time')), idleMs);
    try {
      return await fetch(signed.url, {
        method,
        headers: signed.headers,
        signal: stop.signal,
        ...(body !== undefined && { body: bytes as Uint8Array<ArrayBuffer> }),
      });
    } finally {
      clearTimeout(timer);
    }
  };
  const textOf = async (body: Body) => {
    const parts: Uint8Array[] = [];
    for await (const part of readBody(body, idleMs, place)) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  /** @param take reads the answer; where that breaks off, the request is sent again */
  const send = async <T>(request: S3Request, take: (response: Response) => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      let reason: string;
      let isFinal = tries === TRIES;
      try {
        const response = await sendOnce(request);
        const { status } = response;
        if (response.ok || request.allow?.includes(status) === true) return await take(response);
        reason = `${place}: answers ${status} ${toCode(await textOf(response.body))}`.trim();
        // Wrong keys or a missing bucket do not get right by asking again at once.
        isFinal ||= status < 500 && status !== 429 && status !== 408;
      } catch (error) {
        reason = error instanceof StoreError ? error.message : `${place}: ${toReason(error)}`;
      }
      if (isFinal) throw new StoreError(`${reason}; check the bucket, its endpoint and its keys`);
      await sleep(retryMs * 4 ** (tries - 1));
    }
  };
  const toAnswer = async ({ status, headers, body }: Response): Promise<S3Answer> => ({
    ...{ status, headers },
    text: await textOf(body),
  });
  return {
    place,
    prefix,
    ask: (request) => send(request, toAnswer),
    async open(key) {
      const found = await send({ method: 'GET', key, allow: [404] }, async (response) =>
        response.status === 404 ? textOf(response.body) : response.body,
      );
      if (typeof found !== 'string') return readBody(found, idleMs, place);
      if (toCode(found) !== 'NoSuchBucket') return undefined;
      throw new StoreError(`${place}: there is no such bucket; create it first`);
    },
  };
}

type Body = ReadableStream<Uint8Array> | null;

async function* readBody(body: Body, idleMs: number, place: string): AsyncGenerator<Uint8Array, void, void> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const next = await withinTime(reader.read(), idleMs);
      if (next === undefined) throw new StoreError(`${place}: gave nothing for ${idleMs / 1000} s`);
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(`${place}: ${toReason(error)}`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Amazon's buckets have hosts of their own; other services have the bucket in the path. */
function toBase(bucket: string, region: string, endpoint: string | undefined): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}/`;
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes('.') ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
}

/** `undefined` if the promise takes longer. */
async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, ms, undefined)));
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** The code of an error that the service explains in XML. */
function toCode(text: string): string {
  return /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1] ?? '';
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `cannot be reached (${(cause as NodeJS.ErrnoException).code ?? cause.message})`;
}
