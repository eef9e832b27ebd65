"""Synthetic covers: each is drawn as how much of a pixel it hides, 0 to 1, and its greys."""

import numpy as np

from cover.random_pictures import SHAPE, rng, xs, ys

KINDS = ["mask", "scarf", "hand", "sunglasses", "object"]


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
