/**
 * onnxruntime as a second opinion. It is installed with the other peers (`npm install --prefix bench`), not with
 * the workspace; tests that need it are skipped where it is missing.
 */
import { createRequire } from 'node:module';

/** What of onnxruntime-node's interface is used here. */
interface Runtime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => RuntimeTensor;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>>;
}

interface RuntimeTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

const runtime = load();

export const ONNX_RUNTIME_MISSING =
  runtime === undefined ? 'onnxruntime-node is not installed (npm install --prefix bench)' : undefined;

function load(): Runtime | undefined {
  try {
    const bench = createRequire(new URL('../../../../bench/package.json', import.meta.url));
    return bench('onnxruntime-node') as Runtime;
  } catch {
    return undefined;
  }
}

/** Runs a model on one input in onnxruntime; gives its outputs by name. */
export async function runOnnxRuntime(
  model: Uint8Array,
  input: Float32Array,
  dims: readonly number[],
): Promise<Map<string, RuntimeTensor>> {
  if (runtime === undefined) throw new Error(ONNX_RUNTIME_MISSING);
  const session = await runtime.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const [name = ''] = session.inputNames;
  const results = await session.run({ [name]: new runtime.Tensor('float32', input, dims) });
  return new Map(Object.entries(results));
}
