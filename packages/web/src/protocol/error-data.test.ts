import { MienError } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { fromErrorData, toErrorData } from './error-data.js';

/** As received in a worker's message. */
const send = (error: unknown) => fromErrorData(structuredClone(toErrorData(error)));

describe('an error sent in a message', () => {
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

  it('recognises errors of another copy of the class by their code', () => {
    const other = Object.assign(new Error('m.onnx: is damaged'), {
      name: 'MienError',
      code: 'MODEL_INVALID',
    });
    expect(send(other)).toBeInstanceOf(MienError);
    expect(send(Object.assign(new Error('no file'), { code: 'ENOENT' }))).not.toBeInstanceOf(MienError);
  });

  it('ends circular chains of causes', () => {
    const error = new Error('round');
    error.cause = error;
    expect(send(error).message).toBe('round');
  });

  it('accepts thrown values that are not errors', () => {
    expect(send('words').message).toBe('words');
    expect(send(undefined).message).toBe('undefined');
  });
});
