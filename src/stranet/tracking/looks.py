"""How an object looks: by what single pixels show, and by what a network that knows photographs sees there.

Colours find the outline to the pixel, but an object of two colours, or of those behind it, has to be known as a whole.
Each model is a ridge regression of its own, and their scores are averaged: so neither can drown the other.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.appearance import Appearance, Floats, weights_of
from stranet.tracking.region import Region
from stranet.tracking.ridge import Ridge
from stranet.types import HoleArray

PHOTO = 0.6
"""Share of the network's score; the rest is that of single pixels."""
STRENGTH = 0.1
"""Regularisation of the network's features, which are many and alike."""
MOST = 1.2
"""Scores count up to this, for and against."""


class Seen(NamedTuple):
    """What both models see of a region."""

    units: Floats
    """(h * w, U) of single pixels."""
    photo: Floats
    """(h', w', D) of the network, on a coarser grid over the same region."""
    shape: tuple[int, int]
    """(h, w) of the region's grid."""


class Looks:
    """How an object looks and how its surroundings do.

    Args:
        features: (h * w, F), see `pixel_features`, of the frame in which the object is known.
        photo: (h', w', D), see `seen_at`, of that frame.
        share: of the network's score, 0 to 1.
        strength: regularisation of the network's features.
    """

    def __init__(self, features: Floats, photo: Floats, share: float = PHOTO, strength: float = STRENGTH) -> None:
        self._pixels, self._share = Appearance(features), share
        flat = photo.reshape(-1, photo.shape[-1])
        self._mean, self._deviation = flat.mean(0), flat.std(0) + 1e-3
        self._photo = Ridge(photo.shape[-1] + 1, strength)

    def seen(self, features: Floats, photo: Floats, shape: tuple[int, int]) -> Seen:
        """Make both comparable with what was learned; the last of the network's features becomes 1."""
        scaled = np.ones((*photo.shape[:2], photo.shape[2] + 1), np.float32)
        scaled[..., :-1] = (photo - self._mean) / self._deviation
        return Seen(self._pixels.units(features), scaled, shape)

    def score(self, seen: Seen) -> Floats:
        """(h, w): about 1 on the object, -1 beside it."""
        pixels = self._pixels.score(seen.units).reshape(seen.shape)
        height, width = seen.shape
        photo = cv2.resize(self._photo.score(seen.photo), (width, height), interpolation=cv2.INTER_LINEAR)
        return (1 - self._share) * pixels.clip(-MOST, MOST) + self._share * photo.clip(-MOST, MOST)  # type: ignore[return-value]

    def learn(self, seen: Seen, hole: HoleArray, sure: Floats | None = None) -> None:
        """Learn from a frame; the first one that is learned from is the anchor.

        Args:
            seen: of the frame.
            hole: (h, w) bool, the object.
            sure: (h, w), how much each pixel counts; None = all alike.
        """
        weight = weights_of(hole) if sure is None else weights_of(hole) * sure
        self.learn_weighted(seen, weight * hole, weight * ~hole)

    def learn_weighted(self, seen: Seen, yes: Floats, no: Floats, *, anew: bool = False) -> None:
        """The same from (h, w) weights of each pixel for and against; ``anew``: forget what was learned before."""
        self._pixels.learn(seen.units, yes.ravel(), no.ravel(), anew=anew)
        height, width, count = seen.photo.shape
        # A cell of the coarser grid that holds both speaks for both.
        coarse = (cv2.resize(each, (width, height), interpolation=cv2.INTER_AREA).ravel() for each in (yes, no))
        self._photo.learn(seen.photo.reshape(-1, count), *coarse, anew=anew)  # type: ignore[arg-type]


def seen_at(rgb: NDArray[np.uint8], region: Region) -> Floats:
    """(h', w', D): what the network sees in a region of a frame, (H, W, 3)."""
    # Torch takes a second to import, which those who only ask for options or mark frames need not wait for.
    from stranet.photo.features import photo_features

    return photo_features(np.ascontiguousarray(rgb[region.y0 : region.y1, region.x0 : region.x1]))
