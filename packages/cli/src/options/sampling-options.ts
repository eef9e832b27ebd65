import type { Command } from 'commander';
import { intervalOption, timeOption } from './time-option.js';

/** Adds which frames of a video are analysed, as `analyze` and `jobs submit` take it. */
export function addSamplingOptions(command: Command): Command {
  return command
    .option(
      '--every <time>',
      'videos only: analyse one frame in every interval of this length',
      intervalOption,
    )
    .option('--from <time>', 'videos only: where to begin', timeOption)
    .option('--to <time>', 'videos only: where to end', timeOption);
}
