"""Writes golden.json: what MediaPipe's face detectors make of a made-up picture, by numpy alone.

An implementation of its own, from the file's bytes to the results, that shares nothing with ours: flatbuffers are
read with struct, operators are written for clarity, in float64, without regard to speed.

    python3 packages/formats/src/tflite/golden/make-golden.py node_modules/@mediapipe/face_detection

Ref: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

MODELS = ["face_detection_short_range.tflite", "face_detection_full_range.tflite"]
VALUES_PER_OUTPUT = 400

OPERATORS = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE",
    14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL", 19: "RELU", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR",
    25: "SOFTMAX", 34: "PAD", 40: "MEAN", 54: "PRELU", 97: "RESIZE_NEAREST_NEIGHBOR", 117: "HARD_SWISH",
}
TYPES = {0: np.float32, 1: np.float16, 2: np.int32, 4: np.int64}


class Table:
    def __init__(self, data, position):
        self.data = data
        self.position = position
        self.vtable = position - struct.unpack_from("<i", data, position)[0]
        self.size = struct.unpack_from("<H", data, self.vtable)[0]

    def at(self, field):
        entry = 4 + 2 * field
        offset = struct.unpack_from("<H", self.data, self.vtable + entry)[0] if entry < self.size else 0
        return self.position + offset if offset else None

    def scalar(self, field, form, default=0):
        at = self.at(field)
        return default if at is None else struct.unpack_from("<" + form, self.data, at)[0]

    def follow(self, field):
        at = self.at(field)
        return None if at is None else at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, field):
        at = self.follow(field)
        return None if at is None else Table(self.data, at)

    def vector(self, field, form):
        at = self.follow(field)
        if at is None:
            return []
        count = struct.unpack_from("<I", self.data, at)[0]
        return list(struct.unpack_from(f"<{count}{form}", self.data, at + 4))

    def tables(self, field):
        at = self.follow(field)
        if at is None:
            return []
        offsets = self.vector(field, "I")
        return [Table(self.data, at + 4 + 4 * i + offset) for i, offset in enumerate(offsets)]

    def text(self, field):
        return bytes(self.vector(field, "B")).decode()


def window_padding(size, window, stride, padding):
    """TensorFlow's: SAME has ceil(size / stride) results, and of an odd amount the odd one at the end."""
    if padding == 1:
        return (size - window) // stride + 1, 0, 0
    count = -(-size // stride)
    total = max((count - 1) * stride + window - size, 0)
    return count, total // 2, total - total // 2


def patches(x, height, width, down, across, padding, fill):
    """[h', w', height, width, c]: what each result looks at."""
    rows, top, bottom = window_padding(x.shape[0], height, down, padding)
    columns, left, right = window_padding(x.shape[1], width, across, padding)
    padded = np.pad(x, ((top, bottom), (left, right), (0, 0)), constant_values=fill)
    result = np.empty((rows, columns, height, width, x.shape[2]))
    for row in range(rows):
        for column in range(columns):
            y0, x0 = row * down, column * across
            result[row, column] = padded[y0 : y0 + height, x0 : x0 + width]
    return result


def activate(x, kind):
    return {
        0: lambda: x,
        1: lambda: np.maximum(x, 0),
        2: lambda: np.clip(x, -1, 1),
        3: lambda: np.clip(x, 0, 6),
        4: lambda: np.tanh(x),
    }[kind]()


def resize_bilinear(x, height, width, align_corners, half_pixel_centers):
    def places(size, count):
        i = np.arange(count)
        if align_corners and count > 1:
            at = i * (size - 1) / (count - 1)
        elif half_pixel_centers:
            at = np.maximum((i + 0.5) * size / count - 0.5, 0)
        else:
            at = i * size / count
        low = np.minimum(np.floor(at).astype(int), size - 1)
        return low, np.minimum(low + 1, size - 1), at - low

    y0, y1, fy = places(x.shape[0], height)
    x0, x1, fx = places(x.shape[1], width)
    fy, fx = fy[:, None, None], fx[None, :, None]
    top = x[y0][:, x0] * (1 - fx) + x[y0][:, x1] * fx
    bottom = x[y1][:, x0] * (1 - fx) + x[y1][:, x1] * fx
    return top * (1 - fy) + bottom * fy


def run(path, picture_of):
    data = path.read_bytes()
    model = Table(data, struct.unpack_from("<I", data, 0)[0])
    codes = [max(code.scalar(0, "b"), code.scalar(3, "i")) for code in model.tables(1)]
    graph = model.tables(2)[0]
    buffers = model.tables(4)
    tensors = graph.tables(0)
    values = {}
    for index, tensor in enumerate(tensors):
        raw = bytes(buffers[tensor.scalar(2, "I")].vector(0, "B"))
        if raw:
            values[index] = np.frombuffer(raw, TYPES[tensor.scalar(1, "b")]).reshape(tensor.vector(0, "i"))
    (entry,) = graph.vector(1, "i")
    shape = tensors[entry].vector(0, "i")
    values[entry] = picture_of(shape[1:])[None].astype(np.float64)
    operators = []
    for node in graph.tables(3):
        op = OPERATORS[codes[node.scalar(0, "I")]]
        operators.append(op)
        ins = [values[i] if i >= 0 else None for i in node.vector(1, "i")]
        (out,) = node.vector(2, "i")
        options = node.table(4)
        x = ins[0]
        if op == "DEQUANTIZE":
            y = x.astype(np.float32)
        elif op in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            depthwise = op != "CONV_2D"
            kernel, bias = ins[1].astype(np.float64), ins[2].astype(np.float64)
            form = 3 + depthwise
            assert [options.scalar(form + 1, "i", 1), options.scalar(form + 2, "i", 1)] == [1, 1], "dilations"
            strides = options.scalar(2, "i"), options.scalar(1, "i")
            seen = patches(x[0], kernel.shape[1], kernel.shape[2], *strides, options.scalar(0, "b"), 0)
            spelled = "abhwc,hwc->abc" if depthwise else "abhwc,fhwc->abf"
            y = np.einsum(spelled, seen, kernel[0] if depthwise else kernel, optimize=True) + bias
            y = activate(y, options.scalar(form, "b"))[None]
        elif op in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            fill = -np.inf if op == "MAX_POOL_2D" else np.nan
            window = options.scalar(4, "i"), options.scalar(3, "i")
            strides = options.scalar(2, "i"), options.scalar(1, "i")
            seen = patches(x[0], *window, *strides, options.scalar(0, "b"), fill)
            y = (np.max if op == "MAX_POOL_2D" else np.nanmean)(seen, axis=(2, 3))
            y = activate(y, options.scalar(5, "b"))[None]
        elif op in ("ADD", "MUL"):
            y = activate(x + ins[1] if op == "ADD" else x * ins[1], options.scalar(0, "b"))
        elif op == "PAD":
            y = np.pad(x, ins[1])
        elif op in ("RELU", "RELU6"):
            y = activate(x, 1 if op == "RELU" else 3)
        elif op == "PRELU":
            y = np.where(x >= 0, x, x * ins[1])
        elif op == "LOGISTIC":
            y = 1 / (1 + np.exp(-x))
        elif op == "HARD_SWISH":
            y = x * np.clip(x + 3, 0, 6) / 6
        elif op == "RESHAPE":
            y = x.reshape(tensors[out].vector(0, "i"))
        elif op == "CONCATENATION":
            y = np.concatenate(ins, axis=options.scalar(0, "i"))
        elif op == "RESIZE_BILINEAR":
            y = resize_bilinear(x[0], *ins[1], options.scalar(2, "?"), options.scalar(3, "?"))[None]
        else:
            raise NotImplementedError(op)
        values[out] = y
    outputs = []
    for index in graph.vector(2, "i"):
        flat = values[index].ravel()
        step = -(-len(flat) // VALUES_PER_OUTPUT)
        spread = [float(f"{value:.7g}") for value in flat[::step]]
        outputs.append(
            {"name": tensors[index].text(3), "dims": list(values[index].shape), "step": step, "values": spread}
        )
    return shape, operators, outputs


def picture_of(shape):
    """In -1..1. The test computes the same."""
    y, x, channel = np.indices(shape)
    return ((x * 7 + y * 13 + ((x * y) % 97) + channel * 31) % 256) / 127.5 - 1


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    golden = []
    for name in MODELS:
        shape, operators, outputs = run(folder / name, picture_of)
        print(name, shape, {op: operators.count(op) for op in sorted(set(operators))}, file=sys.stderr)
        golden.append({"file": name, "inputShape": shape[1:], "outputs": outputs})
    target = Path(__file__).with_name("golden.json")
    target.write_text(json.dumps({"numpy": np.__version__, "models": golden}) + "\n")
