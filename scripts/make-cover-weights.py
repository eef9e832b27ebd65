"""
Trains the small network that recognises covered faces (packages/core/src/quality/measure-cover.ts):

    python3 scripts/make-cover-weights.py FOLDER

FOLDER holds FER2013 as fer2013.csv.gz and, to measure on only, posed-dev.csv.gz. Needs numpy. Writes cover-weights.ts beside the
code that uses it, and bench/results/covered.json.

Every second Training picture is taken twice: as it is, and with a synthetic cover (mask, scarf, hand, sunglasses, object), both
augmented. The threshold is where 2 % of the other Training pictures, as they are, count as covered; PublicTest is measured once.
"""

import base64
import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS_FILE = ROOT / "packages/core/src/quality/cover-weights.ts"
RESULT_FILE = ROOT / "bench/results/covered.json"
KINDS = ["mask", "scarf", "hand", "sunglasses", "object"]
SIDE = 48
SHAPE = (SIDE, SIDE)
HIDDEN_UNITS = 16
FALSE_SHARE = 0.02

rng = np.random.default_rng(1)
ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)


def load(path, usage=None):
    """Pictures [n, 48, 48] of a file in the form of FER2013, greys 0 to 255."""
    with gzip.open(path, "rt") as file:
        rows = csv.reader(file)
        next(rows)
        pictures = [np.array(row[1].split(), dtype=np.uint8) for row in rows if usage in (None, row[2])]
    return np.stack(pictures).reshape(-1, SIDE, SIDE).astype(np.float32)


def inside(distance, softness=1.0):
    """How far a pixel is inside of a shape, 0 to 1, by its signed distance from the edge (negative inside)."""
    return np.clip(0.5 - distance / softness, 0, 1)


def rotated(x, y, angle):
    """Coordinates of all pixels about a point, along an axis and across it."""
    cos, sin = np.cos(angle), np.sin(angle)
    return (xs - x) * cos + (ys - y) * sin, -(xs - x) * sin + (ys - y) * cos


def texture(kind, base):
    """The surface of a cover."""
    grey = np.full(SHAPE, base, np.float32)
    grey += rng.uniform(-0.8, 0.8) * (ys - 36) + rng.uniform(-0.8, 0.8) * (xs - 24) * 0.6
    if kind == "folds":
        for _ in range(rng.integers(1, 4)):
            y = rng.uniform(28, 42)
            depth = rng.uniform(10, 45)
            bend = 0.01 * rng.uniform(-3, 3) * (xs - 24) ** 2
            grey -= depth * np.exp(-(((ys - y - bend) / rng.uniform(0.5, 1)) ** 2))
    elif kind == "pattern":
        angle = rng.uniform(0, 3.14)
        period = rng.uniform(2, 7)
        strength = rng.uniform(10, 60)
        grey += strength * np.sign(np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 6.28 / period))
    elif kind == "blobs":
        for _ in range(rng.integers(2, 9)):
            strength = rng.uniform(-70, 70)
            squared = (xs - rng.uniform(6, 42)) ** 2 + (ys - rng.uniform(22, 48)) ** 2
            grey += strength * np.exp(-squared / rng.uniform(4, 40))
    grey -= rng.uniform(0, 0.06) * (xs - 24 - rng.uniform(-6, 6)) ** 2  # shaded as round things are
    return grey + rng.normal(0, rng.uniform(0, 4), SHAPE)


def mask(x, eyes, mouth):
    top = rng.uniform(eyes + 5, eyes + 12)
    half = rng.uniform(13, 20)
    upper = top + rng.uniform(-2, 8) * ((xs - x) / half) ** 2
    lower = rng.uniform(mouth + 6, 52) - rng.uniform(0, 6) * ((xs - x) / half) ** 2
    side = np.abs(xs - x) - half * (1 - 0.25 * np.clip((ys - top) / 25, 0, 1) ** 2)
    alpha = inside(upper - ys) * inside(ys - lower) * inside(side, 1.5)
    return alpha, texture(rng.choice(["plain", "folds", "folds", "pattern", "blobs"]), rng.uniform(15, 245))


def scarf(x, eyes):
    top = rng.uniform(eyes + 6, eyes + 14)
    edge = top + rng.uniform(-0.03, 0.03) * (xs - x) ** 2 + rng.uniform(-0.2, 0.2) * (xs - x)
    return inside(edge - ys, 1.5), texture(rng.choice(["plain", "pattern", "blobs"]), rng.uniform(15, 240))


def hand(x, mouth, brightness):
    """Fingers beside each other, mostly with a palm."""
    angle = rng.uniform(-1.2, 1.2)
    center_x, center_y = x + rng.normal(0, 3), rng.uniform(mouth - 5, mouth + 3)
    along, across = rotated(center_x, center_y, angle)
    fingers, width, length = rng.integers(2, 5), rng.uniform(4, 7), rng.uniform(9, 24)
    grey = np.full(SHAPE, np.clip(brightness + rng.normal(15, 30), 25, 240), np.float32)
    alpha = np.zeros(SHAPE, np.float32)
    for finger in range(fingers):
        offset = across - (finger - (fingers - 1) / 2) * width
        distance = np.hypot(np.maximum(np.abs(along) - length / 2, 0), offset) - width * 0.52
        alpha = np.maximum(alpha, inside(distance, 1.2))
        grey -= rng.uniform(15, 50) * np.exp(-(((offset - width / 2) / 0.8) ** 2))  # the gap to the next one
        grey -= 0.35 * offset**2 * (np.abs(offset) < width / 2)
    if rng.random() < 0.6:
        distance = np.hypot(xs - center_x - rng.uniform(-10, 10), ys - rng.uniform(mouth + 4, 50))
        alpha = np.maximum(alpha, inside(distance - rng.uniform(8, 14), 2))
    return alpha, grey + rng.normal(0, 2, SHAPE)


def sunglasses(x, eyes):
    apart = rng.uniform(7.5, 10)
    radius_x, radius_y = rng.uniform(5.5, 8.5), rng.uniform(4.2, 7)
    power = rng.choice([2, 2, 4])  # round or with corners
    alpha = np.zeros(SHAPE, np.float32)
    for side in (-1, 1):
        parts = np.abs((xs - x - side * apart) / radius_x) ** power + np.abs((ys - eyes - 0.8) / radius_y) ** power
        alpha = np.maximum(alpha, inside((parts ** (1 / power) - 1) * 5, 1.2))
    bridge = inside(np.abs(ys - eyes + 1.5) - rng.uniform(0.6, 1.6)) * inside(np.abs(xs - x) - apart)
    alpha = np.maximum(alpha, bridge)
    grey = np.full(SHAPE, rng.uniform(2, 60), np.float32) + rng.uniform(-1, 2) * (eyes - ys)
    if rng.random() < 0.4:  # something is mirrored in a glass
        strength = rng.uniform(20, 110)
        squared = (xs - x - rng.choice([-1, 1]) * apart - rng.uniform(-3, 3)) ** 2 + (ys - eyes) ** 2
        grey += strength * np.exp(-squared / rng.uniform(2, 12))
    return alpha * rng.uniform(0.88, 1), grey


def thing(x, mouth):
    """A cup, a phone, a microphone, a sheet of paper."""
    width, height = rng.uniform(12, 26), rng.uniform(12, 26)
    center_x, center_y = x + rng.normal(0, 4), mouth + rng.uniform(-2, 6)
    along, across = rotated(center_x, center_y, rng.uniform(-0.5, 0.5))
    alpha = inside(np.maximum(np.abs(along) - width / 2, np.abs(across) - height / 2), 1.2)
    return alpha, texture(rng.choice(["plain", "pattern", "blobs", "folds"]), rng.uniform(5, 250))


def cover(face, kind):
    """The face [48, 48] behind something."""
    x, eyes, mouth = 24 + rng.normal(0, 1.5), 18.5 + rng.normal(0, 1.5), 36.5 + rng.normal(0, 1.5)
    make = {
        "mask": lambda: mask(x, eyes, mouth),
        "scarf": lambda: scarf(x, eyes),
        "hand": lambda: hand(x, mouth, face.mean()),
        "sunglasses": lambda: sunglasses(x, eyes),
        "object": lambda: thing(x, mouth),
    }
    alpha, grey = make[kind]()
    return face * (1 - alpha) + np.clip(grey, 0, 255) * alpha


def blur(picture, sigma):
    taps = np.exp(-np.arange(-3, 4) ** 2 / (2 * sigma**2))
    taps /= taps.sum()
    padded = np.pad(picture, 3, mode="edge")
    rows = sum(tap * padded[:, at : at + SIDE] for at, tap in enumerate(taps))
    return sum(tap * rows[at : at + SIDE, :] for at, tap in enumerate(taps))


def augment(picture):
    """Mirrored, moved, scaled, turned, lit otherwise, blurred and with noise."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    scale, angle = rng.uniform(0.85, 1.15), rng.normal(0, 0.08)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    shift_x, shift_y = rng.normal(0, 1.2, 2)
    from_x = np.clip(24 + (xs - 24) * cos - (ys - 24) * sin + shift_x, 0, SIDE - 1.01)
    from_y = np.clip(24 + (xs - 24) * sin + (ys - 24) * cos + shift_y, 0, SIDE - 1.01)
    left, top = from_x.astype(int), from_y.astype(int)
    across, down = from_x - left, from_y - top
    upper = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    lower = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    picture = upper * (1 - down) + lower * down
    picture = picture * (1 + rng.uniform(-0.012, 0.012) * (ys - 24) + rng.uniform(-0.012, 0.012) * (xs - 24))
    picture = picture * rng.uniform(0.6, 1.3) + rng.uniform(-20, 20)
    if rng.random() < 0.4:
        picture = blur(picture, rng.uniform(0.4, 1.6))
    return np.clip(picture + rng.normal(0, rng.uniform(0, 3), SHAPE), 0, 255)


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


def make_examples(faces):
    """Features and labels (1 for covered) of each face as it is and covered."""
    pictures = []
    for face in faces:
        pictures.append(augment(face))
        pictures.append(augment(cover(face, KINDS[rng.integers(len(KINDS))])))
    return to_features(np.stack(pictures)), np.tile(np.float32([0, 1]), len(faces))


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


def quantized(weights):
    """int8 [units, features], and the scale of each unit."""
    by_unit = weights.T
    scales = np.abs(by_unit).max(1) / 127
    return np.round(by_unit / scales[:, None]).astype(np.int8), scales


def write_weights(parameters, threshold):
    weights, biases, outputs, output_bias = parameters
    steps, scales = quantized(weights)
    text = base64.b64encode(steps.tobytes()).decode()
    lines = " +\n".join(f"  '{text[at : at + 100]}'" for at in range(0, len(text), 100))
    numbers = lambda values: "[" + ", ".join(f"{value:.5g}" for value in values) + "]"
    WEIGHTS_FILE.write_text(
        f"""/**
 * Weights of the network that {{@link measureCover}} runs, written by scripts/make-cover-weights.py. The last bias is shifted so
 * that 0.5 is where one in fifty uncovered pictures counts as covered.
 */
import {{ fromBase64 }} from '../from-base64.js';

const WEIGHTS =
{lines};

export const COVER_WEIGHTS = {{
  /** `[units, features]`, to be multiplied by the unit's scale. */
  weights: new Int8Array(fromBase64(WEIGHTS).buffer),
  scales: {numbers(scales)},
  biases: {numbers(biases)},
  outputs: {numbers(outputs)},
  outputBias: {float(output_bias[0]) - threshold:.5g},
}} as const;
"""
    )


def main():
    folder = Path(sys.argv[1])
    training = load(folder / "fer2013.csv.gz", "Training")
    public_test = load(folder / "fer2013.csv.gz", "PublicTest")
    posed = load(folder / "posed-dev.csv.gz")
    parameters = train(*make_examples(training[::2]))
    threshold = float(np.quantile(score(parameters, to_features(training[1::2])), 1 - FALSE_SHARE))
    share = lambda pictures: round(float((score(parameters, to_features(pictures)) > threshold).mean()), 4)
    result = {
        "command": "python3 scripts/make-cover-weights.py FOLDER",
        "units": HIDDEN_UNITS,
        "thresholdOn": "every second Training picture, not trained on",
        "uncovered": {"publicTest": share(public_test), "posed": share(posed)},
        "covered": {kind: share(np.stack([cover(face, kind) for face in public_test[::8]])) for kind in KINDS},
    }
    write_weights(parameters, threshold)
    RESULT_FILE.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
