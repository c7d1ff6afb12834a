"""Joint alignment: every reference is brought onto the target twice, by registration and by optical flow.

Paper section 3.2, "Joint alignment network". Both results are candidates; the temporal attention chooses between them
at every position.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.homography import apply_homography, pixel_grid
from stranet.model.flow import FlowEstimator
from stranet.model.low_frame import LowFrame
from stranet.model.registration import Residual, refit, textured
from stranet.types import Box

Branches = Literal["joint", "affine", "flow"]


class Alignment(NamedTuple):
    """K candidates for the box of one target."""

    position: Tensor
    """(K, 2, h, w) float32: where in its reference a target pixel is found, in low-resolution pixels, (x, y)."""
    reference: Tensor
    """(K,) long: which reference, as an index into the sequence that was aligned."""
    is_flow: Tensor
    """(K,) bool: from the flow branch."""


class JointAlignment:
    """Registration and completed optical flow, both as candidates."""

    def __init__(self, flow: FlowEstimator, branches: Branches = "joint", rough: FlowEstimator | None = None) -> None:
        """Choose the parts.

        Args:
            flow: what is left of the motion once frames are registered.
            branches: which candidates there are.
            rough: a cheaper estimate that the registration is corrected by; robust fits average its errors out.
        """
        self._flow, self._rough, self._branches = flow, rough or flow, branches

    def __call__(
        self, target: LowFrame, references: Sequence[LowFrame], homographies: Sequence[np.ndarray], box: Box
    ) -> Alignment:
        """Align the surroundings of a hole with every reference.

        Args:
            target: the frame to be filled.
            references: R frames of the same shot.
            homographies: R (3, 3) first guesses, target -> reference, in low-resolution pixels.
            box: the part of the target that is aligned.
        """
        residuals = self._align(target, references, homographies, box)
        grid = pixel_grid(box)
        positions: list[np.ndarray] = []
        order: list[int] = []
        if self._branches != "flow":
            positions += [apply_homography(residual.homography, grid) for residual in residuals]
            order += range(len(residuals))
        if self._branches != "affine":
            rich = textured(target.gray[box.slices])
            completed = complete_flow([r.flow for r in residuals], [r.weight(rich) for r in residuals])
            positions += [
                apply_homography(residual.homography, grid + flow)
                for residual, flow in zip(residuals, completed, strict=True)
            ]
            order += range(len(residuals))

        affine = 0 if self._branches == "flow" else len(residuals)
        return Alignment(_planar(positions), torch.tensor(order), torch.arange(len(order)) >= affine)

    def _align(
        self, target: LowFrame, references: Sequence[LowFrame], guesses: Sequence[np.ndarray], box: Box
    ) -> list[Residual]:
        """Registered anew on the box, all at once, and what flow remains."""
        pairs = list(zip(references, guesses, strict=True))
        better = refit(target, [Residual(self._rough, target, reference, guess, box) for reference, guess in pairs])
        return [
            Residual(self._flow, target, reference, guess if found is None else found, box)
            for (reference, guess), found in zip(pairs, better, strict=True)
        ]


def _planar(positions: Sequence[np.ndarray]) -> Tensor:
    """K (h, w, 2) -> (K, 2, h, w)."""
    height, width, _ = positions[0].shape
    planes = np.empty((len(positions), 2, height, width), np.float32)
    for position, (x, y) in zip(positions, planes, strict=True):
        cv2.split(position, [x, y])
    return torch.from_numpy(planes)


def complete_flow(flows: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Flow inside the hole: what remains beyond the homography, carried inward from where it tells something.

    Args:
        flows: R (h, w, 2) float32, relative to the homography.
        weights: R (h, w) float32 in [0, 1]; 1 = kept as it is, 0 = unknown.

    Returns:
        (R, h, w, 2) float32; zero, hence the homography alone, where every weight is 0.
    """
    return diffuse(_planar(flows), torch.from_numpy(np.stack(weights))[:, None]).permute(0, 2, 3, 1).numpy()
