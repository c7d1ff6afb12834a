"""What goes into the aggregations and what comes out, learned or not (paper section 3.2)."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor

Features = tuple[Tensor, ...]
"""What an encoder makes of a frame, at 1/4 of the low resolution; none where nothing is learned."""
FEATURE_SIDE = 4
"""Pixels of the low resolution along one side of a position of the features."""
ENERGY_SIDE = 4
"""Pixels of the low resolution along one side of a position of the scores."""


class Target(NamedTuple):
    """The part of the frame that is being filled: the surroundings of its hole."""

    image: Tensor
    """(B, 3, h, w) in [0, 1]; inside the hole a smooth guess."""
    visible: Tensor
    """(B, 1, h, w) bool: no pixel of this square is missing."""
    features: Features = ()
    """(B, C, ceil(h/4), ceil(w/4)) each; none where nothing is learned."""


class Candidates(NamedTuple):
    """K aligned references per target: every reference once for each branch of the alignment."""

    image: Tensor
    """(B, K, 3, h, w) in [0, 1], warped onto the target; like the features it may be in half precision."""
    visible: Tensor
    """(B, K, 1, h, w) bool."""
    offered: Tensor
    """(B, K, 1, h, w) bool: can give full-resolution detail; a subset of ``visible``."""
    position: Tensor
    """(B, K, 2, h, w): where in its reference a target pixel is found, in low-resolution pixels, (x, y)."""
    reference: Tensor
    """(K,) long: which of the R references, 0 to R - 1 for every branch anew; the same for the whole batch."""
    is_flow: Tensor
    """(K,) bool: from the flow branch of the alignment."""
    apart: Tensor
    """(B, K) float: distance in time between target and reference, in frames."""
    features: Features = ()
    """(B, K, C, ceil(h/4), ceil(w/4)) each, warped onto the target like the image."""


class TemporalOutput(NamedTuple):
    """What the references give for one target."""

    image: Tensor
    """(B, 3, h, w): what is copied, and what a decoder adds; where nothing is seen, its surroundings carried on."""
    attention: Tensor
    """(B, K, 1, h, w): sums to one over K where anything is visible, to zero elsewhere."""
    energy: Tensor
    """(B, K, 1, ceil(h/4), ceil(w/4)): dissimilarity in colour units; enlarged, attention is its masked softmax over a
    temperature."""
    detail: Tensor
    """(B, 1, h, w) in [0, 1]: how much of the copied detail can be believed."""
    seen: Tensor
    """(B, 1, h, w) bool, C_visible: some candidate shows the position."""
    leftover: Tensor
    """(B, 1, h, w) bool: hole positions that no candidate shows."""


class SpatialOutput(NamedTuple):
    """What the target itself gives for its leftover."""

    image: Tensor
    """(B, 3, h, w): the input, with the leftover filled."""
    source: Tensor
    """(B, 2, h, w) long, (row, column): the known position that each position attends to most; itself where known."""


class TemporalAggregator(Protocol):
    """Weighs the candidates."""

    @property
    def temperature(self) -> float:
        """Softness of the attention, in colour units."""
        ...

    def encode(self, planes: Tensor) -> Features:
        """(B, 5, H, W), colour, visible and offered -> features of a whole frame."""
        ...

    def __call__(self, target: Target, candidates: Candidates) -> TemporalOutput:
        """Weigh the candidates; both carry the features that ``encode`` gives."""
        ...


class SpatialAggregator(Protocol):
    """Fills the leftover from what the target shows."""

    def __call__(self, image: Tensor, leftover: Tensor, known: Tensor) -> SpatialOutput:
        """Fill the leftover.

        Args:
            image: (B, 3, h, w) in [0, 1].
            leftover: (B, 1, h, w) bool, what is to be filled.
            known: (B, 1, h, w) bool, what may be copied; disjoint from ``leftover``.
        """
        ...
