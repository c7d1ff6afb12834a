"""The outline of an object from a few marks on one picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.prompts import Prompt
from stranet.types import HoleArray

ROUNDS = 5
"""Rounds of fitting colours and cutting."""


def segment_frame(
    rgb: NDArray[np.uint8], prompts: Sequence[Prompt], before: HoleArray | None = None
) -> HoleArray:
    """Find an object in one picture.

    Args:
        rgb: (H, W, 3).
        prompts: marks of one object, in pixels of ``rgb``; they count together.
        before: (H, W) bool, a mask that points and strokes correct; None = there is none.

    Returns:
        (H, W) bool; a mask among the prompts comes back as it is, but for points and strokes that correct it.
    """
    height, width = rgb.shape[:2]
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    known = before
    for prompt in prompts:
        if prompt.mask is not None:
            known = prompt.mask if known is None or known is before else known | prompt.mask
    if known is not None:
        labels[known] = cv2.GC_PR_FGD
    boxed = False
    for prompt in prompts:
        if prompt.box is not None and known is None:
            x, y, w, h = prompt.box
            labels[max(0, round(y)) : max(1, round(y + h)), max(0, round(x)) : max(1, round(x + w))] = cv2.GC_PR_FGD
            boxed = True
    if known is not None and not any(p.points or p.not_points or p.strokes is not None for p in prompts):
        return known
    if known is None and not boxed:
        labels[:] = cv2.GC_PR_BGD
    for prompt in prompts:
        for value, points, strokes in (
            (cv2.GC_FGD, prompt.points, prompt.strokes),
            (cv2.GC_BGD, prompt.not_points, prompt.not_strokes),
        ):
            for x, y in points:
                cv2.circle(labels, (int(x), int(y)), max(2, min(height, width) // 100), value, -1)
            if strokes is not None:
                labels[strokes] = value
    if not np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        return np.zeros((height, width), bool)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(rgb, labels, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
