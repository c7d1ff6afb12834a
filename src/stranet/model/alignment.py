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

    def onto(self, reference: int | None) -> Tensor:
        """(N, 2, h, w): the positions in one reference, in memory of their own; N = 0 for None.

        The registration comes first: it is steady, and exact before a camera at rest.
        """
        return self.position[self.reference == (-1 if reference is None else reference)]


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
        count, grid = len(residuals), pixel_grid(box)
        affine, flow = (count if self._branches in ("joint", branch) else 0 for branch in ("affine", "flow"))
        planes = np.empty((affine + flow, 2, *grid.shape[:2]), np.float32)
        for place, residual in zip(planes[:affine], residuals[:affine], strict=True):
            _split(apply_homography(residual.homography, grid), place)
        if flow:
            rich = textured(target.gray[box.slices])
            completed = complete_flow([r.flow for r in residuals], [r.weight(rich) for r in residuals])
            for place, residual, moved in zip(planes[affine:], residuals, completed, strict=True):
                _split(apply_homography(residual.homography, grid + moved), place)
        order = torch.arange(affine + flow)
        return Alignment(torch.from_numpy(planes), order % max(count, 1), order >= affine)

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


def _split(field: np.ndarray, planes: np.ndarray) -> None:
    """(h, w, 2) into (2, h, w)."""
    cv2.split(field, [planes[0], planes[1]])


def complete_flow(flows: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Flow inside the hole: what remains beyond the homography, carried inward from where it tells something.

    Args:
        flows: R (h, w, 2) float32, relative to the homography.
        weights: R (h, w) float32 in [0, 1]; 1 = kept as it is, 0 = unknown.

    Returns:
        (R, h, w, 2) float32; zero, hence the homography alone, where every weight is 0.
    """
    planes = np.empty((len(flows), 2, *flows[0].shape[:2]), np.float32)
    for flow, place in zip(flows, planes, strict=True):
        _split(flow, place)
    weight = torch.from_numpy(np.stack(weights))[:, None]
    return diffuse(torch.from_numpy(planes), weight).permute(0, 2, 3, 1).numpy()
