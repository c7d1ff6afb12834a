"""Carry values from where they are known to where they are not, by a pull-push pyramid."""

from __future__ import annotations

import torch
from torch import Tensor

from stranet.geometry.resize import resize
from stranet.geometry.scale import shrink


def diffuse(values: Tensor, weight: Tensor, firmness: float = 4.0) -> Tensor:
    """Fill the unknown smoothly from the known around it.

    Known places keep their value at the finest level as far as their weight goes (weight 1: exactly). Cost is linear in
    the pixels, whatever the size of the unknown part.

    Args:
        values: (B, C, H, W); what stands where the weight is 0 is ignored.
        weight: (B, 1, H, W) in [0, 1].
        firmness: how much of a coarse cell must be known before the cell is believed, 1 / share.

    Returns:
        (B, C, H, W); zero where the weight is 0 everywhere.
    """
    masses, weights = [values * weight], [weight]
    while min(weights[-1].shape[-2:]) > 2:
        masses.append(shrink(masses[-1], 2))
        weights.append(shrink(weights[-1], 2))

    total = weights[-1].sum((-2, -1), keepdim=True).clamp(min=1e-9)
    filled = (masses[-1].sum((-2, -1), keepdim=True) / total).expand_as(masses[-1])
    for level in range(len(masses) - 1, -1, -1):
        mass, known = masses[level], weights[level]
        filled = resize(filled, mass.shape[-2], mass.shape[-1])
        trust = (known * (firmness if level else 1.0)).clamp(0, 1)
        filled = torch.lerp(filled, mass / known.clamp(min=1e-9), trust)
    return filled
