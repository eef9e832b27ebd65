/**
 * ONNX models that ask for more than our engine can, computed by onnxruntime where the person has installed it: beside
 * this command or in the project of the working directory. It is never a dependency.
 *
 * onnxruntime answers by promise and our pipeline asks and waits, so that a frame's way has one order whoever computes
 * it. So the session lives in a worker, which this thread waits for (see {@link createBlockingPredictor}).
 */
import { createExternalModel, MienError, type ExternalModel } from '@mien/core';
import { findOnnxPicture, outlineOnnx } from '@mien/formats';
import { checkContract, findContract, toModelId, type ModelFile } from '@mien/formats/model-file';
import { createBlockingPredictor } from './create-blocking-predictor.js';
import { findRuntime, RUNTIMES } from './find-runtime.js';

/**
 * @param reason why our own engine refused it
 * @throws MienError `UNSUPPORTED` where no onnxruntime is installed: names what our engine lacks and what to install
 */
export async function openInOnnxRuntime(file: ModelFile, reason: MienError): Promise<ExternalModel> {
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
  const model = await createExternalModel({
    manifest,
    bytes,
    ...contract,
    network: { name: outline.name === '' ? toModelId(path) : outline.name, inputShape: picture.shape },
    source: path,
    id: toModelId(path),
    engine: `${runtime.name} ${runtime.version}`,
    createPredictor: () =>
      createBlockingPredictor({ runtime, bytes, picture, classes: model.labels.length, source: path }),
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
