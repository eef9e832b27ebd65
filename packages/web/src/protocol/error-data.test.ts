import { MienError } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { fromErrorData, toErrorData } from './error-data.js';

/** As a worker's message carries it. */
const send = (error: unknown) => fromErrorData(structuredClone(toErrorData(error)));

describe('an error in a message', () => {
  it('keeps class, code, message, stack and causes', () => {
    const cause = new RangeError('out of memory', { cause: new Error('deep') });
    const error = new MienError('INPUT_TOO_LARGE', 'picture: too large', { cause });
    const received = send(error);
    expect(received).toBeInstanceOf(MienError);
    expect(received).toMatchObject({
      name: 'MienError',
      code: 'INPUT_TOO_LARGE',
      message: 'picture: too large',
      stack: error.stack,
      cause: { name: 'RangeError', message: 'out of memory', cause: { message: 'deep' } },
    });
  });

  it('knows the code of an error of another copy of the class', () => {
    const other = Object.assign(new Error('m.onnx: is damaged'), {
      name: 'MienError',
      code: 'MODEL_INVALID',
    });
    expect(send(other)).toBeInstanceOf(MienError);
    expect(send(Object.assign(new Error('no file'), { code: 'ENOENT' }))).not.toBeInstanceOf(MienError);
  });

  it('ends where causes go in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(send(error).message).toBe('round');
  });

  it('is made of whatever was thrown', () => {
    expect(send('words').message).toBe('words');
    expect(send(undefined).message).toBe('undefined');
  });
});
