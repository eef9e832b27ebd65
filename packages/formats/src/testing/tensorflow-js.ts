/**
 * TensorFlow.js as a second opinion. It is installed with the other peers (`npm install --prefix bench`), not with the
 * workspace; tests that need it are skipped where it is missing.
 */
import { createRequire } from 'node:module';
import type { TensorflowJsFiles } from '../tfjs/to-tfjs.js';

/** What of TensorFlow.js' interface is used here. */
interface TensorflowJs {
  readonly io: { fromMemory(artifacts: object): unknown };
  loadGraphModel(source: unknown): Promise<GraphModel>;
  tensor(data: Float32Array, shape: readonly number[]): TensorflowJsTensor;
}

interface GraphModel {
  readonly outputNodes: readonly string[];
  execute(input: TensorflowJsTensor, outputs: readonly string[]): TensorflowJsTensor[];
  dispose(): void;
}

interface TensorflowJsTensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

const library = load();

export const TENSORFLOW_JS_MISSING =
  library === undefined ? '@tensorflow/tfjs is not installed (npm install --prefix bench)' : undefined;

function load(): TensorflowJs | undefined {
  try {
    const bench = createRequire(new URL('../../../../bench/package.json', import.meta.url));
    bench('@tensorflow/tfjs-backend-cpu');
    const core = bench('@tensorflow/tfjs-core') as Omit<TensorflowJs, 'loadGraphModel'>;
    const converter = bench('@tensorflow/tfjs-converter') as Pick<TensorflowJs, 'loadGraphModel'>;
    return { ...core, ...converter };
  } catch {
    return undefined;
  }
}

/** Runs a graph model on one input in TensorFlow.js, on its plain JavaScript backend. */
export async function runTensorflowJs(
  { json, shards }: TensorflowJsFiles,
  input: Float32Array,
  shape: readonly number[],
): Promise<{ readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[]> {
  if (library === undefined) throw new Error(TENSORFLOW_JS_MISSING);
  const { weightsManifest, ...model } = JSON.parse(new TextDecoder().decode(json)) as {
    readonly weightsManifest: readonly { readonly weights: readonly object[] }[];
  };
  const artifacts = {
    ...model,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: await new Blob([...shards.values()] as Uint8Array<ArrayBuffer>[]).arrayBuffer(),
  };
  const network = await library.loadGraphModel(library.io.fromMemory(artifacts));
  const x = library.tensor(input, shape);
  const names = network.outputNodes;
  const results = [network.execute(x, names)].flat();
  const outputs = await Promise.all(
    results.map(async (result, index) => ({
      name: names[index] ?? '',
      shape: result.shape,
      data: await result.data(),
    })),
  );
  network.dispose();
  for (const tensor of [x, ...results]) tensor.dispose();
  return outputs;
}
