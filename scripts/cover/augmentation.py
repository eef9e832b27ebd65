"""Other pictures of the same face: mirrored, moved, lit otherwise, blurred."""

import numpy as np

from cover.random_pictures import SHAPE, SIDE, rng, xs, ys


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
