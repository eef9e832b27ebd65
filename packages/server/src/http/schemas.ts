/** The answers of the service, as its description states them and as its tests check them. */
import { z } from '@hono/zod-openapi';
import { VERDICTS } from '@mien/core';
import { problemSchema } from './problem.js';

const boxSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const pointSchema = z.object({ x: z.number(), y: z.number() });

const faceSchema = z.object({
  box: boxSchema,
  score: z.number(),
  keyPoints: z.record(z.string(), pointSchema).optional(),
  probabilities: z.record(z.string(), z.number()),
  expression: z.string(),
  quality: z.object({ verdict: z.enum(VERDICTS), measures: z.record(z.string(), z.number()) }),
  unsure: z.boolean(),
});

/** `Analysis` of @mien/core, for a picture. */
export const analysisSchema = z.object({
  width: z.number(),
  height: z.number(),
  model: z.string(),
  detector: z.string(),
  faces: z.array(faceSchema),
});

export const modelSchema = z.object({
  id: z.string(),
  /** What it tells apart, in the order of its outputs. */
  labels: z.array(z.string()),
  /** Height, width and channels of its input. */
  inputShape: z.array(z.number().int()).length(3),
  /** Of an installed one. */
  licence: z.string().optional(),
  /** The others of an upload. */
  sha256: z.string().optional(),
  sizeBytes: z.number().int().optional(),
  /** What was assumed of its file or changed. */
  notices: z.array(z.string()).optional(),
  addedAt: z.iso.datetime().optional(),
});

export const healthSchema = z.object({ status: z.literal('ok') });

export const json = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The refusals of a route; all are problems. */
export const problems = (...statuses: readonly number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: REFUSALS[status] ?? 'refused',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'the request is malformed',
  401: 'a key is needed, or it is not valid',
  403: 'the key may not do this, or the request comes from a page of another site',
  404: 'there is no such job or model',
  408: 'the body came too slowly',
  409: 'the job or model is not in a state that allows this',
  413: 'larger than the service allows',
  415: 'the body has another type than the route takes',
  422: 'the file cannot be read',
  429: 'the queue is full; come again after Retry-After seconds',

  503: 'not ready, or it took too long',
  507: 'the service has no room for files',
};

/** Bytes of a file. */
export const BINARY = { type: 'string', format: 'binary' } as const;
