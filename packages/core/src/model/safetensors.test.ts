import { describe, expect, it } from 'vitest';
import type { Tensor, Weights } from '../nn/tensor.js';
import { parseSafetensors, toSafetensors } from './safetensors.js';

const SOURCE = 'weights.safetensors';

function tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, data: Float32Array.from(values) };
}

/** A file from a header and data, with the header's true or another length. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), claimedBytes?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claimedBytes ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

describe('round trip', () => {
  const weights: Weights = new Map([
    ['conv2d_1/kernel', tensor([1, 2, 1, 2], [1.5, -0, 3e-42, -Infinity])],
    ['batch_normalization_1/gamma', tensor([1], [0.1])],
    ['step', tensor([], [7])],
    ['nothing', tensor([0, 3], [])],
  ]);

  it('keeps float32 bit for bit, with shapes and metadata', () => {
    const { tensors, metadata } = parseSafetensors(
      toSafetensors(weights, { graph: '{"a":1}', b: 'é\n' }),
      SOURCE,
    );
    expect(metadata).toEqual({ graph: '{"a":1}', b: 'é\n' });
    expect(new Map([...tensors].sort())).toEqual(new Map([...weights].sort()));
    expect(Object.is(tensors.get('conv2d_1/kernel')?.data[1], -0)).toBe(true);
  });

  it('starts the data at a multiple of eight, and does not depend on the order of the tensors', () => {
    const bytes = toSafetensors(weights, { b: '1', a: '2' });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    expect(toSafetensors(new Map([...weights].reverse()), { a: '2', b: '1' })).toEqual(bytes);
  });

  it('parses a file that is not aligned in memory', () => {
    const bytes = toSafetensors(weights);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseSafetensors(shifted.subarray(3), SOURCE).tensors.get('step')?.data[0]).toBe(7);
  });

  it('rejects data that does not match its shape', () => {
    expect(() => toSafetensors(new Map([['a', tensor([2, 2], [1, 2, 3])]]))).toThrow(
      '"a" of shape [2, 2] needs 4',
    );
    expect(() => toSafetensors(new Map([['__metadata__', tensor([], [1])]]))).toThrow('__metadata__');
  });
});

describe('half precision', () => {
  it('round-trips every binary16', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    const bytes = file({ all: entry('F16', [65_536], [0, 131_072]) }, new Uint8Array(bits.buffer));
    const { tensors } = parseSafetensors(bytes, SOURCE);
    const written = toSafetensors(tensors, {}, 'F16');
    const again = new Uint16Array(written.slice(-131_072).buffer);
    const isNan = (value: number) => (value & 0x7c00) === 0x7c00 && (value & 0x3ff) !== 0;
    const wrong = bits.filter(
      (value, index) => again[index] !== value && !(isNan(value) && isNan(again[index] ?? 0)),
    );
    expect(wrong).toHaveLength(0);
  });

  it('has the values of the standard', () => {
    const bits = new Uint16Array([0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0x3555]);
    const bytes = file({ a: entry('F16', [7], [0, 14]) }, new Uint8Array(bits.buffer));
    const data = parseSafetensors(bytes, SOURCE).tensors.get('a')?.data;
    expect([...(data ?? [])]).toEqual([1, -2, 65_504, 2 ** -14, 2 ** -24, Infinity, 0.333251953125]);
  });

  it.each([
    [1 + 2 ** -11, 1], // tie: to even, down
    [1 + 3 * 2 ** -11, 1 + 2 ** -9], // half-way: to even, up
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [65_519, 65_504],
    [65_520, Infinity],
    [2 ** -25, 0],
    [2 ** -25 + 2 ** -30, 2 ** -24],
    [0.99999, 1],
  ])('rounds %f to %f', (value, expected) => {
    const bytes = toSafetensors(new Map([['a', tensor([1], [value])]]), {}, 'F16');
    expect(parseSafetensors(bytes, SOURCE).tensors.get('a')?.data[0]).toBe(expected);
  });

  it('reads bfloat16', () => {
    const bits = new Uint16Array([0x3f80, 0xc049, 0x0001]);
    const bytes = file({ a: entry('BF16', [3], [0, 6]) }, new Uint8Array(bits.buffer));
    const data = parseSafetensors(bytes, SOURCE).tensors.get('a')?.data;
    expect([...(data ?? [])]).toEqual([1, -3.140625, Math.fround(2 ** -133)]);
  });
});

describe('malformed files', () => {
  const four = new Uint8Array(4);
  it.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), '0 bytes'],
    ['a header longer than the file', file('{}', four, 1000n), 'claims 1000 bytes'],
    ['a header of 2^64-1 bytes', file('{}', four, 0xffff_ffff_ffff_ffffn), 'claims 18446744073709551615'],
    ['a header that is no JSON', file('{"a":'), 'not JSON'],
    ['a header that is no UTF-8', file('{}').fill(0xff, 8), 'not JSON'],
    ['a header that is a list', file('[]'), 'not a JSON object'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), '"a" is not text'],
    ['a tensor that is a number', file({ a: 1 }), 'not described'],
    ['no dtype', file({ a: { shape: [1] } }), 'no dtype'],
    ['a negative side', file({ a: entry('F32', [-1], [0, 4]) }, four), 'no shape'],
    ['a fractional side', file({ a: entry('F32', [0.5], [0, 2]) }, four), 'no shape'],
    ['a rank of nine', file({ a: entry('F32', Array(9).fill(1), [0, 4]) }, four), 'no shape'],
    ['no offsets', file({ a: entry('F32', [1], [0]) }, four), 'data_offsets'],
    ['offsets in reverse', file({ a: entry('F32', [1], [4, 0]) }, four), 'needs 4 bytes'],
    ['a shape beyond all memory', file({ a: entry('F32', [1e15, 1e15], [0, 4]) }, four), 'needs 4e+30 bytes'],
    ['an end beyond the file', file({ a: entry('F32', [2], [0, 8]) }, four), 'ends at byte 8 of 4'],
    ['a gap', file({ a: entry('F32', [1], [4, 8]) }, new Uint8Array(8)), 'starts at byte 4'],
    [
      'an overlap',
      file({ a: entry('F32', [1], [0, 4]), b: entry('F32', [1], [0, 4]) }, new Uint8Array(8)),
      'starts at byte 0',
    ],
    ['bytes left over', file({ a: entry('F32', [1], [0, 4]) }, new Uint8Array(5)), '1 bytes follow'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, SOURCE)).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringContaining(message) as string }),
    );
    expect(() => parseSafetensors(bytes, SOURCE)).toThrow(/^weights\.safetensors: [^\n]*$/);
  });

  it('names a number type that it cannot read', () => {
    expect(() => parseSafetensors(file({ a: entry('I64', [1], [0, 8]) }, new Uint8Array(8)), SOURCE)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('I64') as string }),
    );
    // Names of inherited members are not number types.
    expect(() => parseSafetensors(file({ a: entry('toString', [1], [0, 4]) }, four), SOURCE)).toThrow(
      'toString',
    );
  });

  it('accepts tensors named like members of Object.prototype', () => {
    const bytes = file('{"__proto__": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', four);
    expect([...parseSafetensors(bytes, SOURCE).tensors.keys()]).toEqual(['__proto__']);
  });

  it('survives any single damaged byte of a header', () => {
    const bytes = toSafetensors(new Map([['a', tensor([2], [1, 2])]]), { graph: '{}' });
    const outcomes = new Set<string>();
    for (let at = 0; at < bytes.length - 8; at++) {
      for (const value of [0x00, 0x22, 0x39, 0x7d, 0xff]) {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          parseSafetensors(damaged, SOURCE);
          outcomes.add('read');
        } catch (error) {
          outcomes.add((error as { code?: string }).code ?? String(error));
        }
      }
    }
    expect([...outcomes].sort()).toEqual(
      ['MODEL_INVALID', 'UNSUPPORTED', 'read'].filter((o) => outcomes.has(o)),
    );
    expect(outcomes).toContain('MODEL_INVALID');
  });
});
