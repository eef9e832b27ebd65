/** `mien worker`: works on the jobs of a database, on any machine that reaches it. */
import { MienError } from '@mien/core';
import { Command } from 'commander';
import { EXIT_INTERRUPTED, printError, type CommandContext } from '../command-context.js';
import { wholeNumber } from '../options/whole-number.js';
import { catchSignals } from '../terminal/catch-signals.js';
import { describeOldNode, loadServer } from '../service/load-server.js';
import { addPlaceOptions, toPlace, type PlaceOptions } from '../service/place-options.js';

interface WorkerOptions extends PlaceOptions {
  readonly jobs: number;
  readonly grace: number;
}

const HELP = `
Start it on as many machines as you like. A worker that dies loses nothing: its work is taken over after half a minute.
Ctrl-C or SIGTERM ends it in good order: it finishes what takes no longer than --grace seconds, and gives back the rest.

Examples:
  $ mien worker --database postgresql://mien@db/mien --store /mnt/mien --jobs 2`;

export function createWorkerCommand(context: CommandContext): Command {
  const command = new Command('worker')
    .description('work on the jobs of a PostgreSQL database')
    .option('--jobs <count>', 'pictures and videos to analyse at the same time', wholeNumber(1, 64), 1)
    .option('--grace <seconds>', 'time to finish when it is stopped', wholeNumber(0, 86_400), 30);
  return addPlaceOptions(command)
    .addHelpText('after', HELP)
    .action((options: WorkerOptions) => work(context, options));
}

async function work(context: CommandContext, options: WorkerOptions): Promise<void> {
  const place = toPlace(options);
  if (place.kind === 'folder') {
    throw new MienError(
      'USAGE',
      'worker: needs --database; the embedded database is worked on by mien serve',
    );
  }
  const { startWorker } = await loadServer('worker');
  const old = describeOldNode();
  if (old !== undefined) context.stderr.write(`mien: ${old}\n`);
  const signals = catchSignals();
  try {
    const worker = await startWorker({
      place,
      concurrency: options.jobs,
      onProblem: (error) => printError(context, error),
    });
    context.stdout.write(`Mien worker: ready, ${options.jobs} at a time (Ctrl-C stops it)\n`);
    const signal = await signals.stopped;
    await worker.close(options.grace * 1000);
    if (signal === 'SIGINT') context.fail(EXIT_INTERRUPTED);
  } finally {
    signals.forget();
  }
}
