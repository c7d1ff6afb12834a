"""Joint alignment: every reference is brought onto the target twice, by registration and by optical flow.

Paper section 3.2, "Joint alignment network". Both results are candidates; the temporal attention chooses between them
at every position.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.device import at_once, room
from stranet.geometry.diffuse import diffuse
from stranet.geometry.homography import apply_homography, pixel_grid
from stranet.model.aggregation import FEATURE_SIDE
from stranet.model.flow import FlowEstimator
from stranet.model.low_frame import LowFrame
from stranet.model.registration import Residual, refit, textured
from stranet.types import Box, Size

Branches = Literal["joint", "affine", "flow"]
TOGETHER = 4
"""Flows of a large box that are carried inward at once: memory does not follow the number of references."""


class Alignment(NamedTuple):
    """K candidates for the box of one target."""

    position: Tensor
    """(K, 2, h, w) float32: where in its reference a target pixel is found, in low-resolution pixels, (x, y)."""
    reference: Tensor
    """(K,) long: which reference, as an index into the sequence that was aligned: 0 to R - 1, for every branch anew."""
    is_flow: Tensor
    """(K,) bool: from the flow branch."""

    def onto(self, reference: int) -> Tensor:
        """(N, 2, h, w): the positions in one reference, in memory of their own.

        The registration comes first: it is steady, and exact before a camera at rest.
        """
        return self._along(reference).clone()

    def reads(self, reference: int, size: Size) -> Box:
        """The part of a reference that bilinear samples at its positions read, of its planes and of its features.

        Sampled from that part alone, edges replicated, they are what they are of the whole frame, of this size.
        """
        x, y = self._along(reference).unbind(1)
        (x0, x1), (y0, y1) = (_squares_read(axis, side) for axis, side in ((x, size.width), (y, size.height)))
        return Box(x0, y0, x1, y1)

    def _along(self, reference: int) -> Tensor:
        """(N, 2, h, w): the positions in one reference."""
        return self.position[reference :: int(self.reference[-1]) + 1]


def _squares_read(along: Tensor, side: int) -> tuple[int, int]:
    """What of an axis so long is read at positions along it: whole squares of `FEATURE_SIDE`, the last may be cut."""
    least, most = (min(max(float(end), 0.0), side - 1.0) for end in along.aminmax())
    middle = (FEATURE_SIDE - 1) / 2  # of the first square: where its feature stands
    first, last = math.floor((least - middle) / FEATURE_SIDE), math.ceil((most - middle) / FEATURE_SIDE)
    return max(first, 0) * FEATURE_SIDE, min((last + 1) * FEATURE_SIDE, side)


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
            references: R frames of the same shot, one or more.
            homographies: R (3, 3) first guesses, target -> reference, in low-resolution pixels.
            box: the part of the target that is aligned.
        """
        rich = textured(target.gray[box.slices])
        residuals = self._align(target, references, homographies, box, rich)
        order = torch.arange(len(residuals) * (2 if self._branches == "joint" else 1))
        position = _planar(self._positions(residuals, box, rich), len(order), box)
        affine = 0 if self._branches == "flow" else len(residuals)
        return Alignment(position, order % len(residuals), order >= affine)

    def _positions(self, residuals: Sequence[Residual], box: Box, rich: np.ndarray) -> Iterator[np.ndarray]:
        """(h, w, 2) for every candidate, one at a time: the registrations, then the flows."""
        grid = pixel_grid(box)
        if self._branches != "flow":
            yield from (apply_homography(residual.homography, grid) for residual in residuals)
        if self._branches != "affine":
            completed = complete_flow([r.flow for r in residuals], (r.weight(rich) for r in residuals), box)
            for residual, flow in zip(residuals, completed, strict=True):
                yield apply_homography(residual.homography, grid + flow)

    def _align(
        self,
        target: LowFrame,
        references: Sequence[LowFrame],
        guesses: Sequence[np.ndarray],
        box: Box,
        rich: np.ndarray,
    ) -> list[Residual]:
        """Registered anew on the box, all at once, and what flow remains; ``rich``: where the box is textured."""
        pairs = list(zip(references, guesses, strict=True))
        rough = [Residual(self._rough, target, reference, guess, box) for reference, guess in pairs]
        better = refit(target, rough, rich)
        return [
            Residual(self._flow, target, reference, guess if found is None else found, box)
            for (reference, guess), found in zip(pairs, better, strict=True)
        ]


def _planar(fields: Iterable[np.ndarray], count: int, box: Box) -> Tensor:
    """So many (h, w, 2) -> (count, 2, h, w); each is dropped before the next one is made."""
    planes = room((count, 2, box.y1 - box.y0, box.x1 - box.x0), torch.float32, torch.device("cpu"))
    for field, (x, y) in zip(fields, planes.numpy(), strict=True):
        cv2.split(field, [x, y])
    return planes


def complete_flow(flows: Sequence[np.ndarray], weights: Iterable[np.ndarray], box: Box) -> Iterator[np.ndarray]:
    """Flow inside the hole: what remains beyond the homography, carried inward from where it tells something.

    Args:
        flows: R (h, w, 2) float32, relative to the homography.
        weights: R (h, w) float32 in [0, 1]; 1 = kept as it is, 0 = unknown.
        box: of the target, (h, w) in size.

    Yields:
        R (h, w, 2) float32; zero, hence the homography alone, where every weight is 0.
    """
    remaining = iter(weights)
    step = at_once(TOGETHER, torch.device("cpu"), (box.x1 - box.x0) * (box.y1 - box.y0))
    for start in range(0, len(flows), step):
        some = flows[start : start + step]
        weight = torch.from_numpy(np.stack(list(islice(remaining, len(some)))))[:, None]
        yield from diffuse(_planar(some, len(some), box), weight).permute(0, 2, 3, 1).numpy()
