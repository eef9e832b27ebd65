import { MienError } from '@mien/core';
import type { ActivationName } from '@mien/core/nn';
import type { OnnxExport } from './onnx-export.js';

export function writeActivation(file: OnnxExport, name: string, x: string, activation: ActivationName): void {
  const { writer } = file;
  const hardSigmoid = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
  switch (activation) {
    case 'relu':
      writer.node('Relu', name, [x]);
      return;
    case 'relu6':
      writer.node('Clip', name, [x, writer.floats([0], true), writer.floats([6], true)]);
      return;
    case 'sigmoid':
      writer.node('Sigmoid', name, [x]);
      return;
    case 'tanh':
      writer.node('Tanh', name, [x]);
      return;
    case 'elu':
      writer.node('Elu', name, [x]);
      return;
    case 'gelu':
      throw new MienError('UNSUPPORTED', `layer ${name} (gelu): has no operator in the operator set that is written; choose another format`); // prettier-ignore
    case 'hardSigmoid':
      writer.node('HardSigmoid', name, [x], hardSigmoid);
      return;
    case 'hardSwish':
      // An operator of its own only from operator set 14 on.
      file.onRewrite(name, 'HardSigmoid and Mul');
      writer.node('Mul', name, [x, writer.node('HardSigmoid', `${name}_gate`, [x], hardSigmoid)]);
      return;
    case 'softmax':
      writer.node('Softmax', name, [x], { axis: file.isPicture(name) ? 1 : -1 });
      return;
    default:
      activation satisfies never;
  }
}
