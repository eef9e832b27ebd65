/**
 * The inference protocol of KServe (Open Inference Protocol v2), for clients that speak it. The same pictures and models as
 * under /v1; a result is a text of JSON.
 *
 * Ref: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md, and the binary extension
 * of NVIDIA Triton for BYTES, whose elements are a length in four bytes, little-endian, and that many bytes.
 */
import { z } from '@hono/zod-openapi';
import { readVersion } from '@mien/node/runtime';
import type { Context } from 'hono';
import { addRoute, type App, type AppContext, type Environment } from '../app-context.js';
import { requireScope } from '../guard.js';
import { Problem } from '../problem.js';
import { readBody } from '../read-body.js';
import { json, problems } from '../schemas.js';

const MAX_CROPS = 256;
const NAME = { params: z.object({ name: z.string() }) };

const tensorSchema = z.object({
  name: z.string(),
  datatype: z.enum(['BYTES', 'FP32']),
  shape: z.array(z.number().int().min(0)).min(1).max(4),
  parameters: z
    .object({ binary_data_size: z.number().int().min(0).optional() })
    .loose()
    .optional(),
  data: z.array(z.unknown()).optional(),
});
export const inferSchema = z.object({
  id: z.string().max(200).optional(),
  inputs: tensorSchema.array().length(1),
});
const outputSchema = z.object({
  name: z.string(),
  datatype: z.enum(['BYTES', 'FP32']),
  shape: z.array(z.number().int()),
  parameters: z.object({ labels: z.array(z.string()) }).optional(),
  data: z.array(z.string()).or(z.array(z.number())),
});
const answerSchema = z.object({
  model_name: z.string(),
  id: z.string().optional(),
  outputs: outputSchema.array(),
});
const tensorMetaSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.number().int()),
});
const metaSchema = z.object({
  name: z.string(),
  platform: z.string(),
  inputs: tensorMetaSchema.array(),
  outputs: tensorMetaSchema.array(),
});

export function addKserveRoutes(
  app: App,
  { pictures, reception, models, limits, notReady }: AppContext,
): void {
  const get = (
    path: string,
    summary: string,
    schema: z.ZodType,
    answer: (context: Context<Environment>) => Promise<Response>,
  ) =>
    // prettier-ignore
    addRoute(
      app,
      {
        ...{ method: 'get', path, summary },
        ...(path.includes('{name}') && { request: NAME }),
        responses: { 200: json(schema, 'as the protocol says'), ...problems(400, 401, 403, 404, 503) },
      },
      answer,
    );
  const requireModel = async (context: Context<Environment>): Promise<string> => {
    requireScope(context.get('caller'), 'analyze');
    const name = context.req.param('name') ?? '';
    await models.resolve(name);
    return name;
  };
  const requireReady = async () => {
    const reason = await notReady();
    if (reason !== undefined) throw new Problem(503, 'NOT_READY', reason);
  };

  get('/v2', 'KServe: the server', z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }), async (context) =>
    context.json({ name: 'mien', version: readVersion(), extensions: ['binary_tensor_data'] }),
  ); // prettier-ignore
  get('/v2/health/live', 'KServe: whether the process answers', z.object({ live: z.boolean() }), async (context) =>
    context.json({ live: true }),
  ); // prettier-ignore
  get(
    '/v2/health/ready',
    'KServe: whether it can take work',
    z.object({ ready: z.boolean() }),
    async (context) => {
      await requireReady();
      return context.json({ ready: true });
    },
  );
  get('/v2/models/{name}', 'KServe: inputs and outputs of a model', metaSchema, async (context) => {
    const name = await requireModel(context);
    return context.json({
      ...{ name, platform: 'mien' },
      inputs: [{ name: 'pictures', datatype: 'BYTES', shape: [-1] }],
      outputs: [{ name: 'results', datatype: 'BYTES', shape: [-1] }],
    });
  });
  get('/v2/models/{name}/ready', 'KServe: whether a model can take work', z.object({ name: z.string(), ready: z.boolean() }), async (context) => {
    const name = await requireModel(context);
    await requireReady();
    return context.json({ name, ready: true });
  }); // prettier-ignore

  addRoute(
    app,
    {
      method: 'post',
      path: '/v2/models/{name}/infer',
      summary: 'KServe: reads pictures, or crops of faces',
      description:
        'One input. BYTES [n]: pictures, in base64 or as binary tensor data; the output results holds one text of JSON for each, as /v1/analyze answers. FP32 [n, height, width, channels]: crops in the input range of the model; the output probabilities is [n, labels].',
      request: {
        ...NAME,
        body: { required: true, content: { 'application/json': { schema: inferSchema } } },
      },
      responses: {
        200: json(answerSchema, 'the result'),
        ...problems(400, 401, 403, 404, 408, 413, 422, 429, 503),
      },
    },
    async (context) => {
      const name = await requireModel(context);
      const model = await models.resolve(name);
      const { incoming } = context.env;
      const body = await reception.receive(() =>
        readBody(incoming, { maxBytes: limits.analyzeBytes, pace: limits }),
      );
      const { id, tensor, binary } = parseRequest(body, incoming.headers['inference-header-content-length']);
      const answer = { model_name: name, ...(id !== undefined && { id }) };
      if (tensor.datatype === 'FP32') {
        const { shape, crops } = toCrops(tensor, binary);
        const { labels, probabilities } = await pictures.classify({ crops, shape, model });
        const output = { name: 'probabilities', datatype: 'FP32', shape: [shape[0], labels.length] };
        return context.json({
          ...answer,
          outputs: [{ ...output, parameters: { labels }, data: [...probabilities] }],
        });
      }
      const files = toPictures(tensor, binary, limits.pictures);
      reception.requireRoom(files.length);
      const results = await Promise.all(files.map((bytes) => pictures.analyze(bytes, model)));
      const data = results.map((result) => JSON.stringify(result));
      return context.json({
        ...answer,
        outputs: [{ name: 'results', datatype: 'BYTES', shape: [data.length], data }],
      });
    },
  );
}

type Tensor = z.infer<typeof tensorSchema>;

interface Request {
  readonly id: string | undefined;
  readonly tensor: Tensor;
  /** The bytes after the JSON, if the tensor says that it is there. */
  readonly binary: Uint8Array | undefined;
}

/** @throws Problem 400 */
function parseRequest(body: Uint8Array, headerLength: string | string[] | undefined): Request {
  const length = headerLength === undefined ? body.length : Number(headerLength);
  if (!Number.isInteger(length) || length < 0 || length > body.length) {
    throw new Problem(
      400,
      'INFER_INVALID',
      'Inference-Header-Content-Length: must be the length of the JSON in the body',
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body.subarray(0, length)));
  } catch {
    throw new Problem(
      400,
      'INFER_INVALID',
      'body: is not JSON; send {"inputs": [{"name": …, "datatype": …, "shape": …, "data": …}]}',
    );
  }
  const { data, error } = inferSchema.safeParse(value);
  const [tensor] = data?.inputs ?? [];
  if (tensor === undefined) {
    const [issue] = error?.issues ?? [];
    throw new Problem(
      400,
      'INFER_INVALID',
      `${issue?.path.join('.') ?? 'inputs'}: ${issue?.message ?? 'one is needed'}`,
    );
  }
  const size = tensor.parameters?.binary_data_size;
  if (size !== undefined && size !== body.length - length) {
    throw new Problem(
      400,
      'INFER_INVALID',
      `binary_data_size: is ${size}, but ${body.length - length} bytes follow the JSON`,
    );
  }
  return { id: data?.id, tensor, binary: size === undefined ? undefined : body.subarray(length) };
}

/** @throws Problem 400, 413 */
function toPictures({ shape, data }: Tensor, binary: Uint8Array | undefined, max: number): Uint8Array[] {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count > max)
    throw new Problem(413, 'TOO_MANY_FILES', `shape: more than ${max} pictures, the limit of this service`);
  const pictures = binary === undefined ? (data ?? []).map(fromText) : splitElements(binary);
  if (count < 1 || pictures.length !== count) {
    throw new Problem(400, 'INFER_INVALID', `shape: says ${count} pictures, but ${pictures.length} came`);
  }
  return pictures;
}

function fromText(text: unknown): Uint8Array {
  if (typeof text === 'string' && /^[\w+/-]+=*$/.test(text)) return Buffer.from(text, 'base64');
  throw new Problem(400, 'INFER_INVALID', 'data: each picture must be a text in base64');
}

function splitElements(binary: Uint8Array): Uint8Array[] {
  const view = new DataView(binary.buffer, binary.byteOffset, binary.length);
  const elements: Uint8Array[] = [];
  for (let offset = 0; offset < binary.length;) {
    const length = binary.length - offset < 4 ? Infinity : view.getUint32(offset, true);
    if (offset + 4 + length > binary.length) {
      throw new Problem(
        400,
        'INFER_INVALID',
        'binary data: each picture needs its length in four bytes before it',
      );
    }
    elements.push(binary.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return elements;
}

/** @throws Problem 400, 413 */
function toCrops({ shape, data }: Tensor, binary: Uint8Array | undefined) {
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 4 || count < 1) {
    throw new Problem(
      400,
      'INFER_INVALID',
      'shape: FP32 must be [n, height, width, channels]; pictures are BYTES [n]',
    );
  }
  if (count > MAX_CROPS)
    throw new Problem(413, 'TOO_MANY_FILES', `shape: more than ${MAX_CROPS} crops at a time`);
  const total = count * height * width * channels;
  const given = binary === undefined ? (data ?? []).flat(3) : readFloats(binary);
  if (
    given.length !== total ||
    // As the network sees them: 1e39 is infinite in 32 bits.
    !given.every((number) => typeof number === 'number' && Number.isFinite(Math.fround(number)))
  ) {
    throw new Problem(
      400,
      'INFER_INVALID',
      `data: must be ${total} finite numbers, got ${given.length} values`,
    );
  }
  return { shape: [count, height, width, channels] as const, crops: Float32Array.from(given as number[]) };
}

function readFloats(binary: Uint8Array): number[] {
  const view = new DataView(binary.buffer, binary.byteOffset, binary.length);
  return Array.from({ length: Math.floor(binary.length / 4) }, (_, index) =>
    view.getFloat32(index * 4, true),
  );
}
