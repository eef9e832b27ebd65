import { toPrintable } from '@mien/results';
import type { OpenedJobs } from '@mien/server';
import type { CommandContext } from '../command-context.js';
import { createProgressLine } from '../terminal/progress-line.js';
import type { ConnectionOptions } from './connect-jobs.js';
import { isOverState, toEnding, toProgress } from './job-text.js';
import { toCommand } from './to-command.js';

/** Shows the progress of a job until it is over or the signal aborts, and how it ended. */
export async function followJob(
  context: CommandContext,
  { jobs, isOwn }: OpenedJobs,
  id: string,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<void> {
  const line = createProgressLine(context.stderr);
  for await (const job of jobs.watch(id, signal)) {
    line.update((elapsedMs) => toProgress(job, elapsedMs), toProgress(job, 0));
    if (!isOverState(job)) continue;
    for (const { name, error } of job.items) {
      // Messages of the analysis begin with the name.
      if (error === undefined) continue;
      const text = error.message.startsWith(name) ? error.message : `${name}: ${error.message}`;
      line.print(`mien: ${toPrintable(text)}`);
    }
    line.print(toEnding(job, options));
    if (job.failed > 0 || job.state === 'cancelled') context.fail(1);
    return;
  }
  line.clear();
  if (signal.aborted) {
    const what = isOwn ? 'it waits in the queue' : 'it goes on';
    context.stderr.write(
      `mien: stopped watching; ${what}, and ${toCommand(`watch ${id}`, options)} follows it\n`,
    );
  }
}
