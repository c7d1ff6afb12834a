"""How well a pixel is fenced off from where an object cannot be.

The minimum barrier distance (Strand et al. 2013; for saliency, Zhang et al. 2015): over all paths from the seeds, the
least of the differences between the highest and the lowest value on the way. Background that runs on into a box is
reached over a low barrier, however different it is from the rest; an object has an outline all around.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray

WIDTH = 96
"""Longer side, in pixels, of the picture in which barriers are worked out."""
ROUNDS = 120
"""Sweeps at most; a path can be about as many pixels long as there are sweeps, so pictures must be small."""


def barrier_colours(lab: NDArray[np.floating]) -> NDArray[np.floating]:
    """(h, w, 3) CIE Lab -> a picture that is `WIDTH` pixels long, for barriers: single pixels are smoothed away."""
    height, width = lab.shape[:2]
    scale = WIDTH / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    colours = cv2.resize(lab, size, interpolation=cv2.INTER_AREA) + np.array((0, 128, 128), np.float32)
    return cv2.medianBlur(colours.clip(0, 255).astype(np.uint8), 3).astype(np.float32)


def barrier_distance(image: NDArray[np.floating], seeds: HoleArray) -> NDArray[np.floating]:
    """Barrier from the nearest seed, summed over channels; approximate, as paths are kept greedily.

    Args:
        image: (h, w, C), about 96 pixels wide.
        seeds: (h, w) bool.

    Returns:
        (h, w); 0 on the seeds, inf where there is none.
    """
    highest, lowest = image.copy(), image.copy()
    distance = np.where(seeds, np.float32(0), np.float32(np.inf))
    for _ in range(ROUNDS):
        changed = False
        for here, there in _NEIGHBOURS:
            high = np.maximum(image[here], highest[there])
            low = np.minimum(image[here], lowest[there])
            barrier = np.where(np.isfinite(distance[there]), (high - low).sum(-1), np.inf)
            better = barrier < distance[here] - 1e-3
            if better.any():
                changed = True
                distance[here] = np.where(better, barrier, distance[here])
                highest[here] = np.where(better[..., None], high, highest[here])
                lowest[here] = np.where(better[..., None], low, lowest[here])
        if not changed:
            break
    return distance.astype(np.float32)


_ALL, _FIRST, _LAST = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (
    ((_LAST, _ALL), (_FIRST, _ALL)),
    ((_ALL, _LAST), (_ALL, _FIRST)),
    ((_FIRST, _ALL), (_LAST, _ALL)),
    ((_ALL, _FIRST), (_ALL, _LAST)),
)
