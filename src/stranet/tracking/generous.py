"""What may be the object as well: for removal, missing a limb is worse than a wide mask."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.region import without_crumbs
from stranet.types import HoleArray

POSSIBLE = 7.5
"""Log odds against a pixel that may be the object nevertheless, ..."""
NEAR = 30
"""... no farther from it than so many grid pixels, or from where it is expected while it is hidden."""
CRUMBS = 0.03
"""Pieces below this share of the largest are noise."""


def possible_near(object_there: HoleArray, log_odds: NDArray[np.floating]) -> HoleArray:
    """(h, w) bool: what may be the object.

    Args:
        object_there: (h, w) bool, where it is found or expected.
        log_odds: (h, w), positive = rather the object.
    """
    near = cv2.dilate(object_there.view(np.uint8), np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)) > 0
    return without_crumbs(near & (log_odds > -POSSIBLE), CRUMBS)
