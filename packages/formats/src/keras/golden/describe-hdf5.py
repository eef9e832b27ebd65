"""Prints what h5py finds in a Keras file, as JSON: the way Keras 2 walks it, without Mien's code.

    python3 describe-hdf5.py <file>
"""

import hashlib
import json
import sys

import h5py


def names_of(group, attribute):
    """Keras' own rule: one list, or the pieces that it was split into."""
    if attribute in group.attrs:
        values = group.attrs[attribute]
    else:
        values, part = [], 0
        while f"{attribute}{part}" in group.attrs:
            values += list(group.attrs[f"{attribute}{part}"])
            part += 1
    return [value.decode("utf8") for value in values]


def describe(array):
    data = array[()]
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": hashlib.sha256(data.tobytes()).hexdigest()}


def main():
    with h5py.File(sys.argv[1], "r") as file:
        weights = file["model_weights"]
        optimizer = file.get("optimizer_weights")
        config = json.loads(file.attrs["model_config"])
        result = {
            "keras_version": str(file.attrs["keras_version"]),
            "class_name": config["class_name"],
            "classes": {layer["name"]: layer["class_name"] for layer in config["config"]["layers"]},
            "layer_names": names_of(weights, "layer_names"),
            "weights": {
                layer: {name: describe(weights[layer][name]) for name in names_of(weights[layer], "weight_names")}
                for layer in names_of(weights, "layer_names")
            },
            "optimizer": json.loads(file.attrs["training_config"])["optimizer_config"] if optimizer else None,
            "optimizer_weights": [describe(optimizer[name]) for name in names_of(optimizer, "weight_names")] if optimizer else [],
            "mien": {name: len(file.attrs[name]) for name in file.attrs if name.startswith("mien_")},
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
