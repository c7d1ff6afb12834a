"""Temporal aggregation with fixed features: which candidate every hole position is copied from; nothing is learned.

The unlearned counterpart of paper section 3.2, "Multi-scale temporal aggregation network".
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from stranet.device import at_once
from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import upsample
from stranet.model.aggregation import ENERGY_SIDE, Candidates, Features, Target, TemporalOutput
from stranet.model.attention import masked_softmax
from stranet.model.energy import FixedEnergy


@dataclass(frozen=True)
class FixedTemporalAggregation:
    """Attention from colours alone."""

    temperature: float = 0.004
    """Softness of the attention, in colour units: small = one source per pixel."""
    energy: FixedEnergy = field(default_factory=FixedEnergy)

    def encode(self, planes: Tensor) -> Features:
        """Nothing is learned: no features."""
        return ()

    def __call__(self, target: Target, candidates: Candidates) -> TemporalOutput:
        """Weigh the candidates, at a quarter of the low resolution, and share the scores with the finer scale."""
        cues = self.energy.cues(target, candidates)
        energy = self.energy(cues, candidates)
        attention = masked_softmax(enlarge(energy / -self.temperature, target.image), candidates.visible)
        seen = candidates.visible.any(1)
        image = diffuse(copy(attention, candidates.image), seen.float())  # no dark rim when it is upsampled
        return TemporalOutput(image, attention, energy, torch.ones_like(image[:, :1]), seen, ~(target.visible | seen))


def enlarge(energy: Tensor, like: Tensor) -> Tensor:
    """(B, K, 1, ceil(h/s), ceil(w/s)), s = `ENERGY_SIDE` -> (B, K, 1, h, w), the size of ``like``."""
    height, width = like.shape[-2:]
    return upsample(energy, ENERGY_SIDE)[..., :height, :width]


def copy(attention: Tensor, images: Tensor) -> Tensor:
    """Attention-weighted sum over K: (B, K, 1, h, w) and (B, K, C, h, w) -> (B, C, h, w); on a CPU without copies."""
    if at_once(1, images.device) > 1:
        return (attention * images).sum(1)
    image = torch.zeros_like(images[:, 0])
    for index in range(images.shape[1]):
        image = image + attention[:, index] * images[:, index]
    return image
