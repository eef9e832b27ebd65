"""Writes golden.json: what an independent forward pass says of a Keras 2 checkpoint of mini_XCEPTION.

It reads the file with h5py and walks its model_config with PyTorch's operators, and shares no code with Mien.

    /usr/bin/python3 make-golden.py <folder with the checkpoints>

Inputs are 64 x 64 pictures made by a formula of whole numbers, so that the test can make the same ones exactly.
"""

import json
import pathlib
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F

CHECKPOINT = "fer2013_mini_XCEPTION.102-0.66.hdf5"
SIDE = 64
PICTURES = 3


def make_picture(k):
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.int64)
    grey = (7 * x + 13 * y + (k + 1) * x * y + (x * x * (k + 2)) // 5) % 256
    return (grey / 255 * 2 - 1).astype(np.float32)


def pad_same(x, size, stride, value=0.0):
    """TensorFlow's: output is ceil(input / stride), the odd row of padding at the end. x is [1, c, h, w]."""
    amounts = []
    for side in (x.shape[3], x.shape[2]):
        total = max((-(-side // stride) - 1) * stride + size - side, 0)
        amounts += [total // 2, total - total // 2]
    return F.pad(x, amounts, value=value)


def forward(layers, arrays, picture):
    values = {}
    for layer in layers:
        kind, config, name = layer["class_name"], layer["config"], layer["name"]
        taken = [values[source[0]] for node in layer["inbound_nodes"] for source in node]
        weights = arrays[name]
        if kind == "InputLayer":
            out = torch.from_numpy(picture)[None, None]
        elif kind == "Conv2D":
            kernel = torch.from_numpy(weights[0]).permute(3, 2, 0, 1)
            x, stride = taken[0], config["strides"][0]
            if config["padding"] == "same":
                x = pad_same(x, kernel.shape[2], stride)
            bias = torch.from_numpy(weights[1]) if config["use_bias"] else None
            out = F.conv2d(x, kernel, bias, stride)
        elif kind == "SeparableConv2D":
            depthwise = torch.from_numpy(weights[0]).permute(2, 3, 0, 1)
            pointwise = torch.from_numpy(weights[1]).permute(3, 2, 0, 1)
            assert config["padding"] == "same" and not config["use_bias"]
            x = pad_same(taken[0], depthwise.shape[2], config["strides"][0])
            out = F.conv2d(F.conv2d(x, depthwise, groups=depthwise.shape[0]), pointwise)
        elif kind == "BatchNormalization":
            gamma, beta, mean, variance = (torch.from_numpy(a)[None, :, None, None] for a in weights)
            out = (taken[0] - mean) / torch.sqrt(variance + config["epsilon"]) * gamma + beta
        elif kind == "Activation":
            out = {"relu": torch.relu, "softmax": lambda x: torch.softmax(x, 1)}[config["activation"]](taken[0])
        elif kind == "MaxPooling2D":
            size, stride = config["pool_size"][0], config["strides"][0]
            out = F.max_pool2d(pad_same(taken[0], size, stride, -float("inf")), size, stride)
        elif kind == "Add":
            out = taken[0] + taken[1]
        elif kind == "GlobalAveragePooling2D":
            out = taken[0].mean((2, 3))
        else:
            raise ValueError(f"{name}: {kind}")
        values[name] = out
    return values[layers[-1]["name"]][0]


def main():
    with h5py.File(pathlib.Path(sys.argv[1]) / CHECKPOINT, "r") as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"]
        group = file["model_weights"]
        arrays = {
            layer["name"]: [group[layer["name"]][n][()] for n in group[layer["name"]].attrs["weight_names"]]
            for layer in layers
        }
    probabilities = [forward(layers, arrays, make_picture(k)).tolist() for k in range(PICTURES)]
    golden = {"checkpoint": CHECKPOINT, "probabilities": probabilities}
    target = pathlib.Path(__file__).with_name("golden.json")
    target.write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
