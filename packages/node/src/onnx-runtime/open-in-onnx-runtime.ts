/**
 * ONNX models with operators that our engine lacks, computed by onnxruntime if the person has installed it: beside this
 * package or in the project of the working directory. It is never a dependency.
 *
 * onnxruntime answers by promise. Analyzers wait for it without blocking ({@link createAsyncPredictor}); the evaluation
 * loop and the command, which have nothing else to do, block ({@link createBlockingPredictor}).
 */
import {
  createExternalModel,
  MienError,
  type AsyncExternalModel,
  type ExternalModel,
  type Predictor,
} from '@mien/core';
import { findOnnxPicture, listExternalData, outlineOnnx } from '@mien/formats';
import { checkContract, findContract, toModelId, type ModelFile } from '@mien/formats/model-file';
import { createAsyncPredictor } from './create-async-predictor.js';
import { createBlockingPredictor } from './create-blocking-predictor.js';
import { findRuntime, RUNTIMES } from './find-runtime.js';

/** Predicts either way. */
export type OnnxRuntimeModel = ExternalModel & AsyncExternalModel;

/**
 * @param reason why our own engine refused it
 * @throws MienError `UNSUPPORTED` where no onnxruntime is installed: names what our engine lacks and what to install
 */
export async function openInOnnxRuntime(file: ModelFile, reason: MienError): Promise<OnnxRuntimeModel> {
  const { path, bytes, manifest } = file;
  const outline = outlineOnnx(bytes, path);
  const { outputs, outputKind, ...known } = outline;
  const runtime = findRuntime();
  if (runtime === undefined)
    throw new MienError('UNSUPPORTED', adviceFor(path, outline, reason), { cause: reason });
  if (listExternalData(bytes, path).length > 0) {
    throw new MienError('UNSUPPORTED', `${reason.message}; to run it in ${runtime.name}, save it with its weights inside`, { cause: reason }); // prettier-ignore
  }
  const picture = findOnnxPicture(bytes, path, file.contract.inputLayout);
  const [height, width, channels] = picture.shape;
  if (height === 0 || width === 0 || channels === 0) throw reason; // Its message says that a size is left open, and what to do.

  const { contract, notices } = await findContract(file, {
    ...known,
    ...(outputKind && { outputs: outputKind }),
  });
  const [, classes = 'unnamed'] = outputs[0]?.dims ?? [];
  if (manifest === undefined) checkContract(contract, path, String(classes));
  const toSession = () => ({ runtime, bytes, picture, classes: model.labels.length, source: path });
  // Its calls do not overlap, so all who read one after the other share one session.
  let blocking: Promise<Predictor> | undefined;
  const model = await createExternalModel({
    manifest,
    bytes,
    ...contract,
    ...(contract.outputs === undefined && outputKind && { outputs: outputKind }),
    notices,
    network: { name: outline.name === '' ? toModelId(path) : outline.name, inputShape: picture.shape },
    source: path,
    id: toModelId(path),
    engine: `${runtime.name} ${runtime.version}`,
    createPredictor: () => (blocking ??= createBlockingPredictor(toSession())),
  });
  return { ...model, createAsyncPredictor: () => createAsyncPredictor(toSession()) };
}

function adviceFor(path: string, { operators }: ReturnType<typeof outlineOnnx>, reason: MienError): string {
  const lacking = operators.filter(({ isKnown }) => !isKnown).map(({ name }) => name);
  const install = `install ${RUNTIMES[0]}, in which it runs: npm install ${RUNTIMES[0]}`;
  if (lacking.length === 0) return `${reason.message}; ${install}`;
  const what = lacking.length === 1 ? 'the operator' : 'the operators';
  return `${path}: needs ${what} ${lacking.join(', ')}, which Mien's engine lacks; ${install}`;
}
