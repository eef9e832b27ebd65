"""Writes jpeg.json: what libjpeg makes of a small grey picture at several qualities, for our own round trip to agree with.

Run: /usr/bin/python3 packages/train/src/augment/golden/make-jpeg.py   (Debian's python3-opencv 4.6 with libjpeg-turbo)

The picture is a part of examples/eileen-collins.png whose sides are no multiples of 8.
"""

import json
from pathlib import Path

import cv2

HERE = Path(__file__).parent
PORTRAIT = HERE / "../../../../../examples/eileen-collins.png"
WIDTH, HEIGHT = 45, 50
QUALITIES = [10, 30, 50, 75, 90, 100]


def main():
    portrait = cv2.imread(str(PORTRAIT), cv2.IMREAD_GRAYSCALE)
    face = cv2.resize(portrait[66:161, 176:271], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    decoded = {}
    for quality in QUALITIES:
        _, file = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded[quality] = cv2.imdecode(file, cv2.IMREAD_GRAYSCALE).flatten().tolist()
    golden = {"width": WIDTH, "height": HEIGHT, "picture": face.flatten().tolist(), "decoded": decoded}
    (HERE / "jpeg.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
