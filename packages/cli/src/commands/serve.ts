/** `mien serve`: pictures over HTTP, and durable jobs for many files. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { RequestLog } from '@mien/server';
import { Command } from 'commander';
import { EXIT_INTERRUPTED, printError, type CommandContext } from '../command-context.js';
import { wholeNumber } from '../options/whole-number.js';
import { catchSignals } from '../terminal/catch-signals.js';
import { describeOldNode, loadServer } from '../service/load-server.js';
import { addPlaceOptions, PLACE_HELP, toPlace, type PlaceOptions } from '../service/place-options.js';
import { tellStart } from '../service/tell-start.js';

interface ServeOptions extends PlaceOptions {
  readonly port?: number;
  readonly host?: string;
  readonly keys?: string;
  readonly jobs: number;
  readonly threads?: number;
  readonly allowUrl?: readonly string[];
  readonly streams?: number;
}

const HELP = `
POST a picture to /v1/analyze, or files to /v1/jobs; /openapi.json describes every call. At / is a dashboard of jobs,
at /studio/ the studio, at /v1/stream a WebSocket that follows faces live. Ctrl-C or SIGTERM ends the service in good order: what is not done goes back to the queue.

The service listens on this machine alone, where nobody needs a key until there is one (mien keys create). It refuses to
listen elsewhere without keys; put a proxy with https in front of it. Each request is one line of JSON on stderr, without
names of files.
${PLACE_HELP}

Examples:
  $ mien serve
  $ mien serve --port 8080 --data /var/lib/mien
  $ mien serve --host 0.0.0.0 --keys keys.json
  $ mien serve --allow-url https://media.example.org/footage/
  $ mien serve --database postgresql://mien@db/mien --store /mnt/mien
  $ curl --data-binary @portrait.jpg http://127.0.0.1:7342/v1/analyze`;

export function createServeCommand(context: CommandContext): Command {
  const command = new Command('serve')
    .description('answer over HTTP: pictures at once, videos as jobs')
    .option('--port <number>', 'port to listen at, 0 for any (default: 7342)', wholeNumber(0, 65_535))
    .option('--host <address>', 'address to listen at (default: 127.0.0.1)')
    .option('--keys <file>', 'file of keys (default: keys.json in the folder of --data)')
    .option(
      '--jobs <count>',
      'pictures and videos of jobs to analyse at the same time',
      wholeNumber(0, 64),
      1,
    )
    .option(
      '--threads <count>',
      'threads for pictures (default: half of the processors)',
      wholeNumber(1, 64),
    );
  command
    .option(
      '--allow-url <address...>',
      'addresses, such as https://host/path/, below which jobs may name files',
    )
    .option('--streams <count>', 'live streams at the same time (default: 100)', wholeNumber(0, 10_000));
  return addPlaceOptions(command)
    .addHelpText('after', HELP)
    .action((options: ServeOptions) => serve(context, options));
}

async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const { port, host, keys, jobs, threads, allowUrl = [], streams } = options;
  const place = toPlace(options);
  const { startService, createDownloader } = await loadServer('serve');
  const downloader = createDownloader({ allow: allowUrl });
  const old = describeOldNode();
  if (old !== undefined) context.stderr.write(`mien: ${old}\n`);
  const signals = catchSignals();
  try {
    const starting = startService({
      ...{ place, host, port, keysFile: keys, concurrency: jobs, threads, downloader },
      limits: streams === undefined ? undefined : { streams },
      studioFolder: findStudio(),
      onRequest: (log) => context.stderr.write(`${toLogLine(log)}\n`),
      onProblem: (error) => printError(context, error),
    });
    const service = await tellStart(context, place, starting);
    context.stdout.write(`Mien service: ${service.url} (Ctrl-C stops it)\n`);
    const signal = await signals.stopped;
    await service.close();
    if (signal === 'SIGINT') context.fail(EXIT_INTERRUPTED);
  } finally {
    signals.forget();
  }
}

function toLogLine(log: RequestLog): string {
  return JSON.stringify({ time: new Date().toISOString(), ...log });
}

/** The folder of the built studio; `undefined` where it is not installed. */
function findStudio(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('@mien/studio/dist/index.html'));
  } catch {
    return undefined;
  }
}
