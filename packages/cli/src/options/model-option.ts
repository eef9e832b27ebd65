import { MODEL_EXTENSIONS } from '@mien/formats/model-file';
import { DEFAULT_MODEL } from '@mien/node/models';
import { Option } from 'commander';

/** Help text for every command that reads faces. */
export const ONNX_RUNTIME_HELP = `ONNX models with operators that Mien's engine lacks run in onnxruntime-node or onnxruntime-web, if installed.`;

/** `--model`, for every command that reads faces. */
export function modelOption(): Option {
  const files = `a model file (${MODEL_EXTENSIONS.join(', ')})`;
  return new Option('--model <id|path>', `an installed model, a folder with a manifest, or ${files}`).default(
    DEFAULT_MODEL,
  );
}
