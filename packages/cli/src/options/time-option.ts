import { MienError } from '@mien/core';
import { parseInterval, parseTime } from '@mien/node/sources';
import { InvalidArgumentError } from 'commander';

/** A time as an option's value, in milliseconds. */
export const timeOption = asOption(parseTime);
/** A time between two samples as an option's value, in milliseconds. */
export const intervalOption = asOption(parseInterval);

/** A parser that reports what is wrong in commander's way, which names the option. */
function asOption(parse: (text: string) => number): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof MienError ? new InvalidArgumentError(error.message) : error;
    }
  };
}
