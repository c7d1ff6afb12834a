"""How badly a candidate fits, from colours alone: the unlearned score of the temporal attention.

Inside the hole the target shows nothing, so a candidate is judged by how well it matches the target where both show
something, carried inward, and by how well the candidates agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from stranet.device import at_once
from stranet.geometry.averages import box_mean
from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import shrink
from stranet.model.aggregation import ENERGY_SIDE, Candidates, Target
from stranet.model.attention import masked_softmax

TOGETHER = 8
"""Large candidates that are looked at together on the CPU."""


class Cues(NamedTuple):
    """What colours say about K candidates, at a quarter of the low resolution."""

    mismatch: Tensor
    """(B, K, 1, h/s, w/s) colour difference to the target where both show, carried into the hole."""
    disagreement: Tensor
    """(B, K, 1, h/s, w/s) colour difference to what most candidates show."""
    image: Tensor
    """(B, K, 3, h/s, w/s), the candidates themselves."""
    visible: Tensor
    """(B, K, 1, h/s, w/s) bool: wholly visible."""


@dataclass(frozen=True)
class FixedEnergy:
    """Dissimilarity in colour units."""

    worst: float = 0.25
    """A mismatch counts at most this much: beyond it, it is another object."""
    distance: float = 0.0006
    """Cost of every frame between target and reference: near ones drift less."""
    flow: float = 0.005
    """Cost of optical flow: it fits the surroundings better than a registration, and is less sure inside the hole."""
    agreement: float = 0.25
    """Weight of a candidate's distance from what most candidates show."""
    consensus_temperature: float = 0.024
    """How far a candidate's mismatch may lie behind the best for it to have a say in the consensus."""
    window: int = 5
    """Side of the square over which mismatch and disagreement are averaged, odd, in positions of the scores."""

    def __call__(self, cues: Cues, candidates: Candidates) -> Tensor:
        """(B, K, 1, h/s, w/s) energy of the candidates."""
        return cues.mismatch + self.agreement * cues.disagreement + self._cost(candidates)

    def cues(self, target: Target, candidates: Candidates) -> Cues:
        """Worked out at a fraction of the size, a few candidates at a time: memory does not follow their number."""
        count = candidates.image.shape[1]
        step = at_once(TOGETHER, candidates.image.device, candidates.image[0, 0, 0].numel())
        parts = [self._shrink(target, candidates, slice(at, at + step)) for at in range(0, count, step)]
        mismatch, image, visible = (torch.cat(planes, 1) for planes in zip(*parts, strict=True))
        plain = mismatch + self._cost(candidates)
        return Cues(mismatch, self._disagreement(plain, image, visible), image, visible)

    def _cost(self, candidates: Candidates) -> Tensor:
        """(B, K, 1, 1, 1): what a candidate costs whatever it shows."""
        return (self.distance * candidates.apart + self.flow * candidates.is_flow)[..., None, None, None]

    def _shrink(self, target: Target, candidates: Candidates, some: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Mismatch, image and visible of some candidates, (B, k, ..., h/s, w/s)."""
        image, visible = candidates.image[:, some].float(), candidates.visible[:, some]
        both = (target.visible[:, None] & visible).float()
        difference = (image - target.image[:, None]).abs().mean(2, keepdim=True).clamp(max=self.worst) * both
        shown = shrink(both.flatten(0, 1), ENERGY_SIDE)
        ring = self._smooth(shrink(difference.flatten(0, 1), ENERGY_SIDE)) / self._smooth(shown).clamp(min=1e-6)
        mismatch = self._smooth(diffuse(ring, shown / 2))
        small = (
            mismatch,
            shrink(image.flatten(0, 1), ENERGY_SIDE),
            shrink(visible.float().flatten(0, 1), ENERGY_SIDE) > 0.999,
        )
        return tuple(plane.unflatten(0, image.shape[:2]) for plane in small)  # pyright: ignore[reportReturnType]

    def _disagreement(self, energy: Tensor, image: Tensor, visible: Tensor) -> Tensor:
        """Distance of each candidate from a robust mean of all, smoothed."""
        say = masked_softmax(energy / -self.consensus_temperature, visible)
        consensus = (say * image).sum(1, keepdim=True)
        for _ in range(3):  # iteratively reweighted: a mean that outliers do not pull
            weight = say / ((image - consensus).abs().mean(2, keepdim=True) + 4 / 255)
            consensus = (weight * image).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1e-9)
        distance = (image - consensus).abs().mean(2, keepdim=True) * visible
        batch = distance.shape[:2]
        mean = self._smooth(distance.flatten(0, 1)) / self._smooth(visible.float().flatten(0, 1)).clamp(min=1e-6)
        return mean.clamp(max=self.worst).unflatten(0, batch)

    def _smooth(self, plane: Tensor) -> Tensor:
        """Mean over a square around every position."""
        return box_mean(plane, self.window)
