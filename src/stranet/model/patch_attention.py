"""Attention from the patches of a frame that are missing to the patches that are there.

Scores are worked out once, on a coarse grid of cells, and applied at every finer scale, where a cell is a patch of
s x s positions (paper section 3.2, "Multi-scale spatial aggregation network"; attention transfer of Yi et al. 2020).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.model.attention import masked_softmax


class PatchScores(NamedTuple):
    """Who attends to whom; cells are numbered in row-major order."""

    weight: Tensor
    """(B, Q, K): sums to one over the offered keys, to zero where none is offered; zero for keys beyond a sample's."""
    queries: Tensor
    """(B, Q) long, distinct cells: all the missing ones first; a sample with fewer than Q goes on with others."""
    keys: Tensor
    """(B, K) long, distinct cells: offered ones first."""


class PatchAttention(nn.Module):
    """Cosine similarity of cells, less what the way between them costs."""

    def __init__(self, channels: int, score_channels: int, most_keys: int) -> None:
        """
        Args:
            channels: of the features that are compared.
            score_channels: of the space in which they are compared.
            most_keys: offered cells that are looked at; more are thinned out evenly.
        """
        super().__init__()
        self.embed = nn.Conv2d(channels, score_channels, 1, bias=False)  # the mean is taken off: a bias has no effect
        self.log_sharpness = nn.Parameter(torch.tensor(20.0).log())
        self.nearness = nn.Parameter(torch.tensor(0.05))
        """Cost of one cell of distance, in units of the score."""
        self._most_keys = most_keys

    def forward(self, features: Tensor, missing: Tensor, offered: Tensor) -> PatchScores:
        """Score the missing cells of every sample against its offered ones.

        Args:
            features: (B, C, h, w).
            missing: (B, 1, h, w) bool, the cells that ask.
            offered: (B, 1, h, w) bool, the cells that answer.
        """
        width = features.shape[-1]
        embedded = self.embed(features).flatten(2).mT  # (B, h*w, S)
        queries, _ = list_cells(missing.flatten(1), missing[0].numel())
        keys, valid = list_cells(offered.flatten(1), self._most_keys)
        here, there = (torch.stack((cells // width, cells % width), 2).float() for cells in (queries, keys))
        with torch.autocast(features.device.type, enabled=False):  # sharpness would make much of rounded cosines
            cosine = _cosine(_pick(embedded, queries).float(), _pick(embedded, keys).float(), valid)
            score = self.log_sharpness.exp() * cosine - self.nearness * torch.cdist(here, there)
            return PatchScores(masked_softmax(score, valid[:, None].expand_as(score), 2), queries, keys)


def transfer(scores: PatchScores, planes: Tensor, side: int) -> Tensor:
    """What the missing cells get from those that they attend to.

    Args:
        scores: over the cells of an (h, w) grid.
        planes: (B, C, h*side, w*side); a cell is a patch of side x side positions.
        side: of a patch.

    Returns:
        (B, C, h*side, w*side): the attention-weighted sum of patches in every missing cell; elsewhere of no meaning.
    """
    batch, channels, height, width = planes.shape
    grid = planes.movedim(1, -1).reshape(batch, height // side, side, width // side, side, channels)
    cells = grid.transpose(2, 3).reshape(batch, -1, side * side * channels)  # (B, h*w, side*side*C)

    moved = scores.weight.to(cells.dtype) @ _pick(cells, scores.keys)  # (B, Q, side*side*C)
    index = scores.queries[..., None].expand_as(moved)
    placed = torch.zeros_like(cells, dtype=moved.dtype).scatter(1, index, moved)

    grid = placed.view(batch, height // side, width // side, side, side, channels).transpose(2, 3)
    return grid.reshape(batch, height, width, channels).movedim(-1, 1)


def most_attended(scores: PatchScores, cells: int) -> Tensor:
    """(B, cells) long: the key that each missing cell attends to most; every other cell itself."""
    best = scores.keys.gather(1, scores.weight.argmax(2))  # (B, Q)
    own = torch.arange(cells, device=best.device).expand(len(best), -1)
    return own.scatter(1, scores.queries, best)


def list_cells(chosen: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Numbers of the chosen cells of every sample, in one tensor for the batch.

    Args:
        chosen: (B, N) bool.
        most: a sample with more is thinned out evenly.

    Returns:
        numbers (B, M) long, distinct, M >= 1; and valid (B, M) bool: the cell is a chosen one (a sample with fewer than
        M goes on with others).
    """
    counts = chosen.sum(1)  # (B,)
    size = min(max(int(counts.max()), 1), most)
    order = chosen.byte().argsort(
        dim=1, descending=True, stable=True
    )  # the chosen first, each group in row-major order
    rank = torch.arange(size, device=chosen.device) * counts.clamp(min=size)[:, None] // size  # (B, M)
    return order.gather(1, rank), rank < counts[:, None]


def _cosine(asked: Tensor, answers: Tensor, valid: Tensor) -> Tensor:
    """(B, Q, S), (B, K, S) and (B, K) bool -> (B, Q, K), of what differs from the mean of the valid answers.

    What all cells have in common says nothing about which of them are alike."""
    share = valid / valid.sum(1, keepdim=True).clamp(min=1)  # (B, K)
    common = share[:, None] @ answers  # (B, 1, S)
    return F.normalize(asked - common, dim=2) @ F.normalize(answers - common, dim=2).mT


def _pick(cells: Tensor, numbers: Tensor) -> Tensor:
    """(B, N, D) and (B, M) -> (B, M, D)."""
    return cells.gather(1, numbers[..., None].expand(-1, -1, cells.shape[2]))
