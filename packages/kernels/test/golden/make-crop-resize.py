"""Writes crop-resize.json: expected values for cropResize, computed by Pillow from a small picture.

Run: /usr/bin/python3 packages/kernels/test/golden/make-crop-resize.py   (Debian's python3-pil; made with 9.4)

`exact` comes from Pillow's float mode ('F', one plane at a time), which does not round between its two passes;
`rounded` is the usual 8-bit result, which may differ from it by a level.
"""

import json
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 23, 17

# left, top, width, height, output width, output height; fractions that float32 holds exactly
CASES = [
    (0, 0, 23, 17, 23, 17),
    (0, 0, 23, 17, 6, 5),
    (0, 0, 23, 17, 40, 9),
    (3, 2, 10, 12, 5, 6),
    (2.5, 1.25, 7.75, 11.5, 9, 4),
    (4.75, 3.5, 2.25, 1.5, 8, 8),
    (10.125, 0, 12.875, 17, 3, 16),
    (0.5, 0.5, 22, 16, 1, 1),
]


def picture():
    """Three planes of reproducible noise over a ramp."""
    state = 1
    values = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            for plane in range(3):
                state = (state * 1103515245 + 12345) % 2**31
                values.append((x * 7 + y * 5 + plane * 40 + (state >> 16) % 90) % 256)
    return values


def main():
    pixels = picture()
    planes = [Image.frombytes("L", (WIDTH, HEIGHT), bytes(pixels[plane::3])) for plane in range(3)]
    cases = []
    for left, top, width, height, w_out, h_out in CASES:
        box = (left, top, left + width, top + height)
        resize = lambda image: list(image.resize((w_out, h_out), Image.BILINEAR, box=box).getdata())
        exact = [resize(plane.convert("F")) for plane in planes]
        cases.append(
            {
                "rectangle": {"left": left, "top": top, "width": width, "height": height},
                "size": [h_out, w_out],
                "exact": [round(value, 4) for pixel in zip(*exact) for value in pixel],
                "rounded": [value for pixel in zip(*map(resize, planes)) for value in pixel],
            }
        )
    golden = {"width": WIDTH, "height": HEIGHT, "channels": 3, "picture": pixels, "cases": cases}
    Path(__file__).with_name("crop-resize.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
