import { InvalidArgumentError } from 'commander';

/**
 * Creates a parser of whole numbers for a command-line option.
 *
 * @returns the parser; it throws commander's InvalidArgumentError, which names the range
 */
export function wholeNumber(min = 0, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? '' : ` from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number${range}.`);
    }
    return value;
  };
}
