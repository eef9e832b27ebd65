import * as channels from '../import/channel-layers.js';
import type { Value } from '../import/value.js';
import type { OperatorCall } from './operator-call.js';

/** Field `field` of the options says which activation ends the operator. */
export function activated(call: OperatorCall, field: number, x: Value): Value {
  const activation = call.options?.int8(field) ?? 0;
  switch (activation) {
    case 0:
      return x;
    case 1:
      return channels.activation(call.importer, x, 'relu');
    case 2:
      return channels.clip(call.importer, x, -1, 1);
    case 3:
      return channels.activation(call.importer, x, 'relu6');
    case 4:
      return channels.activation(call.importer, x, 'tanh');
    default:
      throw call.unsupported(`ends with activation ${activation}`);
  }
}
