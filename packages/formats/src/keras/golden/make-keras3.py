"""Writes files that Keras 3 itself has saved, and what it computes with them, for the tests of the readers.

    pip install keras==3.15.1 jax h5py
    KERAS_BACKEND=jax python make-keras3.py

functional.keras   most layers that are known here, trained for two steps with Adam
functional.h5      the same in Keras' older format
sequential.keras   without an input layer of its own in the list, SGD with momentum
keras3.json        probabilities for one input made by a formula of whole numbers, steps, and some arrays of the state
"""

import json
import pathlib

import numpy as np
import keras
from keras import layers

FOLDER = pathlib.Path(__file__).parent
SHAPE = (12, 10, 3)


def make_picture():
    y, x, c = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1], 0 : SHAPE[2]].astype(np.int64)
    return ((7 * x + 13 * y + 5 * c + x * y) % 64 / 64 - 0.5).astype(np.float32)[None]


def functional():
    inputs = keras.Input(SHAPE, name="picture")
    x = layers.ZeroPadding2D(((1, 2), (0, 1)))(inputs)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", kernel_regularizer=keras.regularizers.L2(0.01))(x)
    x = layers.BatchNormalization()(x)
    a = layers.DepthwiseConv2D((3, 3), padding="same", activation="hard_sigmoid")(x)
    b = layers.SeparableConv2D(8, 3, padding="same", use_bias=False)(x)
    b = layers.BatchNormalization(scale=False, epsilon=1e-4, momentum=0.9)(b)
    b = layers.PReLU(shared_axes=[1, 2], alpha_initializer=keras.initializers.Constant(0.3))(b)
    c = layers.Conv2D(8, 1, groups=2)(x)
    c = layers.ReLU(max_value=6.0)(c)
    x = layers.Add()([a, b, c])
    x = layers.Concatenate()([x, layers.Multiply()([a, b])])
    x = layers.MaxPooling2D()(x)
    x = layers.AveragePooling2D(2, strides=1, padding="same")(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Flatten()(x)
    x = layers.Reshape((x.shape[-1],))(x)
    x = layers.Dense(6, activation="tanh")(x)
    x = layers.GaussianNoise(0.1)(x)
    x = layers.Dense(4)(x)
    return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name="everything")


def sequential():
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(4, (3, 2), activation="sigmoid"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax"),
        ],
        name="in_a_row",
    )


def main():
    keras.utils.set_random_seed(1)
    picture = make_picture()
    inputs, targets = np.concatenate([picture, picture[:, ::-1]]), np.eye(4, dtype=np.float32)[:2]
    golden = {"kerasVersion": keras.__version__}
    for model, optimizer in (
        (functional(), keras.optimizers.Adam(0.01)),
        (sequential(), keras.optimizers.SGD(0.02, momentum=0.8, nesterov=True)),
    ):
        model.compile(optimizer, "categorical_crossentropy")
        model.fit(inputs, targets, epochs=2, verbose=0)
        stem = type(model).__name__.lower()
        model.save(FOLDER / f"{stem}.keras")
        last = optimizer.variables[-1]
        golden[stem] = {
            "probabilities": model.predict(picture, verbose=0)[0].tolist(),
            "parameters": model.count_params(),
            "step": int(optimizer.iterations.numpy()),
            "lastOfState": np.asarray(last).ravel().tolist(),
        }
        if stem == "functional":
            model.save(FOLDER / f"{stem}.h5")
    (FOLDER / "keras3.json").write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
