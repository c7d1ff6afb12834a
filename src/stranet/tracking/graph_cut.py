"""The outline that fits evidence and edges best: a minimum cut, by the solver inside OpenCV's GrabCut.

GrabCut's own colour models are replaced by two fixed normal distributions over a picture whose first channel holds the
evidence: with equal variances the log of their ratio is linear in it, so the cut sees exactly the evidence that it is
given, while the other two channels (lightness and one chroma) place the cut on edges.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray

EVIDENCE = 8.0
"""What one unit of log odds counts, where GrabCut's price of a flat edge is 50."""
_LEVELS = 8
"""Levels of the first channel to one unit of log odds."""
_DEVIATION = 10.0


def cut(log_odds: NDArray[np.float32], lab: NDArray[np.float32], outside: HoleArray) -> HoleArray:
    """The object's pixels.

    Args:
        log_odds: (h, w), positive = rather the object.
        lab: (h, w, 3), CIE L (0 to 100), a and b.
        outside: (h, w) bool, certainly not the object.

    Returns:
        (h, w) bool.
    """
    likely = (log_odds > 0) & ~outside
    if not likely.any():
        return likely
    labels = np.where(likely, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    labels[outside] = cv2.GC_BGD
    channels = (128 + _LEVELS * log_odds, 2.55 * lab[..., 0], 128 + 2 * lab[..., 1])
    picture = np.stack(channels, -1).clip(0, 255).astype(np.uint8)
    # Two normal distributions 2 * half apart, of this deviation: log odds of 2 * half / deviation**2 a level.
    half = EVIDENCE * _DEVIATION**2 / (2 * _LEVELS)
    models = _normal(128 - half), _normal(128 + half)
    cv2.grabCut(picture, labels, None, *models, 1, cv2.GC_EVAL_FREEZE_MODEL)  # type: ignore[call-overload]
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def _normal(mean: float) -> NDArray[np.float64]:
    """A model of GrabCut's with one component: five weights, five means, five covariances."""
    model = np.zeros((1, 65))
    model[0, 0] = 1
    model[0, 5:8] = mean, 128, 128
    for component in range(5):
        model[0, 20 + 9 * component : 29 + 9 * component] = (np.eye(3) * _DEVIATION**2).ravel()
    return model
