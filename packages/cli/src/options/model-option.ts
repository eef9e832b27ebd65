import { MODEL_EXTENSIONS } from '@mien/formats/model-file';
import { DEFAULT_MODEL } from '@mien/node/models';
import { Option } from 'commander';

/** For the help of every command that reads faces. */
export const ONNX_RUNTIME_HELP = `An ONNX model of operators that Mien's engine lacks runs in onnxruntime-node or onnxruntime-web, where installed.`;

/** The option of every command that reads faces. */
export function modelOption(): Option {
  const files = `a model file (${MODEL_EXTENSIONS.join(', ')})`;
  return new Option(
    '--model <id|path>',
    `an installed model, a folder with its manifest, or ${files}`,
  ).default(DEFAULT_MODEL);
}
