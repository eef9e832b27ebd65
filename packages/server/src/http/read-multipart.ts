/** Reads `multipart/form-data` file by file, without holding it in memory. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { Problem } from './problem.js';
import { requireLength, watchBody, type BodyLimits } from './read-body.js';

export interface MultipartLimits extends BodyLimits {
  readonly maxFiles: number;
}

/** Names are for results; longer ones are cut. */
const MAX_NAME = 300;
const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 200;

/**
 * @param fieldNames the fields that are allowed beside files
 * @param onFile called for each file in turn; must read the stream to its end, or reject
 * @returns the fields
 * @throws Problem 400, 408 or 413, and what `onFile` throws
 */
export async function readMultipart(
  incoming: IncomingMessage,
  limits: MultipartLimits,
  fieldNames: readonly string[],
  onFile: (content: Readable, name: string, index: number) => Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  requireLength(incoming, limits.maxBytes);
  const fields = new Map<string, string>();
  let files = 0;
  let parser: InstanceType<typeof Busboy>;
  try {
    parser = new Busboy({
      headers: incoming.headers as BusboyHeaders,
      // Names are never used as paths; folders tell the files of a job apart.
      preservePath: true,
      limits: {
        files: limits.maxFiles,
        fields: MAX_FIELDS,
        fieldSize: MAX_FIELD_BYTES,
        fieldNameSize: 100,
        headerPairs: 20,
        headerSize: 8192,
      },
    });
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
  let handling: Promise<void> = Promise.resolve();
  const open = new Set<Readable>();
  try {
    await new Promise<void>((resolve, reject) => {
      const stop = watchBody(incoming, limits, reject);
      const fail = (error: unknown) => {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      parser.on('file', (_field: string, content: Readable, name: string | undefined) => {
        const index = files++;
        open.add(content);
        content.on('error', () => undefined).on('close', () => open.delete(content)); // Errors reach its reader.
        handling = handling.then(() => onFile(content, toName(name, index), index));
        handling.catch(fail);
      });
      parser.on('field', (name: string, value: string, _nameTruncated: boolean, isTruncated: boolean) => {
        if (!fieldNames.includes(name)) {
          const known = fieldNames.length === 0 ? 'only files' : `files, ${fieldNames.join(', ')}`;
          fail(new Problem(400, 'UNKNOWN_FIELD', `multipart: there is no field ${JSON.stringify(name.slice(0, 40))}; send ${known}`)); // prettier-ignore
        } else if (isTruncated) fail(malformed(`the field ${name} is too long`));
        else fields.set(name, value);
      });
      parser.on('filesLimit', () => {
        fail(new Problem(413, 'TOO_MANY_FILES', `multipart: more than ${limits.maxFiles} files, the limit of this service`));
      }); // prettier-ignore
      parser.on('fieldsLimit', () => fail(malformed(`more than ${MAX_FIELDS} fields`)));
      parser.on('error', (error: unknown) =>
        fail(malformed(error instanceof Error ? error.message : String(error))),
      );
      parser.on('finish', () => {
        handling.then(() => {
          stop();
          resolve();
        }, fail);
      });
      incoming.pipe(parser);
    });
  } catch (error) {
    incoming.unpipe(parser);
    parser.destroy();
    // Whoever reads a file would wait for the rest of it.
    for (const content of open) content.destroy(error as Error);
    await handling.catch(() => undefined);
    throw error;
  }
  return fields;
}

function toName(name: string | undefined, index: number): string {
  const plain = (name ?? '').replace(/\p{Cc}/gu, '').slice(0, MAX_NAME);
  return plain === '' ? `file-${index + 1}` : plain;
}

function malformed(reason: string): Problem {
  return new Problem(
    400,
    'MULTIPART_INVALID',
    `multipart: is malformed (${reason.replace(/\s+/g, ' ').slice(0, 200)})`,
  );
}
