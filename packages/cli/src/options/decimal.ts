import { InvalidArgumentError } from 'commander';

/**
 * Creates a parser of decimal numbers for a command-line option.
 *
 * @returns the parser; it throws commander's InvalidArgumentError, which names the range
 */
export function decimal(min = -Infinity, max = Infinity): (text: string) => number {
  const range = min === -Infinity && max === Infinity ? '' : ` from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a number${range}.`);
    }
    return value;
  };
}
