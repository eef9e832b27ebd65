import { MienError } from '@mien/core';
import { parseInterval, parseTime } from '@mien/node/sources';
import { InvalidArgumentError } from 'commander';

/** Parses a time, in milliseconds. */
export const timeOption = asOption(parseTime);
/** Parses a time between two samples, in milliseconds. */
export const intervalOption = asOption(parseInterval);

/** Turns a parser's error into commander's, which names the option. */
function asOption(parse: (text: string) => number): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof MienError ? new InvalidArgumentError(error.message) : error;
    }
  };
}
