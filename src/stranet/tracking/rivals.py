"""What moves beside an object: the best examples of what it is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray

Floats = NDArray[np.floating]

SHARE = 0.5
"""Share of all weight that what moves outside of a box has, where there is enough of it: ..."""
ENOUGH = 0.01
"""... at least this share of all pixels."""


def counterexamples(certain: HoleArray, moving: Floats) -> Floats:
    """How much each pixel counts as an example of what an object is not.

    Spray, ripples and shadows move inside of a box as well as outside, where they are few among all that is at rest. So
    they get a share of their own.

    Args:
        certain: (h, w) bool, certainly not the object.
        moving: (h, w), above 0 = moves by itself, 1 and more = clearly; 0 everywhere = not known.

    Returns:
        (h * w,) weights, 0 where nothing is certain; 1 in sum, or zeros where nothing is certain anywhere.
    """
    evenly = certain.ravel().astype(np.float32)
    rivals = evenly * moving.ravel().clip(0, 1)
    evenly /= max(1.0, float(evenly.sum()))
    total = float(rivals.sum())
    if not total:
        return evenly
    share = SHARE * min(1.0, total / (ENOUGH * rivals.size))
    return ((1 - share) * evenly + share / total * rivals).astype(np.float32)
