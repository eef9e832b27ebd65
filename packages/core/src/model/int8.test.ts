import { describe, expect, it } from 'vitest';
import type { Tensor, Weights } from '../nn/tensor.js';
import { parseSafetensors, toSafetensors } from './safetensors.js';

const values = (shape: readonly number[], spread: (index: number) => number): Tensor => ({
  shape,
  data: Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => Math.sin(i * 1.7) * spread(i),
  ),
});
const weights: Weights = new Map([
  // Channels of very different sizes, one of them empty.
  ['conv2d/kernel', values([3, 3, 8, 16], (i) => (i % 16 === 3 ? 0 : 0.001 * 2 ** (i % 16)))],
  ['separable/depthwise_kernel', values([3, 3, 32, 1], (i) => 0.1 * (1 + (i % 32)))],
  ['dense/kernel', values([64, 7], () => 1)],
  ['dense/bias', values([7], () => 1)],
  ['tiny/kernel', values([3, 3, 1, 8], () => 1)],
]);
const stored = toSafetensors(weights, { graph: '{}' }, 'I8');
const read = parseSafetensors(stored, 'int8');

describe('int8 weights', () => {
  it('keep names and shapes, and are within half a step of their channel', () => {
    expect([...read.tensors.keys()].sort()).toEqual([...weights.keys()].sort());
    for (const [name, { shape, data }] of weights) {
      const back = read.tensors.get(name)!;
      expect(back.shape).toEqual(shape);
      const channels = shape.at(-1) === 1 ? shape.at(-2)! : shape.at(-1)!;
      for (let channel = 0; channel < channels; channel++) {
        const own = data.filter((_, i) => i % channels === channel);
        const largest = Math.max(...own.map(Math.abs));
        own.forEach((value, i) => {
          const error = Math.abs(back.data[i * channels + channel]! - value);
          expect(error).toBeLessThanOrEqual(0.502 * (largest / 127) + largest * 2 ** -11);
        });
      }
    }
    expect(
      read.tensors
        .get('conv2d/kernel')
        ?.data.filter((_, i) => i % 16 === 3)
        .every((v) => v === 0),
    ).toBe(true);
  });

  it('leave biases and small kernels as float16', () => {
    const half = parseSafetensors(toSafetensors(weights, {}, 'F16'), 'half').tensors;
    for (const name of ['dense/bias', 'tiny/kernel']) expect(read.tensors.get(name)).toEqual(half.get(name));
  });

  it('take little more than a byte a value, and the same bytes after a second round', () => {
    const count = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
    const headerBytes = Number(new DataView(stored.buffer).getBigUint64(0, true));
    expect(stored.length - 8 - headerBytes).toBeLessThan(1.25 * count);
    expect(toSafetensors(read.tensors, { graph: '{}' }, 'I8')).toEqual(stored);
  });

  it('can be some of a file, beside others in float16 and float32', () => {
    const dtypeOf = (name: string) =>
      name.startsWith('dense') ? 'I8' : name.startsWith('tiny') ? 'F32' : 'F16';
    const mixed = parseSafetensors(toSafetensors(weights, {}, dtypeOf), 'mixed').tensors;
    const half = parseSafetensors(toSafetensors(weights, {}, 'F16'), 'half').tensors;
    expect(mixed.get('dense/kernel')).toEqual(read.tensors.get('dense/kernel'));
    expect(mixed.get('tiny/kernel')).toEqual(weights.get('tiny/kernel'));
    for (const name of ['conv2d/kernel', 'separable/depthwise_kernel', 'dense/bias'])
      expect(mixed.get(name)).toEqual(half.get(name));
    expect(mixed.size).toBe(weights.size);
  });
});

describe('files with int8', () => {
  const file = (entries: Record<string, [dtype: string, shape: number[], bytes: number]>): Uint8Array => {
    let at = 0;
    const header = Object.fromEntries(
      Object.entries(entries).map(([name, [dtype, shape, bytes]]) => {
        at += bytes;
        return [name, { dtype, shape, data_offsets: [at - bytes, at] }];
      }),
    );
    const json = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + json.length + at).fill(1, 8 + json.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    return bytes;
  };

  it('takes scales of one value, and of any one axis', () => {
    const one = file({ a: ['I8', [2, 3], 6], 'a:scale': ['F32', [1, 1], 4] });
    const first = file({ a: ['I8', [2, 3], 6], 'a:scale': ['F16', [2, 1], 4] });
    expect(parseSafetensors(one, 'file').tensors.get('a')?.data).toHaveLength(6);
    expect([...parseSafetensors(first, 'file').tensors.keys()]).toEqual(['a']);
  });

  it.each([
    [{ a: ['I8', [2, 3], 6] }, /tensor "a" holds int8 without "a:scale"/],
    [
      { a: ['I8', [2, 3], 6], 'a:scale': ['F16', [3], 6] },
      /"a:scale" \[3\] is no scale per channel of \[2, 3\]/,
    ],
    [{ a: ['I8', [2, 3], 6], 'a:scale': ['F16', [1, 2], 4] }, /no scale per channel/],
    [{ a: ['I8', [2, 3], 6], 'a:scale': ['F16', [2, 3], 12] }, /no scale per channel/],
  ] as [Record<string, [string, number[], number]>, RegExp][])('refuses %j', (entries, message) => {
    expect(() => parseSafetensors(file(entries), 'file')).toThrow(message);
    expect(() => parseSafetensors(file(entries), 'file')).toThrow(/^file: not a readable safetensors file/);
  });
});
