"""How steady an output is: the warping error inside the hole, along the motion of the truth, and flicker.

Where the truth itself can be predicted from its previous frame, a good output can be predicted in the same way. Where
there is no truth, an output can only be followed along its own motion, which flatters what is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.evaluation.metrics import DATA_RANGE
from stranet.evaluation.regions import surroundings
from stranet.types import HoleArray

PREDICTABLE = 12
"""Levels of 255: the truth counts as predictable where it is, averaged over the channels, nearer to its warped self."""
WARP_ERROR_UNIT = 1e-3
"""Warping errors are mean squares at data range 1, reported in thousandths."""

Uint8Array = NDArray[np.uint8]


@dataclass(frozen=True)
class TruthMotion:
    """Where each pixel of a frame was in the previous frame, from the truth alone; shared by all methods.

    Convention: backward flow, frame -> previous frame, as absolute positions (x, y) in pixels, float32.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    predictable: HoleArray
    """(H, W): True where following the motion predicts the truth."""

    def follow(self, previous: Uint8Array, window: tuple[slice, slice] = (slice(None), slice(None))) -> Uint8Array:
        """A window of the previous frame warped onto this one (bilinear, black outside)."""
        return cv2.remap(previous, self.x[window], self.y[window], cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def truth_motion(truth: Uint8Array, previous: Uint8Array) -> TruthMotion:
    """Motion between two frames of the truth by OpenCV's DIS flow (medium preset), and where it can be trusted."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey, previous_grey = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (truth, previous))
    flow = np.asarray(dis.calc(grey, previous_grey, np.zeros((*grey.shape, 2), np.float32)), np.float32)
    height, width = grey.shape
    x = np.arange(width, dtype=np.float32)[None, :] + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    motion = TruthMotion(x, y, np.ones((height, width), bool))
    error = np.abs(motion.follow(previous).astype(np.int16) - truth).mean(axis=2)
    return TruthMotion(x, y, error < PREDICTABLE)


def warp_error(motion: TruthMotion, output: Uint8Array, previous: Uint8Array, hole: HoleArray) -> float | None:
    """Mean squared difference between an output and its previous output warped onto it, inside the hole.

    Returns:
        Thousandths of a squared data range (lower is better), or None where no hole pixel is predictable.
    """
    region = hole & motion.predictable
    if not region.any():
        return None
    window = surroundings(region, 0).slices
    expected = motion.follow(previous, window)[region[window]]
    return cv2.norm(output[region], expected, cv2.NORM_L2SQR) / expected.size / DATA_RANGE**2 / WARP_ERROR_UNIT


def flicker(
    truth: Uint8Array, truth_before: Uint8Array, output: Uint8Array, output_before: Uint8Array, both: HoleArray
) -> float | None:
    """Mean absolute difference between the change of the output and that of the truth, from one frame to the next.

    Pixel by pixel and without motion: what is wrong in the same way in both frames does not flicker.

    Args:
        truth, truth_before, output, output_before: (H, W, 3) uint8.
        both: (H, W), what is missing in both frames.

    Returns:
        Levels of 255 (lower is better), or None where nothing is missing in both frames.
    """
    if not both.any():
        return None
    change = truth[both].astype(np.int16) - truth_before[both]
    own = output[both].astype(np.int16) - output_before[both]
    return float(np.abs(own - change).mean())


def own_warp_error(output: Uint8Array, previous: Uint8Array, hole: HoleArray) -> float | None:
    """`warp_error` of an output along its own motion, over the whole hole: for clips without truth.

    Returns:
        Thousandths of a squared data range, or None without a hole.
    """
    motion = truth_motion(output, previous)
    return warp_error(TruthMotion(motion.x, motion.y, np.ones_like(hole)), output, previous, hole)
