/**
 * What a command may use of the process: two streams and the exit code.
 *
 * Commands never write to `process` themselves. So main.ts alone handles closed pipes and exit codes, and a test can run a
 * command with its own streams.
 *
 *   stdout   results only
 *   stderr   progress and errors; an error is one line `mien: <message>` (see {@link printError})
 *   exit     0 success, 1 some input failed (`fail(1)`), 130 interrupted, 2 wrong usage (a thrown MienError `USAGE`, or commander's own)
 *
 * Any other MienError ends the command with one line on stderr and exit code 1.
 */
export interface CommandContext {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Records that some input failed, or an interruption. The command continues, and the process ends with this code. */
  fail(exitCode: 1 | 130): void;
}

/** Exit code after Ctrl-C: 128 and the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** Writes an error as one line. */
export function printError(context: Pick<CommandContext, 'stderr'>, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  context.stderr.write(`mien: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
}
