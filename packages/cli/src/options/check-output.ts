import { MienError } from '@mien/core';
import { findInput } from '@mien/node/files';
import { checkWritable } from '@mien/train/write-file';

/**
 * Checks a file that a command writes, before the work for it.
 *
 * @param inputs files and folders that the command reads, which it must not write over; absent ones are skipped
 * @throws MienError `USAGE`, or `OUTPUT_FAILED` where nothing can be written
 */
export async function checkOutput(output: string, inputs: readonly (string | undefined)[]): Promise<void> {
  const input = await findInput(output, inputs);
  if (input !== undefined) {
    const what = input === output ? 'is a file that is read' : `would replace what is read of ${input}`;
    throw new MienError('USAGE', `${output}: ${what}; give another name`);
  }
  await checkWritable(output);
}
