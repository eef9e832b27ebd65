/**
 * Errors as messages: structured cloning drops `code`, so errors are sent as plain data.
 *
 * Recognised by their fields instead of `instanceof`: the page, the worker and its parts each have a copy of the class.
 */
import { ERROR_CODES, MienError, type ErrorCode } from '@mien/core';

export interface ErrorData {
  readonly name: string;
  readonly message: string;
  /** Present for a {@link MienError}. */
  readonly code?: ErrorCode;
  readonly stack?: string;
  readonly cause?: ErrorData;
}

/** Maximum length of a chain of causes; also ends circular chains. */
const MAX_DEPTH = 8;

export function toErrorData(error: unknown, depth = 0): ErrorData {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack, cause } = error;
  const code = ERROR_CODES.find((known) => 'code' in error && error.code === known);
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && depth < MAX_DEPTH && { cause: toErrorData(cause, depth + 1) }),
  };
}

export function fromErrorData({ name, message, code, stack, cause }: ErrorData): Error {
  const options = cause === undefined ? {} : { cause: fromErrorData(cause) };
  const error =
    code === undefined
      ? Object.assign(new Error(message, options), { name })
      : new MienError(code, message, options);
  if (stack !== undefined) error.stack = stack;
  return error;
}
