/**
 * Slurm, systemd and others that end a job send SIGTERM to all of its processes, programs that read for this one included.
 * What these had read by then says nothing of the file.
 */
import { MienError } from '@mien/core';

export function toTerminated(source: string, program: string, cause?: unknown): MienError {
  return new MienError('WORKER_FAILED', `${source}: ${program} was ended (SIGTERM); run it again`, { cause });
}
