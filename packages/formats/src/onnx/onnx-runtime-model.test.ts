import { createRequire } from 'node:module';
import {
  createAnalyzer,
  createAsyncAnalyzer,
  createModel,
  FER2013_CROP,
  type Detector,
  type Frame,
} from '@mien/core';
import { miniXception } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { createOnnxRuntimeModel, type OnnxRuntime } from './onnx-runtime-model.js';
import { parseOnnx } from './parse-onnx.js';
import { toOnnx } from './to-onnx.js';

/** Installed for the bench: `npm install --prefix bench`. */
const bench = createRequire(new URL('../../../../bench/package.json', import.meta.url));
function load(name: string): OnnxRuntime | undefined {
  try {
    const runtime = bench(name) as OnnxRuntime & { env?: { wasm?: { numThreads?: number } } };
    if (runtime.env?.wasm !== undefined) runtime.env.wasm.numThreads = 1;
    return runtime;
  } catch {
    return undefined;
  }
}

const LABELS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const SESSION = { logSeverityLevel: 3 };

/** A network as ONNX that ends with an operator which our engine lacks; Celu changes no probability. */
function makeExternalOnnx(inputRange?: readonly [number, number]): Buffer {
  const { graph, weights } = makeNetwork();
  const labels = { labels: LABELS, ...(inputRange && { inputRange }) };
  const outputs = ['result'];
  const relu = { kind: 'activation', name: 'result', inputs: graph.outputs, activation: 'relu' } as const;
  const layers = [...graph.layers, relu];
  const file = Buffer.from(toOnnx({ graph: { ...graph, layers, outputs }, weights, ...labels }));
  file.write('Celu', file.lastIndexOf('Relu'));
  return file;
}

function makeNetwork() {
  const graph = miniXception({ inputShape: [48, 48, 1], classes: LABELS.length });
  return { graph, weights: makeWeights(graph) };
}

/** As many faces as the first sample of the frame says, at different places. */
const detector: Detector = {
  id: 'fixed',
  detect: ({ data }) =>
    Array.from({ length: data[0] ?? 0 }, (_, index) => ({
      box: { x: 10 * index, y: 5 * index, width: 60 + 4 * index, height: 60 + 4 * index },
      score: 1,
    })),
  dispose: () => undefined,
};
const uniform = createUniform(5);
const FRAMES: readonly Frame[] = [3, 0, 1, 2, 3, 3].map((faces) => {
  const data = Uint8Array.from({ length: 120 * 100 * 3 }, () => 255 * uniform());
  data[0] = faces;
  return { width: 120, height: 100, channels: 3, data };
});

describe.each(['onnxruntime-web', 'onnxruntime-node'])('with %s', (name) => {
  const runtime = load(name);

  it.skipIf(runtime === undefined)(
    'gives the probabilities of our engine when calls overlap (needs npm install --prefix bench)',
    async () => {
      const bytes = makeExternalOnnx([-1, 1]);
      expect(() => parseOnnx(bytes, 'external.onnx')).toThrow('Celu');
      const model = await createOnnxRuntimeModel({
        runtime: runtime!,
        bytes,
        source: 'external.onnx',
        session: SESSION,
      });
      expect(model.labels).toEqual(LABELS);
      expect(model.engine).toMatch(/^onnxruntime \d/);
      const own = await createModel({
        manifest: undefined,
        bytes,
        ...makeNetwork(),
        labels: LABELS,
        inputRange: [-1, 1],
        crop: FER2013_CROP,
        source: 'ours',
      });
      const synchronous = await createAnalyzer({ model: own, detector });
      const expected = FRAMES.map((frame, index) => synchronous.analyzeFrame(frame, 200 * index));
      const analyzer = await createAsyncAnalyzer({ model, detector });
      const actual = await Promise.all(
        FRAMES.map((frame, index) => analyzer.analyzeFrame(frame, 200 * index)),
      );
      await analyzer.dispose();
      for (const [index, { faces, model: id, ...rest }] of actual.entries()) {
        expect(id).not.toBe('');
        expect(rest).toMatchObject({ timestampMs: 200 * index, width: 120, height: 100 });
        expect(faces.map((face) => face.id)).toEqual(expected[index]?.faces.map((face) => face.id));
        for (const [face, { probabilities, smoothed }] of faces.entries()) {
          const ours = expected[index]?.faces[face];
          for (const label of LABELS) {
            expect(probabilities[label]).toBeCloseTo(ours?.probabilities[label] ?? NaN, 4);
            expect(smoothed?.probabilities[label]).toBeCloseTo(
              ours?.smoothed?.probabilities[label] ?? NaN,
              4,
            );
          }
        }
      }
    },
  );

  it.skipIf(runtime === undefined)(
    'says what onnxruntime cannot run (needs npm install --prefix bench)',
    async () => {
      const bytes = makeExternalOnnx([-1, 1]);
      bytes.write('Xelu', bytes.lastIndexOf('Celu'));
      const model = await createOnnxRuntimeModel({
        runtime: runtime!,
        bytes,
        source: 'odd.onnx',
        session: SESSION,
      });
      await expect(createAsyncAnalyzer({ model, detector })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(/^odd\.onnx: onnxruntime cannot run it: .*Xelu/s) as string,
      });
    },
  );
});

it('asks for what the file does not say', async () => {
  const runtime = {} as OnnxRuntime;
  const bytes = makeExternalOnnx();
  await expect(createOnnxRuntimeModel({ runtime, bytes, source: 'a.onnx' })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: 'a.onnx: does not say the range of its input; give inputRange',
  });
  const { manifest } = await createOnnxRuntimeModel({
    runtime,
    bytes,
    source: 'a.onnx',
    inputRange: [0, 1],
    id: 'mine',
  });
  expect(manifest).toMatchObject({
    id: 'mine',
    input: { width: 48, height: 48, channels: 1, range: [0, 1] },
  });
});
