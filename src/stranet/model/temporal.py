"""Temporal aggregation with fixed features: which candidate every hole position is copied from.

Paper section 3.2, "Multi-scale temporal aggregation network"; this is its unlearned counterpart. Inside the hole the
target shows nothing, so a candidate is judged by how well it matches the target where both show something, carried
inward, and by how well the candidates agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse


class TemporalOutput(NamedTuple):
    """What the references give for the box of one target."""

    image: Tensor
    """(1, 3, h, w): the attention-weighted candidates; 0 where the leftover mask is 1."""
    attention: Tensor
    """(K, 1, h, w): sums to one over K where anything is visible, to zero elsewhere."""
    leftover: Tensor
    """(1, 1, h, w) bool: hole positions that no candidate shows."""
    sources: list[int]
    """The candidates that have a share in the attention, the most useful first."""


@dataclass(frozen=True)
class FixedTemporalAggregation:
    """Attention from colours alone; nothing is learned."""

    temperature: float = 0.004
    """Softness of the attention, in colour units: small = one source per pixel."""
    worst: float = 0.25
    """A mismatch counts at most this much: beyond it, it is another object."""
    distance: float = 0.0006
    """Cost of every frame between target and reference: near ones drift less."""
    agreement: float = 0.25
    """Weight of a candidate's distance from what most candidates show."""
    consensus_temperature: float = 0.024
    """How far a candidate's mismatch may lie behind the best for it to have a say in the consensus."""
    window: int = 7
    """Side of the square over which disagreement is averaged, in low-resolution pixels, odd."""
    most_sources: int = 8
    """Candidates that may have a share in one box: few sources make few seams and little work."""
    worthwhile: float = 0.0003
    """A further source must lower the mean energy over the hole by this much, in colour units."""

    def __call__(
        self, target: Tensor, target_visible: Tensor, aligned: Tensor, visible: Tensor, frames_apart: Tensor
    ) -> TemporalOutput:
        """Weigh K candidates.

        Args:
            target: (1, 3, h, w) in [0, 1].
            target_visible: (1, 1, h, w) bool.
            aligned: (K, 3, h, w), the candidates warped onto the target.
            visible: (K, 1, h, w) bool.
            frames_apart: (K,) distance in time, in frames.
        """
        mismatch = (aligned - target).abs().mean(1, keepdim=True).clamp(max=self.worst)  # (K, 1, h, w)
        both = (target_visible & visible).float()
        energy = diffuse(mismatch, both / 2) + self.distance * frames_apart[:, None, None, None]
        if self.agreement:
            energy = energy + self.agreement * self._disagreement(energy, aligned, visible)

        sources = choose_sources(energy, visible & ~target_visible, self.most_sources, self.worthwhile)
        chosen = torch.zeros_like(visible[:, :1, :1, :1])
        chosen[sources] = True
        attention = masked_softmax(-energy / self.temperature, visible & chosen)
        leftover = ~(target_visible | (visible & chosen).any(0, keepdim=True))
        return TemporalOutput((attention * aligned).sum(0, keepdim=True), attention, leftover, sources)

    def _disagreement(self, energy: Tensor, aligned: Tensor, visible: Tensor) -> Tensor:
        """(K, 1, h, w) distance of each candidate from a robust mean of all, smoothed."""
        say = masked_softmax(-energy / self.consensus_temperature, visible)
        consensus = (say * aligned).sum(0, keepdim=True)
        for _ in range(3):  # iteratively reweighted: a mean that outliers do not pull
            weight = say / ((aligned - consensus).abs().mean(1, keepdim=True) + 4 / 255)
            consensus = (weight * aligned).sum(0, keepdim=True) / weight.sum(0, keepdim=True).clamp(min=1e-9)
        distance = (aligned - consensus).abs().mean(1, keepdim=True)
        margin = self.window // 2
        return F.avg_pool2d(F.pad(distance, (margin,) * 4, mode="replicate"), self.window, 1).clamp(max=self.worst)


def choose_sources(energy: Tensor, usable: Tensor, most: int, worthwhile: float) -> list[int]:
    """The few candidates that together explain the hole best (greedy facility location).

    Args:
        energy: (K, 1, h, w).
        usable: (K, 1, h, w) bool: hole positions that the candidate shows.
        most: largest number of candidates.
        worthwhile: least decrease of the mean energy for one more.

    Returns:
        Indices, the most useful first; none where nothing is usable.
    """
    shown = usable.any(0).flatten()  # (h*w,)
    if not shown.any():
        return []
    unseen = 1.0  # costs more than any mismatch, so coverage comes first
    cost = torch.where(usable, energy, unseen).flatten(1)[:, shown]  # (K, P)
    best = torch.full_like(cost[0], unseen)
    chosen: list[int] = []
    while len(chosen) < most:
        gains = (best - cost).clamp(min=0).mean(1)  # (K,)
        candidate = int(gains.argmax())
        if gains[candidate] < worthwhile:
            break
        chosen.append(candidate)
        best = torch.minimum(best, cost[candidate])
    return chosen


def masked_softmax(score: Tensor, visible: Tensor) -> Tensor:
    """Softmax over axis 0 among the visible; zero everywhere where none is.

    Args:
        score: (K, 1, h, w).
        visible: (K, 1, h, w) bool.
    """
    score = score.masked_fill(~visible, float("-inf"))
    peak = score.amax(0, keepdim=True).clamp(min=torch.finfo(score.dtype).min)
    weight = torch.exp(score - peak) * visible
    return weight / weight.sum(0, keepdim=True).clamp(min=1e-12)
