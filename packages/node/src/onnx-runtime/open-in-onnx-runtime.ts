/**
 * ONNX models that ask for more than our engine can, computed by onnxruntime where the person has installed it: beside
 * this command or in the project of the working directory. It is never a dependency.
 *
 * onnxruntime answers by promise and our pipeline asks and waits, so that a frame's way has one order whoever computes
 * it. So the session lives in a worker, which this thread waits for (see {@link createWaitingPredictor}).
 */
import { createForeignModel, MienError, type ForeignModel } from '@mien/core';
import { findOnnxPicture, outlineOnnx } from '@mien/formats';
import { moduleDoors } from '../models/installed-models.js';
import { checkContract, findContract, toModelId, type ModelFile } from '@mien/formats/model-file';
import { createWaitingPredictor } from './create-waiting-predictor.js';

/** The native one is several times faster. */
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;

export interface Runtime {
  readonly name: (typeof RUNTIMES)[number];
  /** Of its entry. */
  readonly path: string;
  readonly version: string;
}

/**
 * @param reason why our own engine refused it
 * @throws MienError `UNSUPPORTED` where no onnxruntime is installed: names what our engine lacks and what to install
 */
export async function openInOnnxRuntime(file: ModelFile, reason: MienError): Promise<ForeignModel> {
  const { path, bytes, manifest } = file;
  const outline = outlineOnnx(bytes, path);
  const runtime = findRuntime();
  if (runtime === undefined)
    throw new MienError('UNSUPPORTED', adviceFor(path, outline, reason), { cause: reason });
  const picture = findOnnxPicture(bytes, path);
  const [height, width, channels] = picture.shape;
  if (height === 0 || width === 0 || channels === 0) throw reason; // It says that a size is left open, and what to do.

  const contract = await findContract(file, outline);
  const [, classes = 'unnamed'] = outline.outputs[0]?.dims ?? [];
  if (manifest === undefined) checkContract(contract, path, String(classes));
  const model = await createForeignModel({
    manifest,
    bytes,
    ...contract,
    network: { name: outline.name === '' ? toModelId(path) : outline.name, inputShape: picture.shape },
    source: path,
    id: toModelId(path),
    engine: `${runtime.name} ${runtime.version}`,
    createPredictor: () =>
      createWaitingPredictor({ runtime, bytes, picture, classes: model.labels.length, source: path }),
  });
  return model;
}

function adviceFor(path: string, { operators }: ReturnType<typeof outlineOnnx>, reason: MienError): string {
  const lacking = operators.filter(({ isKnown }) => !isKnown).map(({ name }) => name);
  const install = `install ${RUNTIMES[0]}, in which it runs: npm install ${RUNTIMES[0]}`;
  if (lacking.length === 0) return `${reason.message}; ${install}`;
  const what = lacking.length === 1 ? 'the operator' : 'the operators';
  return `${path}: needs ${what} ${lacking.join(', ')}, which Mien's engine lacks; ${install}`;
}

function findRuntime(): Runtime | undefined {
  for (const name of RUNTIMES) {
    for (const require of moduleDoors()) {
      try {
        const path = require.resolve(name);
        return { name, path, version: versionOf(require, name) };
      } catch {
        // Not installed as seen from here.
      }
    }
  }
  return undefined;
}

function versionOf(require: NodeJS.Require, name: string): string {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return ''; // A package need not show its package.json.
  }
}
