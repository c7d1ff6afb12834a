"""Attention over candidates: the masked softmax, and the few candidates that full-resolution detail is taken from."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

MOST_SOURCES = 6
"""Candidates that may have a share in one box: few sources make few seams and little work."""
NEGLIGIBLE = 0.01
"""A smaller share of the attention is none, so that a source has to be sampled only where it matters."""
WORTHWHILE = 0.0003
"""A further source must lower the mean energy over the hole by this much, in colour units."""


class Sources(NamedTuple):
    """The few candidates that give detail."""

    candidates: list[int]
    """The most useful first; none where nothing is visible."""
    attention: Tensor
    """(len(candidates), 1, h, w): sums to one in the hole and right beside it, wherever one of them can give detail."""


def few_sources(energy: Tensor, offered: Tensor, hole: Tensor, temperature: float) -> Sources:
    """Choose the sources of one target and share the attention among them.

    Args:
        energy: (K, 1, h, w).
        offered: (K, 1, h, w) bool.
        hole: (1, 1, h, w) bool, what is to be filled.
        temperature: softness of the attention, in units of the energy.
    """
    chosen = choose_sources(energy, offered & hole, MOST_SOURCES, WORTHWHILE)
    if not chosen:
        return Sources([], energy[:0])
    near = F.max_pool2d(hole.float(), 3, 1, 1) > 0  # as far as upsampling spreads it
    share = masked_softmax(energy[chosen] / -temperature, offered[chosen] & near[0], 0)
    share = torch.where(share < NEGLIGIBLE, 0.0, share)
    return Sources(chosen, share / share.sum(0, keepdim=True).clamp(min=1e-12))


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


def masked_softmax(score: Tensor, visible: Tensor, axis: int = 1) -> Tensor:
    """Softmax over the candidates among the visible; zero everywhere where none is.

    Args:
        score: (B, K, 1, h, w), or (K, 1, h, w) with axis 0; overwritten: with many candidates such planes are much of
            a frame's memory.
        visible: bool, of the same shape.
        axis: that of the candidates.
    """
    weight = score.masked_fill_(~visible, float("-inf"))
    peak = weight.detach().amax(axis, keepdim=True).clamp(min=torch.finfo(score.dtype).min)
    weight = weight.sub_(peak).exp_()
    return weight / weight.sum(axis, keepdim=True).clamp(min=1e-12)
