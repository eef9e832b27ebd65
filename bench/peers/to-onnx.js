// mini_Xception as an ONNX file in memory, with the weights given: every peer that reads it computes our network.
// Batch normalization stays a node of its own; folding it into a convolution is the peer's business, and they do.
// Ref: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers), operator set 13.

// Protocol buffers, as much of them as this needs.
const varint = (value) => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
const int = (field, value) => Buffer.from([...varint(field * 8), ...varint(value)]);
const bytes = (field, data) =>
  Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(data.length)]), data]);
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));
const float = (field, value) =>
  Buffer.concat([Buffer.from(varint(field * 8 + 5)), Buffer.from(Float32Array.of(value).buffer)]);

// ONNX. The last field of an attribute says which of the others holds its value.
const attribute = {
  int: (name, value) => message(5, text(1, name), int(3, value), int(20, 2)),
  ints: (name, values) => message(5, text(1, name), ...values.map((value) => int(8, value)), int(20, 7)),
  float: (name, value) => message(5, text(1, name), float(2, value), int(20, 1)),
  text: (name, value) => message(5, text(1, name), text(4, value), int(20, 3)),
};
const node = (operator, inputs, output, ...attributes) =>
  message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, operator), ...attributes);
const FLOAT32 = 1;
const tensor = (name, shape, data) =>
  message(
    5,
    ...shape.map((side) => int(1, side)),
    int(2, FLOAT32),
    text(8, name),
    bytes(9, Buffer.from(data.buffer)),
  );
const value = (field, name, shape) => {
  const sides = shape.map((side) => message(1, typeof side === 'string' ? text(2, side) : int(1, side)));
  return message(field, text(1, name), message(2, message(1, int(1, FLOAT32), message(2, ...sides))));
};

/** [height, width, in, out] becomes ONNX's [out, in, height, width]. A depthwise kernel's `out` is 1: [in, 1, …]. */
function toOnnxKernel({ shape: [height, width, inputs, outputs], data }, depthwise) {
  const result = new Float32Array(data.length);
  data.forEach((weight, at) => {
    const [tap, input, output] = [
      Math.floor(at / (inputs * outputs)),
      Math.floor(at / outputs) % inputs,
      at % outputs,
    ];
    result[(depthwise ? input : output * inputs + input) * height * width + tap] = weight;
  });
  return [depthwise ? [inputs, 1, height, width] : [outputs, inputs, height, width], result];
}

export function toOnnx(graph, weights) {
  const constants = [];
  const constant = (name, [shape, data] = [weights.get(name).shape, weights.get(name).data]) => {
    constants.push(tensor(name, shape, data));
    return name;
  };
  const window = (size, strides, padding) => [
    attribute.ints('kernel_shape', size),
    attribute.ints('strides', [strides, strides]),
    attribute.text('auto_pad', padding === 'same' ? 'SAME_UPPER' : 'VALID'),
  ];
  const conv = (input, output, { kernelSize, strides, padding }, kernelName, group, bias = []) => {
    const kernel = constant(kernelName, toOnnxKernel(weights.get(kernelName), group > 1));
    return node(
      'Conv',
      [input, kernel, ...bias],
      output,
      ...window(kernelSize, strides, padding),
      attribute.int('group', group),
    );
  };
  const toNodes = (layer) => {
    const [x] = layer.inputs;
    const own = (role) => `${layer.name}/${role}`;
    const bias = layer.useBias ? [constant(own('bias'))] : [];
    switch (layer.kind) {
      case 'conv2d':
        return [conv(x, layer.name, layer, own('kernel'), 1, bias)];
      case 'separableConv2d': {
        const between = own('depthwise');
        const channels = weights.get(own('depthwise_kernel')).shape[2];
        const pointwise = { kernelSize: [1, 1], strides: 1, padding: 'valid' };
        return [
          conv(x, between, layer, own('depthwise_kernel'), channels),
          conv(between, layer.name, pointwise, own('pointwise_kernel'), 1, bias),
        ];
      }
      case 'batchNormalization': {
        const parameters = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((role) =>
          constant(own(role)),
        );
        return [
          node(
            'BatchNormalization',
            [x, ...parameters],
            layer.name,
            attribute.float('epsilon', layer.epsilon),
          ),
        ];
      }
      case 'activation':
        return [node(layer.activation === 'relu' ? 'Relu' : 'Softmax', [x], layer.name)];
      case 'maxPooling2d':
        return [node('MaxPool', [x], layer.name, ...window(layer.poolSize, layer.strides, layer.padding))];
      case 'add':
        return [node('Add', layer.inputs, layer.name)];
      case 'globalAveragePooling2d':
        return [node('GlobalAveragePool', [x], own('image')), node('Flatten', [own('image')], layer.name)];
      default:
        throw new Error(`to-onnx: ${layer.kind} is not in mini_Xception`);
    }
  };
  const [input, ...layers] = graph.layers;
  const nodes = layers.flatMap(toNodes);
  const [height, width, channels] = graph.inputShape;
  const ends = [
    value(11, input.name, ['N', channels, height, width]),
    value(12, layers.at(-1).name, ['N', 7]),
  ];
  return Buffer.concat([
    int(1, 7),
    message(7, ...nodes, text(2, graph.name), ...constants, ...ends),
    message(8, text(1, ''), int(2, 13)),
  ]);
}
