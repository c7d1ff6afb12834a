"""Robust registration on visible pixels: one homography per neighbouring pair, corrected for the box of a target.

The unlearned counterpart of the affine branch (paper section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from stranet.geometry.homography import IDENTITY, compose, is_plausible
from stranet.geometry.robust_fit import fit_motions
from stranet.model.flow import FlowEstimator, flow_where_both_show
from stranet.model.low_frame import LowFrame
from stranet.pages import on_own_pages
from stranet.types import Box, Size

NO_POINTS = np.zeros((0, 2), np.float32)


class FrameMotion(NamedTuple):
    """How a frame moves on to the next one, in low-resolution pixels."""

    whole: np.ndarray | None
    """(3, 3) homography of most of the frame; None where none fits."""
    points: np.ndarray = NO_POINTS
    """(N, 2) float32 (x, y), visible in both and textured ..."""
    found: np.ndarray = NO_POINTS
    """... and where they are found in the next frame, (N, 2) float32."""

    def within(self, box: Box) -> tuple[np.ndarray, np.ndarray]:
        """The points of a box, and where they are found."""
        inside = ((self.points >= (box.x0, box.y0)) & (self.points < (box.x1, box.y1))).all(1)
        return self.points[inside], self.found[inside]


Registration = Callable[[LowFrame, LowFrame], FrameMotion]
"""From a frame to the next one."""
FLOW_REACH = 4
"""How far flow is disturbed around a hole, in low-resolution pixels."""
TOLERANCE = 0.7
"""How far an inlier may lie from its homography, in low-resolution pixels."""
FLAT = 0.7
"""Where the mean gradient around a pixel is below this, in 8-bit levels per pixel, nothing tells how it moves."""
FLAT_REACH = 3
"""How far around a pixel that is looked at."""
FLAT_SHARE = 0.1
"""What flow counts there when it is carried on, beside that of textured surroundings."""
ODD = 5.0
"""Flow this far from the registration, in low-resolution pixels, counts half when it is carried on: it may be that of
somebody who passes by, and ends behind the hole's edge."""
POINT_STEP = 6
"""Every so many pixels a flow vector takes part in a fit."""


def brought_onto(reference: LowFrame, homography: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """What a reference shows of a target's box: gray (h, w) uint8, and where it is visible, (h, w) bool."""
    matrix = homography @ np.array([[1, 0, box.x0], [0, 1, box.y0], [0, 0, 1]], np.float64)
    size, flags = (box.x1 - box.x0, box.y1 - box.y0), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    gray = cv2.warpPerspective(reference.gray, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.warpPerspective(reference.visible.astype(np.uint8) * 255, matrix, size, flags=flags)
    return gray, shown == 255


class Residual:
    """What remains between a target's box and a reference once a homography has brought them together."""

    def __init__(
        self, flow: FlowEstimator, target: LowFrame, reference: LowFrame, homography: np.ndarray, box: Box
    ) -> None:
        self.homography, self.box = homography, box
        gray, shown = brought_onto(reference, homography, box)
        self.flow, self.trusted = flow_where_both_show(
            flow, target.gray[box.slices], target.visible[box.slices], gray, shown, FLOW_REACH
        )

    def weight(self, rich: np.ndarray) -> np.ndarray:
        """(h, w) float32 in [0, 1]: how much the flow of a pixel says about the motion of its surroundings.

        Args:
            rich: (h, w) bool, where the target's box is textured.
        """
        x, y = self.flow[..., 0], self.flow[..., 1]  # a sum over so short an axis takes fifteen times as long
        other = 1 + (x * x + y * y) / ODD**2
        return self.trusted * np.where(rich, np.float32(1), np.float32(FLAT_SHARE)) / other

    def telling(self, rich: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points of the box, (N, 2) float32 (x, y), whose motion is known, and where the flow finds them.

        Args:
            rich: (h, w) bool, where the target's box is textured.
        """
        rows, columns = POINT_STEP * np.stack(np.nonzero((self.trusted & rich)[::POINT_STEP, ::POINT_STEP]))
        points = np.stack((columns, rows), -1).astype(np.float32) + np.array((self.box.x0, self.box.y0), np.float32)
        return points, points + self.flow[rows, columns]


def refit(target: LowFrame, residuals: Sequence[Residual], rich: np.ndarray) -> list[np.ndarray | None]:
    """The homographies corrected by the trusted flow; None where that carries no plausible fit.

    Args:
        target: of all residuals.
        residuals: on one box.
        rich: (h, w) bool, where that box is textured.
    """
    return _corrected(target, residuals, [residual.telling(rich) for residual in residuals])


def _corrected(
    target: LowFrame, residuals: Sequence[Residual], matches: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[np.ndarray | None]:
    """As `refit`, from points of every residual and where they are found."""
    size = Size(target.gray.shape[1], target.gray.shape[0])
    corrections = fit_motions(matches, TOLERANCE)
    corrected = [
        None if correction is None else compose(residual.homography, correction)
        for residual, correction in zip(residuals, corrections, strict=True)
    ]
    return [None if motion is None or not is_plausible(motion, size) else motion for motion in corrected]


def textured(gray: np.ndarray) -> np.ndarray:
    """(h, w) bool: flow over a clear sky says nothing about the camera, however much of the frame it fills."""
    dx, dy = (cv2.Sobel(gray, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    side = 2 * FLAT_REACH + 1
    return cv2.boxFilter(dx * dx + dy * dy, -1, (side, side)) > FLAT**2


def register_neighbours(flow: FlowEstimator, earlier: LowFrame, later: LowFrame) -> FrameMotion:
    """From a frame to the next one, fitted on everything that both show.

    Starts from the identity and not from the motion before: a static camera then stays exactly static.
    """
    height, width = earlier.visible.shape
    whole = Residual(flow, earlier, later, IDENTITY, Box(0, 0, width, height))
    points, found = whole.telling(textured(earlier.gray))
    motion = _corrected(earlier, [whole], [(points, found)])[0]
    return FrameMotion(motion, on_own_pages(points), on_own_pages(found))  # they wait as long as their frame
