/** What a job is, to its owner: the answer of `GET /v1/jobs/:id`. */
import { z } from 'zod';

export const JOB_STATES = ['queued', 'running', 'done', 'cancelled'] as const;
export const ITEM_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

/** Which frames of videos are analysed; times in milliseconds. */
export const jobSettingsSchema = z.object({
  everyMs: z.number().min(1).optional(),
  fromMs: z.number().min(0).optional(),
  toMs: z.number().positive().optional(),
  /** Name of the model; default the installed one. */
  model: z.string().optional(),
});
export type JobSettings = z.infer<typeof jobSettingsSchema>;

export const jobItemSchema = z.object({
  index: z.number().int(),
  /** Name of the file as submitted. */
  name: z.string(),
  state: z.enum(ITEM_STATES),
  /** How often it was begun; more than once if a worker died. */
  attempts: z.number().int(),
  /** Frames analysed so far; 1 for a picture. */
  frames: z.number().int(),
  /** Time of the last one in the recording, and its end, if they are known. */
  timeMs: z.number().optional(),
  endMs: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  /** What of the file is not read, such as further tracks. */
  note: z.string().optional(),
});
export type JobItem = z.infer<typeof jobItemSchema>;

export const jobSummarySchema = z.object({
  id: z.uuid(),
  /** Name of its first file. */
  name: z.string(),
  state: z.enum(JOB_STATES),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  settings: jobSettingsSchema,
  total: z.number().int(),
  done: z.number().int(),
  failed: z.number().int(),
  /** Share of the work that is done, 0 to 1; a video counts by its time. */
  progress: z.number().min(0).max(1),
  /** Grows with every change; the id of its events. */
  version: z.number().int(),
});
export type JobSummary = z.infer<typeof jobSummarySchema>;

export const jobSchema = jobSummarySchema.extend({ items: z.array(jobItemSchema) });
export type Job = z.infer<typeof jobSchema>;

/** Whether nothing more will happen to it. */
export function isOver({ state }: JobSummary): boolean {
  return state === 'done' || state === 'cancelled';
}
