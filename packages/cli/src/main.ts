/**
 * The `mien` command: selects and runs a subcommand, and returns its exit code.
 *
 *   0 success   1 some input failed   2 wrong usage   130 interrupted
 *
 * To start quickly, it loads only the module of that subcommand.
 */
import { MienError } from '@mien/core';
import { enableRelaxedSimd, readVersion } from '@mien/node/runtime';
import { Command, CommanderError } from 'commander';
import { printError, type CommandContext } from './command-context.js';

export type ExitCode = 0 | 1 | 2 | 130;

/** In the order of the help. */
const COMMANDS: Readonly<Record<string, (context: CommandContext) => Promise<Command>>> = {
  analyze: async (context) => (await import('./commands/analyze.js')).createAnalyzeCommand(context),
  train: async (context) => (await import('./commands/train.js')).createTrainCommand(context),
  evaluate: async (context) => (await import('./commands/evaluate.js')).createEvaluateCommand(context),
  data: async (context) => (await import('./commands/data.js')).createDataCommand(context),
  convert: async (context) => (await import('./commands/convert.js')).createConvertCommand(context),
  ensemble: async (context) => (await import('./commands/ensemble.js')).createEnsembleCommand(context),
  models: async (context) => (await import('./commands/models.js')).createModelsCommand(context),
  inspect: async (context) => (await import('./commands/inspect.js')).createInspectCommand(context),
  studio: async (context) => (await import('./commands/studio.js')).createStudioCommand(context),
  serve: async (context) => (await import('./commands/serve.js')).createServeCommand(context),
  worker: async (context) => (await import('./commands/worker.js')).createWorkerCommand(context),
  jobs: async (context) => (await import('./commands/jobs.js')).createJobsCommand(context),
  keys: async (context) => (await import('./commands/keys.js')).createKeysCommand(context),
};

const EXAMPLES = `
Examples:
  $ mien analyze portrait.jpg                      faces and expressions as a table
  $ mien analyze *.jpg --format json > faces.json  the same for programs
  $ mien analyze team.jpg --annotate team.png      draw them into a copy of the picture
  $ mien analyze talk.mp4 --every 200ms            a video, five frames per second
  $ mien train --preset paper --data fer2013.csv   train the network of the paper
  $ mien evaluate --data fer2013.csv --format json measure a model
  $ mien data check fer2013.csv                    count labels, find duplicate and blank pictures
  $ mien convert last.hdf5 model.onnx              the same model for other tools
  $ mien models runs/paper                         list checkpoints, or installed models
  $ mien inspect model.onnx                        layers, shapes, parameters, cost
  $ mien studio                                    open the window for cameras and pictures in a browser
  $ mien serve                                     the same for programs, over HTTP
  $ mien jobs submit footage/ --every 200ms        analyse a folder as a job that survives a crash

Exit codes: 0 success, 1 some input failed, 2 wrong usage, 130 interrupted.
Everything runs on this machine; nothing is uploaded or downloaded.`;

/** Runs the command line `argv` (without node and script) on this process' streams. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const { stdout, stderr } = process;
  // A reader that has seen enough (`mien … | head`) closes the pipe: the work ends there, without an error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode);
    const reason = error.code === 'ENOSPC' ? 'no space is left on the device' : error.message;
    printError({ stderr }, `standard output: cannot be written (${reason})`);
    process.exit(1);
  });
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCode : 1);
  });
  const context: CommandContext = {
    stdout,
    stderr,
    fail: (code) => {
      exitCode = code;
    },
  };

  enableRelaxedSimd();
  try {
    const program = await createProgram(context, argv);
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // its message is printed already
    printError(context, error);
    if (!(error instanceof MienError))
      stderr.write(`${stackOf(error)}\nThis is a bug in mien; please report it.\n`);
    return error instanceof MienError && error.code === 'USAGE' ? 2 : 1;
  }
}

async function createProgram(context: CommandContext, argv: readonly string[]): Promise<Command> {
  const program = new Command('mien')
    .description('Reads facial expressions in pictures, videos and cameras, on your own device.')
    .version(readVersion(), '-V, --version', 'print the version')
    .addHelpText('after', EXAMPLES);
  for (const name of commandsFor(argv[0])) {
    const command = await COMMANDS[name]?.(context);
    if (command !== undefined) program.addCommand(command);
  }
  for (const [path, command] of withSubcommands('mien', program)) {
    command.helpOption('-h, --help', 'print this help');
    command.exitOverride().configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => {
        const line = text
          .replace(/^error: /, '')
          .trimEnd()
          .replaceAll('\n', ' ');
        write(`mien: ${line} (see ${path} --help)\n`);
      },
    });
  }
  return program;
}

/** The commands to load: the named one, none for --version, all for --help. */
function commandsFor(first: string | undefined): string[] {
  if (first === '-V' || first === '--version') return [];
  return first !== undefined && Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
}

/** A command and its subcommands, each with the words that call it. */
function withSubcommands(path: string, command: Command): [path: string, command: Command][] {
  const below = command.commands.flatMap((sub) => withSubcommands(`${path} ${sub.name()}`, sub));
  return [[path, command], ...below];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : '';
}
