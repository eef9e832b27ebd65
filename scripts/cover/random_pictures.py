"""What the synthetic pictures of covered faces share: one random generator, and the grid of a picture's pixels."""

import numpy as np

SIDE = 48
SHAPE = (SIDE, SIDE)

rng = np.random.default_rng(1)
ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
