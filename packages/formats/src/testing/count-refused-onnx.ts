import { MienError } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import { parseOnnx, type ParseOnnxOptions } from '../onnx/parse-onnx.js';
import { memoryInUse, mutationsOf } from './mutations.js';

const MOST_BYTES = 512 * 2 ** 20;

/**
 * How many of some damaged copies of a file are refused. Damage may go unnoticed, since most bytes are weights; whatever is
 * noticed must be a MienError of one line, and none may take much memory.
 */
export function countRefusedOnnx(file: Uint8Array, count: number, options: ParseOnnxOptions = {}): number {
  const before = memoryInUse();
  let refused = 0;
  for (const bytes of mutationsOf(file, count, 11)) {
    try {
      describeGraph(parseOnnx(bytes, 'damaged.onnx', options).graph);
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      if (!/^damaged\.onnx: [^\n]+$/.test(error.message))
        throw new Error(`not one line that names the file: ${error.message}`, { cause: error });
      refused++;
    }
    const taken = memoryInUse() - before;
    if (taken >= MOST_BYTES) throw new Error(`took ${taken} bytes of memory`);
  }
  return refused;
}
