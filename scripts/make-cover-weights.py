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

from cover.augmentation import augment
from cover.covers import KINDS, cover
from cover.network import HIDDEN_UNITS, score, to_features, train
from cover.random_pictures import SIDE, rng

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS_FILE = ROOT / "packages/core/src/quality/cover-weights.ts"
RESULT_FILE = ROOT / "bench/results/covered.json"
FALSE_SHARE = 0.02


def load(path, usage=None):
    """Pictures [n, 48, 48] of a file in the form of FER2013, greys 0 to 255."""
    with gzip.open(path, "rt") as file:
        rows = csv.reader(file)
        next(rows)
        pictures = [np.array(row[1].split(), dtype=np.uint8) for row in rows if usage in (None, row[2])]
    return np.stack(pictures).reshape(-1, SIDE, SIDE).astype(np.float32)


def make_examples(faces):
    """Features and labels (1 for covered) of each face as it is and covered."""
    pictures = []
    for face in faces:
        pictures.append(augment(face))
        pictures.append(augment(cover(face, KINDS[rng.integers(len(KINDS))])))
    return to_features(np.stack(pictures)), np.tile(np.float32([0, 1]), len(faces))


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
