"""The network: its features, one layer of hidden units, and how it is trained."""

import numpy as np

from cover.random_pictures import SIDE

HIDDEN_UNITS = 16


def to_features(pictures):
    """[n, 384], as `toFeatures` of measure-cover.ts computes them."""
    count = len(pictures)
    coarse = pictures.reshape(count, 16, 3, 16, 3).mean((2, 4)).reshape(count, -1)
    contrast = coarse.std(1, keepdims=True) + 2
    features = [(coarse - coarse.mean(1, keepdims=True)) / contrast]
    horizontal = np.abs(pictures[:, 1:-1, 2:] - pictures[:, 1:-1, :-2])
    vertical = np.abs(pictures[:, 2:, 1:-1] - pictures[:, :-2, 1:-1])
    for edges in (horizontal, vertical):
        padded = np.zeros((count, SIDE, SIDE), np.float32)
        padded[:, 1:-1, 1:-1] = edges
        cells = padded.reshape(count, 8, 6, 8, 6).mean((2, 4)).reshape(count, -1)
        features.append(np.log1p(4 * cells / contrast) - 1)
    return np.concatenate(features, 1).astype(np.float32)


def train(features, labels, epochs=20, rate=2e-3, decay=3e-4, batch=256):
    """Weights [features, units], biases [units], outputs [units] and their bias, by AdamW and a falling rate."""
    order = np.random.default_rng(0)
    size = features.shape[1]
    parameters = [
        order.normal(0, size**-0.5, (size, HIDDEN_UNITS)).astype(np.float32),
        np.zeros(HIDDEN_UNITS, np.float32),
        order.normal(0, HIDDEN_UNITS**-0.5, HIDDEN_UNITS).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    first = [np.zeros_like(one) for one in parameters]
    second = [np.zeros_like(one) for one in parameters]
    step = 0
    for epoch in range(epochs):
        rows = order.permutation(len(features))
        now = rate * (1 - epoch / epochs) + 1e-5
        for start in range(0, len(features) - batch + 1, batch):
            chosen = rows[start : start + batch]
            inputs = features[chosen]
            step += 1
            weights, biases, outputs, output_bias = parameters
            hidden = np.maximum(inputs @ weights + biases, 0)
            slope = (1 / (1 + np.exp(-(hidden @ outputs + output_bias))) - labels[chosen]) / batch
            hidden_slope = np.outer(slope, outputs) * (hidden > 0)
            gradients = [inputs.T @ hidden_slope, hidden_slope.sum(0), hidden.T @ slope, slope.sum(keepdims=True)]
            for at, gradient in enumerate(gradients):
                first[at] = 0.9 * first[at] + 0.1 * gradient
                second[at] = 0.999 * second[at] + 0.001 * gradient**2
                corrected = first[at] / (1 - 0.9**step)
                spread = np.sqrt(second[at] / (1 - 0.999**step)) + 1e-8
                parameters[at] -= now * (corrected / spread + decay * parameters[at])
    return parameters


def score(parameters, features):
    """Logits."""
    weights, biases, outputs, output_bias = parameters
    return np.maximum(features @ weights + biases, 0) @ outputs + output_bias
