/** `mien studio`: serves the window for cameras, pictures and videos to a browser. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { MienError } from '@mien/core';
import { readFileBytes } from '@mien/node/files';
import { DEFAULT_HOST, DEFAULT_PORT, isLoopback, openBrowser, startStudioServer } from '@mien/node/studio';
import { Command } from 'commander';
import { EXIT_INTERRUPTED, printError, type CommandContext } from '../command-context.js';
import { withFlag } from '../options/to-flag.js';
import { wholeNumber } from '../options/whole-number.js';
import { catchSignals } from '../terminal/catch-signals.js';

interface StudioOptions {
  readonly port?: number;
  readonly host: string;
  readonly open: boolean;
  readonly models?: string;
  readonly cert?: string;
  readonly key?: string;
}

const MAX_PEM_BYTES = 2 ** 20;

const HELP = `
The window runs in the browser: pictures and results stay there, and this command only serves its files. Stop it with
Ctrl-C.

--models offers the checkpoints of mien train in the window, with their epoch and validation accuracy; it takes the folder
of one run or of several.

Other devices of the network can open the window with --host 0.0.0.0. Browsers give cameras only to https:// pages there:
add --cert and --key, PEM files for the name or address by which the devices reach this machine.

Examples:
  $ mien studio
  $ mien studio --models runs/
  $ mien studio --port 8080 --no-open
  $ mien studio --host 0.0.0.0 --cert cert.pem --key key.pem`;

export function createStudioCommand(context: CommandContext): Command {
  return new Command('studio')
    .description('open the window for cameras and pictures in a browser')
    .option(
      '--port <number>',
      `port to listen at (default: ${DEFAULT_PORT}, or a free one if that is in use)`,
      wholeNumber(0, 65_535),
    )
    .option('--host <address>', 'address to listen at', DEFAULT_HOST)
    .option('--no-open', 'do not open the browser')
    .option('--models <folder>', 'offer the checkpoints in this folder')
    .option('--cert <file>', 'certificate for https, with --key')
    .option('--key <file>', "the certificate's private key")
    .addHelpText('after', HELP)
    .action((options: StudioOptions) => serve(context, options));
}

async function serve(context: CommandContext, options: StudioOptions): Promise<void> {
  const { port, host, open, models, cert, key } = options;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['--key', '--cert'] : ['--cert', '--key'];
    throw new MienError('USAGE', `studio: ${given} needs ${missing} as well`);
  }
  const signals = catchSignals();
  try {
    const server = await startStudioServer({
      folder: findStudio(),
      runsFolder: models,
      host,
      port,
      tls:
        cert !== undefined && key !== undefined
          ? { cert: await readPem(cert), key: await readPem(key) }
          : undefined,
      onProblem: (error) => printError(context, error),
    }).catch((error: unknown) => {
      throw withFlag(error);
    });
    if (!isLoopback(host) && cert === undefined) {
      context.stderr.write('mien: other devices may open pictures, but cameras need https: add --cert FILE --key FILE\n'); // prettier-ignore
    }
    context.stdout.write(`Mien Studio: ${server.url} (Ctrl-C stops it)\n`);
    if (open) openBrowser(server.url);
    await signals.stopped;
    await server.close();
    context.fail(EXIT_INTERRUPTED);
  } finally {
    signals.forget();
  }
}

/** The folder of the built window. */
function findStudio(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('@mien/studio/dist/index.html'));
  } catch (cause) {
    throw new MienError('NOT_FOUND', 'studio: the window is not built; run npm run build', { cause });
  }
}

function readPem(path: string): Promise<Uint8Array> {
  return readFileBytes(path, MAX_PEM_BYTES);
}
