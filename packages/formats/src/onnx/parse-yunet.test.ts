import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNetwork, describeGraph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../testing/largest-difference.js';
import { countRefusedOnnx } from '../testing/count-refused-onnx.js';
import { parseOnnx } from './parse-onnx.js';

const ROOT = new URL('../../../../', import.meta.url);
const DATA = process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT));
const YUNET = join(DATA, 'detectors', 'yunet_s_dynamic.onnx');

describe.skipIf(!existsSync(YUNET))(`YuNet (${YUNET} is needed)`, () => {
  const golden = JSON.parse(readFileSync(new URL('golden/yunet.json', import.meta.url), 'utf8')) as {
    width: number;
    height: number;
    outputs: { name: string; dims: number[]; step: number; values: number[] }[];
  };
  const { width, height } = golden;

  it("puts out what onnxruntime's does", async () => {
    const { graph, weights } = parseOnnx(readFileSync(YUNET), YUNET, { inputSize: { width, height } });
    expect(graph.inputShape).toEqual([height, width, 3]);
    expect(graph.outputs).toEqual(golden.outputs.map(({ name }) => name));
    const input = Float32Array.from({ length: 3 * width * height }, (_, index) => {
      const [channel, x, y] = [index % 3, Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
      return (x * 7 + y * 13 + ((x * y) % 97) + channel * 31) % 256;
    });
    const outputs = (await createNetwork(graph, weights)).run(input, 1);
    for (const [index, { name, dims, step, values }] of golden.outputs.entries()) {
      expect(describeGraph(graph).layers.get(name)?.outputShape).toEqual(dims.slice(1));
      const spread = outputs[index]!.filter((_, at) => at % step === 0);
      expect(largestDifference(spread, values)).toBeLessThan(1e-3);
    }
  });

  it('needs the size of its pictures, which the file leaves open', () => {
    expect(() => parseOnnx(readFileSync(YUNET), 'yunet.onnx')).toThrow(
      'yunet.onnx: input "input": [batch, 3, height, width] leaves the size of pictures open; ' +
        'say which, as inputSize {width, height}',
    );
  });

  it('does not crash, hang or swallow memory when damaged', () => {
    const options = { inputSize: { width: 64, height: 64 } };
    expect(countRefusedOnnx(readFileSync(YUNET), 200, options)).toBeGreaterThan(0);
  });
});
