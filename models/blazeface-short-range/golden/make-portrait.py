"""Writes portrait.json: what the TFLite file sees in examples/eileen-collins.png, shrunk to a quarter, by numpy alone.

The network is run by the reader of packages/formats/src/tflite/golden, which shares nothing with ours, in float64; its
outputs are decoded here by MediaPipe's formulas, anchor by anchor.

    /usr/bin/python3 models/blazeface-short-range/golden/make-portrait.py   (Debian's python3-pil and python3-numpy)

Ref: MediaPipe, face_detection_short_range.pbtxt (SsdAnchorsCalculator, TensorsToDetectionsCalculator).
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[3]
TFLITE = ROOT / "node_modules/@mediapipe/face_detection/face_detection_short_range.tflite"
READER = ROOT / "packages/formats/src/tflite/golden/make-golden.py"
PICTURE = ROOT / "examples/eileen-collins.png"
INPUT = 128
LEAST_SCORE = 0.3

spec = importlib.util.spec_from_file_location("reader", READER)
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)
reader.VALUES_PER_OUTPUT = 10**9  # all of them


def shrunk(shape):
    pixels = np.asarray(Image.open(PICTURE).convert("RGB"), dtype=np.float64)
    block = pixels.shape[0] // INPUT
    means = pixels.reshape(INPUT, block, INPUT, block, 3).mean(axis=(1, 3))
    assert list(means.shape) == list(shape)
    return means / 127.5 - 1


def anchors():
    for cells, count in [(16, 2), (8, 6)]:
        for row in range(cells):
            for column in range(cells):
                for _ in range(count):
                    yield (column + 0.5) / cells, (row + 0.5) / cells


_, _, outputs = reader.run(TFLITE, shrunk)
tensors = {output["name"]: np.reshape(output["values"], output["dims"]) for output in outputs}
boxes, logits = tensors["regressors"][0], tensors["classificators"][0, :, 0]
side = Image.open(PICTURE).size[0]
faces = []
for (x, y), box, logit in zip(anchors(), boxes, logits):
    score = 1 / (1 + np.exp(-np.clip(logit, -100, 100)))
    if score < LEAST_SCORE:
        continue
    center = np.array([x, y])
    middle = (box[:2] / INPUT + center) * side
    size = box[2:4] / INPUT * side
    points = (box[4:].reshape(-1, 2) / INPUT + center) * side
    faces.append(
        {"score": round(float(score), 6), "box": [*(middle - size / 2).round(4), *size.round(4)],
         "points": points.round(4).ravel().tolist()}
    )
golden = {"picture": PICTURE.name, "leastScore": LEAST_SCORE, "faces": faces}
Path(__file__).with_name("portrait.json").write_text(json.dumps(golden) + "\n")
print(len(faces), "anchors see a face")
