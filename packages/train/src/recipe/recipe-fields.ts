/**
 * The types of recipe fields. Each has a phrase for error messages (`epochs must be <phrase>, got …`) that is derived from
 * the checked range, so that they cannot differ.
 */
import { z } from 'zod';

const A_RECORD = 'an object';

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

/** A string that is not empty; `what` describes it, as in "the name of a split". */
export function text(what: string): z.ZodString {
  return z.string({ error: what }).min(1, { error: what });
}

export function oneOf<const T extends readonly string[]>(choices: T) {
  return z.enum(choices, { error: `one of ${choices.join(', ')}` });
}

/** An object with these fields and no others. */
export function record<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? A_RECORD : undefined),
  });
}
