/** Opens the jobs that a `mien jobs` command is about, and closes them. */
import type { OpenedJobs } from '@mien/server';
import { Option, type Command } from 'commander';
import { EXIT_INTERRUPTED, printError, type CommandContext } from '../command-context.js';
import { wholeNumber } from '../options/whole-number.js';
import { catchSignals } from '../terminal/catch-signals.js';
import { loadServer } from './load-server.js';
import { addPlaceOptions, toPlace, type PlaceOptions } from './place-options.js';
import { tellStart } from './tell-start.js';

export interface ConnectionOptions extends PlaceOptions {
  readonly server?: string;
  readonly key?: string;
  readonly jobs: number;
}

/** After Ctrl-C: what is nearly done may end, the rest goes back to the queue. */
const GRACE_MS = 2000;

export function addConnectionOptions(command: Command): Command {
  return addPlaceOptions(command)
    .option('--server <url>', 'a service elsewhere, in place of --data and --database')
    .addOption(new Option('--key <text>', 'with --server: its key').env('MIEN_KEY'))
    .option('--jobs <count>', 'files at the same time, if this command works itself', wholeNumber(1, 64), 1);
}

/** @param works whether the command works on jobs if no other process does */
export async function withJobs(
  context: CommandContext,
  options: ConnectionOptions,
  { works }: { readonly works: boolean },
  use: (opened: OpenedJobs, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { server, key, jobs } = options;
  const at = server === undefined ? toPlace(options) : { kind: 'service' as const, address: server, key };
  const { openJobs } = await loadServer('jobs');
  const signals = catchSignals();
  try {
    const onProblem = (error: Error) => printError(context, error);
    const opening = openJobs({ at, concurrency: works ? jobs : 0, onProblem });
    const opened = await tellStart(context, at, opening);
    try {
      await use(opened, signals.signal);
    } finally {
      await opened.close(GRACE_MS);
    }
    if (signals.signal.aborted) context.fail(EXIT_INTERRUPTED);
  } finally {
    signals.forget();
  }
}
