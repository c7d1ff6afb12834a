"""What tells an object from its surroundings: a small network whose first layer is random and whose second is solved.

Features of a pixel (colour at three scales, texture, place relative to the object, motion relative to the camera, and
difference from the scene behind) go through a fixed layer of random rectified units; weights on these are a ridge
regression to +1 on the object and -1 beside it (an extreme learning machine, Huang et al. 2006). All that is remembered
of a frame is its normal equations: learning from hundreds of frames costs no memory, recent frames count more, and the
marked one never fades.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.ridge import Ridge
from stranet.types import HoleArray

Floats = NDArray[np.floating]

UNITS = 96
"""Random units."""
SPREAD = 0.7
"""Deviation of their weights: how sharply they bend."""
SCALES = (0.7, 3.0, 5.0)
"""Blurs at which colour is seen, in grid pixels."""
LIGHTNESS = 0.6
"""How much lightness counts, where chroma counts 1."""
RIDGE = 1e-2
"""Regularisation, where all samples together weigh 1."""
SAMPLES = 4000
"""Pixels of a frame that are learned from, ..."""
ANEW = 13000
"""... and of one that is all there is to learn from."""
SKIP = 1.5
"""Grid pixels beside the outline, on both sides, that are not learned from: they are mixed."""
NEAR = 0.15
"""What counts as close by, in multiples of the object's size, ..."""
NEAR_WEIGHT = 0.6
"""... and its share of the weight of all that is not the object."""
_OTHERS = 8
"""Features behind the colours: texture (3), place (2), motion (2), change (1)."""
_LEAST_DEVIATION = (3.0, 2.0, 2.0)
"""Of L, a and b, so that noise is not blown up."""


def pixel_features(rgb: NDArray[np.uint8], place: Floats, motion: Floats, change: Floats) -> tuple[Floats, Floats]:
    """Features of every pixel.

    Args:
        rgb: (h, w, 3).
        place: (h, w, 2), relative to the object's centre, in multiples of its size.
        motion: (h, w, 2), relative to the camera.
        change: (h, w), how much it differs from the scene that other frames show.

    Returns:
        (h * w, F) features, and (h, w, 3) CIE Lab.
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    scaled = lab * np.array((LIGHTNESS, 1, 1), np.float32)
    colours = [cv2.GaussianBlur(scaled, (0, 0), scale) for scale in SCALES]
    light = scaled[..., 0]
    slopes = [cv2.GaussianBlur(np.abs(cv2.Sobel(light, cv2.CV_32F, *order)), (0, 0), 2.5) for order in ((1, 0), (0, 1))]
    mean, square = (cv2.GaussianBlur(plane, (0, 0), 4.0) for plane in (light, light * light))
    contrast = np.sqrt(np.maximum(square - mean * mean, 0))
    features = np.concatenate(
        (*colours, *(each[..., None] for each in (*slopes, contrast)), place, motion, change[..., None]), -1
    )
    return features.reshape(-1, features.shape[-1]).astype(np.float32, copy=False), lab  # type: ignore[return-value]


class Appearance:
    """How an object looks and how its surroundings do.

    Args:
        features: (N, F) of the frame in which the object is known: they set the scale of each.
    """

    def __init__(self, features: Floats) -> None:
        count = features.shape[1]
        self._mean, self._deviation = features.mean(0), features.std(0) + 1e-3
        self._mean[-5:] = 0
        self._deviation[-5:-3] = 0.5
        self._deviation[-3:] = np.maximum(self._deviation[-3:], 1)
        self._deviation[-1] = 0.5
        for first in range(0, count - _OTHERS, 3):
            self._deviation[first : first + 3] = np.maximum(self._deviation[first : first + 3], _LEAST_DEVIATION)
        rng = np.random.default_rng(0)
        weights = rng.normal(size=(count, UNITS)) * (rng.random((count, UNITS)) < 0.5) * SPREAD
        weights = weights.astype(np.float32) / self._deviation[:, None]
        # A last feature that is always 1 holds the offsets and makes a last unit that is always 1.
        self._layer = np.zeros((count + 1, UNITS + 1), np.float32)
        self._layer[:-1, :-1] = weights
        self._layer[-1, :-1] = rng.uniform(-1.5, 1.5, UNITS).astype(np.float32) - self._mean @ weights
        self._layer[-1, -1] = 1
        self._ridge = Ridge(UNITS + 1, RIDGE)

    def units(self, features: Floats) -> Floats:
        """(N, F) -> (N, U + 1); the last is 1."""
        with_one = np.ones((len(features), len(self._layer)), np.float32)
        with_one[:, :-1] = features
        units = with_one @ self._layer
        return np.maximum(units, 0, out=units)

    def score(self, units: Floats) -> Floats:
        """(N, U + 1) -> (N,): about 1 on the object, -1 beside it."""
        return self._ridge.score(units)

    def learn(self, units: Floats, yes: Floats, no: Floats, *, anew: bool = False) -> None:
        """Learn from a frame: (N, U + 1), and twice (N,) how much each pixel counts, see `Ridge.learn`."""
        chosen = np.flatnonzero(yes + no)
        chosen = chosen[:: max(1, len(chosen) // (ANEW if anew else SAMPLES))]
        self._ridge.learn(units[chosen], yes[chosen], no[chosen], anew=anew)


def signed_distances(hole: HoleArray) -> tuple[Floats, Floats]:
    """(h, w) twice: distance to the outline inside a mask, and outside of it; 0 on the other side."""
    picture = hole.view(np.uint8)
    inside = cv2.distanceTransform(picture, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - picture, cv2.DIST_L2, 3)
    return inside, outside  # type: ignore[return-value]


def weights_of(hole: HoleArray) -> Floats:
    """(h, w): how much each pixel counts before the two sides are balanced."""
    inside, outside = signed_distances(hole)
    object_pixels, others = inside > SKIP, outside > SKIP
    near = others & (outside < NEAR * float(hole.sum() + 1) ** 0.5 + SKIP)
    weight = np.zeros(hole.shape, np.float32)
    for where, share in ((object_pixels, 1.0), (others, 1 - NEAR_WEIGHT), (near, NEAR_WEIGHT)):
        weight[where] += share / max(1, int(where.sum()))
    return weight
