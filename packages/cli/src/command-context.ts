/**
 * What a command may touch of its surroundings: two streams and the exit code.
 *
 * Commands never write to `process` themselves, so that one place (main.ts) decides about closed pipes and exit
 * codes, and a test can run a command on streams of its own.
 *
 *   stdout   results only: what a person reads or a program parses
 *   stderr   progress and errors, an error being one line `mien: <message>` (see {@link printError})
 *   exit     0 worked, 1 some input failed (`fail(1)`), 130 interrupted, 2 wrong usage (a thrown MienError `USAGE`, or commander's own)
 *
 * A MienError of any other code that a command throws ends it with one line on stderr and exit code 1.
 */
export interface CommandContext {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Records that some input failed, or that it was interrupted; the command goes on and the process ends with this code. */
  fail(exitCode: 1 | 130): void;
}

/** Writes an error as the one line that it is. */
export function printError(context: Pick<CommandContext, 'stderr'>, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  context.stderr.write(`mien: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
}
