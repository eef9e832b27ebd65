"""Writes boxes.json: what OpenCV's CascadeClassifier finds in pictures that anyone can make again.

    /usr/bin/python3 models/haar-frontalface/golden/make-boxes.py [folder with group1.jpg …]

needs Debian's python3-opencv (4.6), opencv-data, python3-pil, and node for decode.js. A picture is described by a
recipe, which picture-recipes.ts beside the core's tests follows as well; the sha256 of its grey pixels shows
that both made the same one. Of photographs that may not be shipped, only the file's name and that sha256 are kept.

Boxes are [x, y, width, height, neighbours], sorted. A long list is kept as its length and the sha256 of its JSON text.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CASCADE = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"
LONGEST_LIST = 40

SCALE_FACTORS = [1.05, 1.1, 1.2, 1.3, 1.5]
MIN_NEIGHBORS = [0, 1, 3, 5]


def portrait_rgb():
    return np.array(Image.open(ROOT / "examples/eileen-collins.png").convert("RGB"))


def noise(width, height, seed):
    """A linear congruential generator's top byte, one step a pixel."""
    state, out = seed, bytearray()
    for _ in range(width * height):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return np.frombuffer(bytes(out), np.uint8).reshape(height, width)


def block_means(grey, n):
    """Means of n×n blocks, rounded down; a rest at the right and the bottom is dropped."""
    height, width = grey.shape[0] // n, grey.shape[1] // n
    blocks = grey[: height * n, : width * n].astype(np.int64).reshape(height, n, width, n)
    return (blocks.sum(axis=(1, 3)) // (n * n)).astype(np.uint8)


def make(recipe):
    """The grey picture of a recipe."""
    kind, (width, height) = recipe["kind"], recipe["size"]
    y, x = np.mgrid[0:height, 0:width]
    if kind == "flat":
        return np.full((height, width), recipe["level"], np.uint8)
    if kind == "gradient":
        return ((x * recipe["dx"] + y * recipe["dy"]) & 255).astype(np.uint8)
    if kind == "checks":
        return np.where((x // recipe["cell"] + y // recipe["cell"]) % 2 == 0, 50, 200).astype(np.uint8)
    if kind == "noise":
        return noise(width, height, recipe["seed"])
    if kind == "blurred-noise":
        n = recipe["blur"]
        wide = noise(width + n - 1, height + n - 1, recipe["seed"]).astype(np.int64)
        total = sum(wide[j : j + height, i : i + width] for j in range(n) for i in range(n))
        return (total // (n * n)).astype(np.uint8)
    if kind == "portrait":
        # block means by `shrink` (or each pixel `enlarge` times), moved by `offset`, repeated without end
        grey = np.array(Image.fromarray(portrait_rgb()).convert("L"))
        grey = block_means(grey, recipe.get("shrink", 1))
        enlarge = recipe.get("enlarge", 1)
        left, top = recipe.get("offset", [0, 0])
        tile = grey[((y + top) // enlarge) % grey.shape[0], ((x + left) // enlarge) % grey.shape[1]]
        return (tile >> recipe.get("darken", 0)) ^ (255 if recipe.get("invert") else 0)
    raise ValueError(kind)


PORTRAIT = {"kind": "portrait"}
RECIPES = {
    "portrait": {**PORTRAIT, "size": [512, 512]},
    "portrait, tight": {**PORTRAIT, "size": [320, 300], "offset": [64, 0]},
    "portrait, odd size": {**PORTRAIT, "size": [401, 333], "offset": [17, 3]},
    "portrait, twice as large": {**PORTRAIT, "size": [643, 641], "enlarge": 2, "offset": [230, 40]},
    "portraits, half size": {**PORTRAIT, "size": [515, 259], "shrink": 2},
    "portraits, a third": {**PORTRAIT, "size": [640, 480], "shrink": 3, "offset": [5, 9]},
    "portraits, a quarter": {**PORTRAIT, "size": [257, 255], "shrink": 4},
    "portrait, dark": {**PORTRAIT, "size": [512, 300], "darken": 2},
    "portrait, negative": {**PORTRAIT, "size": [350, 300], "invert": True},
    "face at 24×24": {**PORTRAIT, "size": [24, 24], "shrink": 4, "offset": [44, 17]},
    "face at 25×30": {**PORTRAIT, "size": [25, 30], "shrink": 4, "offset": [43, 14]},
    "face at 31×27": {**PORTRAIT, "size": [31, 27], "shrink": 4, "offset": [41, 15]},
    "strip": {**PORTRAIT, "size": [23, 100], "shrink": 4, "offset": [43, 0]},
    "strip, wide": {**PORTRAIT, "size": [300, 24], "shrink": 4, "offset": [0, 17]},
    "one pixel": {"kind": "flat", "size": [1, 1], "level": 7},
    "flat": {"kind": "flat", "size": [100, 80], "level": 128},
    "gradient": {"kind": "gradient", "size": [161, 120], "dx": 1, "dy": 1},
    "gradient, steep": {"kind": "gradient", "size": [200, 97], "dx": 3, "dy": 5},
    "checks": {"kind": "checks", "size": [203, 151], "cell": 8},
    "noise": {"kind": "noise", "size": [320, 240], "seed": 1},
    "noise, blurred": {"kind": "blurred-noise", "size": [333, 222], "seed": 2, "blur": 7},
    "noise, very blurred": {"kind": "blurred-noise", "size": [400, 300], "seed": 3, "blur": 19},
}

# Lets every window with contrast pass: what it finds in noise is where OpenCV looks.
PERMISSIVE_CASCADE = """<?xml version="1.0"?>
<opencv_storage><cascade type_id="opencv-cascade-classifier">
<stageType>BOOST</stageType><featureType>HAAR</featureType><height>24</height><width>24</width>
<stageParams><maxWeakCount>1</maxWeakCount></stageParams><featureParams><maxCatCount>0</maxCatCount></featureParams>
<stageNum>1</stageNum><stages><_><maxWeakCount>1</maxWeakCount><stageThreshold>-5.</stageThreshold><weakClassifiers>
<_><internalNodes>0 -1 0 0.</internalNodes><leafValues>1. 1.</leafValues></_></weakClassifiers></_></stages>
<features><_><rects><_>6 4 12 9 -1.</_><_>6 7 12 3 3.</_></rects></_></features></cascade></opencv_storage>
"""
# Rows and columns odd and even, one stripe of 32 positions and many, a first level that is not the picture itself.
SCANS = [
    ([24, 24], 1.3, 0, 0), ([25, 25], 1.1, 0, 0), ([26, 26], 1.05, 0, 0), ([31, 27], 1.05, 0, 0), ([27, 31], 1.05, 0, 0),
    ([55, 54], 1.05, 0, 0), ([56, 55], 1.05, 0, 0), ([57, 56], 1.1, 0, 0), ([88, 41], 1.2, 0, 0), ([101, 60], 1.5, 35, 72),
    ([150, 121], 1.3, 0, 0), ([153, 130], 1.1, 0, 0), ([199, 51], 1.3, 20, 73), ([196, 118], 1.2, 30, 68),
    ([131, 207], 1.3, 40, 41), ([320, 240], 1.3, 0, 0),
]  # fmt: skip

cv2.setNumThreads(1)
CLASSIFIER = cv2.CascadeClassifier(CASCADE)


def detect(grey, scale_factor, min_neighbors, min_size=0, max_size=0):
    boxes, neighbors = CLASSIFIER.detectMultiScale2(
        grey, scale_factor, min_neighbors, minSize=(min_size, min_size), maxSize=(max_size, max_size)
    )
    found = sorted([*map(int, box), int(n)] for box, n in zip(boxes, neighbors))
    if len(found) <= LONGEST_LIST:
        return found
    text = json.dumps(found, separators=(",", ":"))
    return {"length": len(found), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def expected(grey, scale_factors, min_neighbors):
    return [
        {"scaleFactor": factor, "minNeighbors": minimum, "boxes": detect(grey, factor, minimum)}
        for factor in scale_factors
        for minimum in min_neighbors
    ]


def scan(size, scale_factor, min_size, max_size):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(PERMISSIVE_CASCADE)
        file.flush()
        classifier = cv2.CascadeClassifier(file.name)
    limits = {"minSize": (min_size, min_size), "maxSize": (max_size, max_size)}
    boxes = classifier.detectMultiScale(noise(*size, 5), scale_factor, 0, **limits)
    text = json.dumps(sorted([*map(int, box)] for box in boxes), separators=(",", ":"))
    settings = {"size": size, "scaleFactor": scale_factor, **given(minSize=min_size, maxSize=max_size)}
    return {**settings, "count": len(boxes), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def given(**limits):
    """The limits that are not OpenCV's 0 for none."""
    return {name: value for name, value in limits.items() if value != 0}


def sha256(grey):
    return hashlib.sha256(np.ascontiguousarray(grey).tobytes()).hexdigest()


def main():
    pictures = []
    for name, recipe in RECIPES.items():
        grey = np.ascontiguousarray(make(recipe))
        runs = expected(grey, SCALE_FACTORS, MIN_NEIGHBORS)
        if name == "portraits, a third":
            for limits in [(40, 0), (0, 60), (30, 50), (60, 400), (0, 20), (36, 36), (37, 37), (37, 38)]:
                boxes = detect(grey, 1.1, 1, *limits)
                settings = given(minSize=limits[0], maxSize=limits[1])
                runs.append({"scaleFactor": 1.1, "minNeighbors": 1, **settings, "boxes": boxes})
        pictures.append({"name": name, "recipe": recipe, "sha256": sha256(grey), "runs": runs})

    rgb = portrait_rgb()
    colour = []
    for conversion, grey in {
        "pillow": np.array(Image.fromarray(rgb).convert("L")),
        "opencv": cv2.cvtColor(np.ascontiguousarray(rgb[:, :, ::-1]), cv2.COLOR_BGR2GRAY),
    }.items():
        colour.append({"grey": conversion, "sha256": sha256(grey), "runs": expected(grey, [1.05, 1.3], [0, 5])})

    photographs = []
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for path in sorted(folder.glob("*.jpg")) if folder else []:
        raw = subprocess.run(["node", HERE / "decode.js", path], check=True, capture_output=True).stdout
        width, height = np.frombuffer(raw[:8], "<u4")
        pixels = np.frombuffer(raw[8:], np.uint8).reshape(height, width, 3)
        grey = np.array(Image.fromarray(pixels).convert("L"))
        photographs.append(
            {"file": path.name, "sha256": sha256(grey), "runs": expected(grey, [1.1, 1.3], MIN_NEIGHBORS)}
        )

    write(
        oracle={"opencv": cv2.__version__, "script": "models/haar-frontalface/golden/make-boxes.py"},
        pictures=pictures,
        colour=colour,
        photographs=photographs,
        scans=[scan(*settings) for settings in SCANS],
    )


def write(**sections):
    """One item a line, so that a change shows as one."""
    compact = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    parts = [
        f"{compact(name)}:" + ("[\n" + ",\n".join(map(compact, value)) + "\n]" if isinstance(value, list) else compact(value))
        for name, value in sections.items()
    ]
    (HERE / "boxes.json").write_text("{" + ",\n".join(parts) + "}\n", "utf8")


main()
