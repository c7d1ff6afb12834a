"""Spatial aggregation: the network that fills what no frame shows from what the target itself shows.

Paper section 3.2, "Multi-scale spatial aggregation network", after the refinement network of Yi et al. 2020 (HiFill): a
coarse fill, an encoder of gated convolutions, attention between missing and known patches on the coarsest scale, the
same scores applied to the features of every scale, a decoder. What is copied comes first: the coarse fill is composed
of patches without learning, an untrained decoder adds nothing to it, and full-resolution detail comes from its patches.
Further compositions and the colours carried inward are guesses that the decoder may mix in, coarse scales only.
With ``coarse = "smooth"`` colours are carried inward instead, and the learned attention moves the detail of the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.errors import ConfigError
from stranet.geometry.diffuse import diffuse
from stranet.geometry.resize import resize
from stranet.geometry.scale import split_residual
from stranet.model.aggregation import SpatialOutput
from stranet.model.compositions import MIXED_FROM, OTHERS, Compositions, compose
from stranet.model.layers import DilatedBlock, GatedConv, SeparableGatedConv, UpBlock
from stranet.model.patch_attention import PatchAttention, PatchScores, most_attended, transfer

APART = 0.03
"""Difference between guesses, in colour units, from which on a correction counts in full."""
DOUBT_REACH = 4
"""How far around a position they are compared."""
CELL = 8
"""Side of a patch in pixels: the encoder halves three times."""
DIFFERENCE = 4.0
"""By which differences of guesses are multiplied to be of the order of one."""


@dataclass(frozen=True)
class SpatialConfig:
    """Sizes of the spatial aggregation network."""

    coarse: Literal["patches", "smooth"] = "patches"
    """What is refined: the leftover composed of patches, or colours carried inward."""
    corrects: Literal["colours", "pixels"] = "colours"
    """What is added to the coarse fill: colours at 1/4 of the low resolution and shares of other guesses, which leave
    the detail that was copied as it is; or all that a decoder makes of it, pixel by pixel."""
    others: int = len(OTHERS)
    """Further compositions, 0 to 2."""
    half: int = 24
    """Channels at 1/2 of the low resolution, at least 1."""
    quarter: int = 64
    """Channels at 1/4, at least 1."""
    eighth: int = 128
    """Channels at 1/8, where patches are compared, at least 1."""
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    """Steps of the dilated block at 1/8, each at least 1; none = no context beyond the encoder's."""
    score_channels: int = 64
    """Channels in which patches are compared, at least 1."""
    most_keys: int = 2048
    """Known patches that are looked at, at least 1; more are thinned out evenly."""
    multiscale: bool = True
    """False = attention transfers the coarsest features only (ablation)."""

    def __post_init__(self) -> None:
        if self.coarse not in ("patches", "smooth"):
            raise ConfigError(f"spatial.coarse is {self.coarse!r}; it must be patches or smooth")
        if self.corrects not in ("colours", "pixels"):
            raise ConfigError(f"spatial.corrects is {self.corrects!r}; it must be colours or pixels")
        if not 0 <= self.others <= len(OTHERS):
            raise ConfigError(f"spatial.others is {self.others}; it must lie between 0 and {len(OTHERS)}")
        for key in ("half", "quarter", "eighth", "score_channels", "most_keys"):
            if getattr(self, key) < 1:
                raise ConfigError(f"spatial.{key} is {getattr(self, key)}; it must be at least 1")
        if any(step < 1 for step in self.dilations):
            raise ConfigError(f"spatial.dilations is {self.dilations}; every one must be at least 1")


class SpatialAggregation(nn.Module):
    """Fills the leftover; outside it the output is the input, bit for bit."""

    def __init__(self, config: SpatialConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or SpatialConfig()
        half, quarter, eighth = config.half, config.quarter, config.eighth
        guesses = 1 + config.others if config.coarse == "patches" else 0
        self.encode_half = GatedConv(4 + 4 * guesses, half, side=5, stride=2)
        self.encode_quarter = nn.Sequential(
            SeparableGatedConv(half, quarter, stride=2), SeparableGatedConv(quarter, quarter)
        )
        self.encode_eighth = nn.Sequential(
            SeparableGatedConv(quarter, eighth, stride=2), SeparableGatedConv(eighth, eighth)
        )
        self.context = DilatedBlock(eighth, config.dilations)
        self.attention = PatchAttention(eighth, config.score_channels, config.most_keys)
        self.decode_eighth = SeparableGatedConv(2 * eighth, quarter)
        self.decode_quarter = UpBlock(quarter, quarter, half)
        if config.corrects == "pixels":
            self.decode_half = UpBlock(half, half + 16, half)
        planes = 12 if config.corrects == "pixels" else 3 + max(1, guesses)
        self.correct = nn.Conv2d(half, planes, 3, padding=1, padding_mode="replicate")
        for parameter in self.correct.parameters():
            nn.init.zeros_(parameter)

    def forward(
        self, image: Tensor, leftover: Tensor, known: Tensor, composed: Compositions | None = None
    ) -> SpatialOutput:
        """Fill the leftover.

        Args:
            image: (B, 3, h, w) in [0, 1], any h, w >= 1.
            leftover: (B, 1, h, w) bool, what is to be filled.
            known: (B, 1, h, w) bool, what may be copied. Whatever is not known has no influence on the leftover.
            composed: what `compose` gives for these arguments, at least as many as the network mixes; None: worked out
                here.

        Returns:
            image: where a sample knows nothing, zero. Not clamped to [0, 1].
            source: always a known position where the sample knows any.
        """
        height, width = image.shape[-2:]
        known = known & ~leftover
        padding = (0, -width % CELL, 0, -height % CELL)
        smooth = F.pad(diffuse(image, known.float()), padding, mode="replicate")  # (B, 3, H, W), multiples of CELL
        shown = F.pad(known.float(), padding, mode="replicate")  # (B, 1, H, W)
        guess, apart, planes = smooth, torch.zeros_like(smooth)[:, None], [smooth - 0.5, shown]
        if self.config.coarse == "patches":
            composed = composed or compose(image, known, self.config.others)
            fills = composed.images[:, : 1 + self.config.others]
            fills = F.pad(fills.flatten(1, 2), padding, mode="replicate").unflatten(1, (-1, 3))  # (B, K, 3, H, W)
            guess = fills[:, 0]
            apart = torch.cat((smooth[:, None], fills[:, 1:]), 1) - guess[:, None]
            planes += [(fills - 0.5).flatten(1, 2), DIFFERENCE * apart.abs().mean(2)]

        half = self.encode_half(_channels_last(torch.cat(planes, 1)))  # (B, C, H/2, W/2)
        quarter = self.encode_quarter(half)  # (B, C, H/4, W/4)
        eighth = self.context(self.encode_eighth(quarter))  # (B, C, H/8, W/8)

        missing, offered = _cells(shown)
        scores = self.attention(eighth, missing, offered)
        copy = self._copy(scores, guess, shown)
        decoded = self.decode_eighth(torch.cat((eighth, _receive(scores, eighth, shown)), 1))
        if self.config.multiscale:
            half, quarter = _receive(scores, half, shown), _receive(scores, quarter, shown)
        decoded = self.decode_quarter(decoded, quarter)
        if self.config.corrects == "pixels":
            seen = _channels_last(F.pixel_unshuffle(torch.cat((copy - 0.5, shown), 1), 2))  # (B, 16, H/2, W/2)
            correction = F.pixel_shuffle(self.correct(self.decode_half(decoded, torch.cat((half, seen), 1))), 2)
        else:
            correction = self._colours(decoded, apart)  # (B, 3, H, W)

        correction = correction * known.flatten(1).any(1)[:, None, None, None]
        if composed is not None:
            correction = correction * _doubt(apart)
        fill = copy + correction
        filled = torch.where(leftover, fill[..., :height, :width].to(image.dtype), image)
        return SpatialOutput(filled, composed.source if composed else _sources(scores, known))

    def _colours(self, decoded: Tensor, apart: Tensor) -> Tensor:
        """A correction without detail, (B, 3, H, W): of its own, and shares of the way to other guesses.

        Args:
            decoded: (B, C, H/4, W/4).
            apart: (B, K, 3, H, W), from what is copied to the smooth colours and to other compositions.
        """
        height, width = apart.shape[-2:]
        own, shares = self.correct(decoded).split((3, apart.shape[1]), 1)
        coarse = own + shares[:, :1] * F.avg_pool2d(apart[:, 0], CELL // 2)
        if apart.shape[1] == 1:
            return resize(coarse, height, width)
        others = F.avg_pool2d(apart[:, 1:].flatten(1, 2), MIXED_FROM).unflatten(1, (-1, 3))
        share = resize(shares[:, 1:], height // MIXED_FROM, width // MIXED_FROM)
        return resize(coarse, height, width) + resize((share[:, :, None] * others).sum(1), height, width)

    def _copy(self, scores: PatchScores, guess: Tensor, shown: Tensor) -> Tensor:
        """The finest scale of the transfer, the image itself: (B, 3, H, W).

        The colour of a patch is guessed well from around it; what is copied is the detail on top of that. So patches
        need not agree in light to be of use, and attention that cannot decide leaves the guess as it is."""
        if not self.config.multiscale or self.config.coarse == "patches":
            return guess
        _, detail = split_residual(guess, CELL)
        return torch.where(shown > 0, guess, guess + transfer(scores, detail, CELL))


def _doubt(apart: Tensor) -> Tensor:
    """(B, K, 3, H, W) -> (B, 1, H, W) in [0, 1]: how far guesses are apart around a position, over `APART`.

    Where they agree, as in a clear sky, a correction could only make things worse."""
    most = apart.abs().mean(2).amax(1, keepdim=True)  # (B, 1, H, W)
    side = 2 * DOUBT_REACH + 1
    around = F.avg_pool2d(F.pad(most, (DOUBT_REACH,) * 4, mode="replicate"), side, 1)
    return (around / APART).clamp(max=1)


def _channels_last(planes: Tensor) -> Tensor:
    """The layout in which convolutions with few channels are fastest on a CPU; all that follows keeps it."""
    return planes.contiguous(memory_format=torch.channels_last)


def _receive(scores: PatchScores, features: Tensor, shown: Tensor) -> Tensor:
    """Features with those of missing positions replaced by what they attend to, at any scale."""
    stride = shown.shape[-1] // features.shape[-1]
    whole = -F.max_pool2d(-shown, stride) > 0  # (B, 1, h, w)
    return torch.where(whole, features, transfer(scores, features, CELL // stride))


def _cells(shown: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 1, H, W) -> missing and offered, (B, 1, H/8, W/8) bool.

    Offered are the cells that show everything; in a sample that has none, those that show something."""
    whole = -F.max_pool2d(-shown, CELL) > 0
    partly = F.max_pool2d(shown, CELL) > 0
    return ~whole, torch.where(whole.flatten(1).any(1)[:, None, None, None], whole, partly)


def _sources(scores: PatchScores, known: Tensor) -> Tensor:
    """(B, 1, h, w) -> (B, 2, h, w): the same place in the patch that is attended to most; itself where known."""
    height, width = known.shape[-2:]
    rows, columns = torch.arange(height, device=known.device)[:, None], torch.arange(width, device=known.device)
    across = -(-width // CELL)
    cell = rows // CELL * across + columns // CELL  # (h, w)
    cell = most_attended(scores, -(-height // CELL) * across)[:, cell]  # (B, h, w)

    kept = _position(cell, rows % CELL * CELL + columns % CELL, across, known)
    shown = F.pad(known.float(), (0, -width % CELL, 0, -height % CELL))
    first = F.pixel_unshuffle(shown, CELL).argmax(1).flatten(1)  # (B, cells): a place that is known, in row-major order
    stand_in = _position(cell, first.gather(1, cell.flatten(1)).view_as(cell), across, known)
    there = known.flatten(1).gather(1, (kept[:, 0] * width + kept[:, 1]).flatten(1)).view_as(known)

    own = torch.stack(torch.broadcast_tensors(rows, columns))
    stays = known | ~known.flatten(1).any(1)[:, None, None, None]
    return torch.where(stays, own, torch.where(there, kept, stand_in))


def _position(cell: Tensor, place: Tensor, across: int, known: Tensor) -> Tensor:
    """(B, h, w) numbers of cells and places within them -> (B, 2, h, w), (row, column), inside the image."""
    row, column = cell // across * CELL + place // CELL, cell % across * CELL + place % CELL
    height, width = known.shape[-2:]
    return torch.stack((row.clamp(max=height - 1), column.clamp(max=width - 1)), 1)
