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
    """(1, 3, h, w): the attention-weighted candidates; where there are none, their surroundings carried on."""
    attention: Tensor
    """(K, 1, h, w): sums to one over K where anything is visible, to zero elsewhere."""
    seen: Tensor
    """(1, 1, h, w) bool, C_visible: some candidate shows the position."""
    leftover: Tensor
    """(1, 1, h, w) bool: hole positions that no candidate shows."""
    sources: list[int]
    """The few candidates that full-resolution detail is taken from, the most useful first."""
    source_attention: Tensor
    """(len(sources), 1, h, w): the attention among those few."""


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
    window: int = 5
    """Side of the square over which mismatch and disagreement are averaged, at half the low resolution, odd."""
    most_sources: int = 6
    """Candidates that may have a share in one box: few sources make few seams and little work."""
    worthwhile: float = 0.0003
    """A further source must lower the mean energy over the hole by this much, in colour units."""

    def __call__(
        self,
        target: Tensor,
        target_visible: Tensor,
        aligned: Tensor,
        visible: Tensor,
        offered: Tensor,
        frames_apart: Tensor,
    ) -> TemporalOutput:
        """Weigh K candidates.

        Args:
            target: (1, 3, h, w) in [0, 1].
            target_visible: (1, 1, h, w) bool.
            aligned: (K, 3, h, w), the candidates warped onto the target.
            visible: (K, 1, h, w) bool.
            offered: (K, 1, h, w) bool, where they can give full-resolution detail; a subset of ``visible``.
            frames_apart: (K,) distance in time, in frames.
        """
        energy = self._energy(target, target_visible, aligned, visible, frames_apart)
        attention = masked_softmax(-energy / self.temperature, visible)
        seen = visible.any(0, keepdim=True)
        sources = choose_sources(energy, offered & ~target_visible, self.most_sources, self.worthwhile)
        few = masked_softmax(-energy[sources] / self.temperature, offered[sources]) if sources else attention[:0]
        image = (attention * aligned).sum(0, keepdim=True)
        image = diffuse(image, seen.float())  # no dark rim when it is upsampled
        return TemporalOutput(image, attention, seen, ~(target_visible | seen), sources, few)

    def _energy(
        self, target: Tensor, target_visible: Tensor, aligned: Tensor, visible: Tensor, frames_apart: Tensor
    ) -> Tensor:
        """(K, 1, h, w) dissimilarity in colour units, worked out at half the size and shared with the finer scale."""
        both = (target_visible & visible).float()
        mismatch = (aligned - target).abs().mean(1, keepdim=True).clamp(max=self.worst) * both  # (K, 1, h, w)
        shown = _halve(both)
        energy = self._smooth(_halve(mismatch)) / self._smooth(shown).clamp(min=1e-6)
        energy = self._smooth(diffuse(energy, shown / 2)) + self.distance * frames_apart[:, None, None, None]
        if self.agreement:
            share = _halve(visible.float())
            energy = energy + self.agreement * self._disagreement(energy, _halve(aligned), share > 0.999)
        return F.interpolate(energy, scale_factor=2, mode="bilinear")[..., : target.shape[-2], : target.shape[-1]]

    def _disagreement(self, energy: Tensor, aligned: Tensor, visible: Tensor) -> Tensor:
        """Distance of each candidate from a robust mean of all, smoothed; shapes as in ``__call__``."""
        say = masked_softmax(-energy / self.consensus_temperature, visible)
        consensus = (say * aligned).sum(0, keepdim=True)
        for _ in range(3):  # iteratively reweighted: a mean that outliers do not pull
            weight = say / ((aligned - consensus).abs().mean(1, keepdim=True) + 4 / 255)
            consensus = (weight * aligned).sum(0, keepdim=True) / weight.sum(0, keepdim=True).clamp(min=1e-9)
        distance = (aligned - consensus).abs().mean(1, keepdim=True) * visible
        return (self._smooth(distance) / self._smooth(visible.float()).clamp(min=1e-6)).clamp(max=self.worst)

    def _smooth(self, plane: Tensor) -> Tensor:
        """Mean over a square around every position."""
        margin = self.window // 2
        padded = F.pad(plane, (margin,) * 4, mode="replicate")
        return F.avg_pool2d(F.avg_pool2d(padded, (self.window, 1), 1), (1, self.window), 1)


def _halve(plane: Tensor) -> Tensor:
    return F.avg_pool2d(plane, 2, ceil_mode=True, count_include_pad=False)


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
