/**
 * The kinds of values that a recipe is made of. Each says in one phrase what it expects; the phrase completes every
 * complaint (`epochs must be <phrase>, got …`), so that no message can speak of another range than the one checked.
 */
import { z } from 'zod';

const A_RECORD = 'a record of named values';

export function number(min = -Number.MAX_VALUE, max: number = Number.MAX_VALUE): z.ZodNumber {
  const error = `a number${range(min, max)}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodNumber {
  const error = `a whole number${range(min, max)}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

function range(min: number, max: number): string {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${min} to ${max}`;
  return min > -Number.MAX_VALUE ? ` of at least ${min}` : '';
}

export function boolean(): z.ZodBoolean {
  return z.boolean({ error: 'true or false' });
}

/** A text that is not empty; `what` says of what, as in "the name of a split". */
export function text(what: string): z.ZodString {
  return z.string({ error: what }).min(1, { error: what });
}

export function oneOf<const T extends readonly string[]>(choices: T) {
  return z.enum(choices, { error: `one of ${choices.join(', ')}` });
}

/** Named values, and no others. */
export function record<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? A_RECORD : undefined),
  });
}
