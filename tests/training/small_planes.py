"""Images and regions of a few pixels, to work losses out by hand."""

from __future__ import annotations

import torch
from torch import Tensor

SIZE = 6
LEFT = (slice(None), slice(0, 3))
TOP = (slice(0, 2), slice(None))


def flat(value: float, batch: int = 1) -> Tensor:
    return torch.full((batch, 3, SIZE, SIZE), value)


def region(*clips: tuple[slice, slice] | None) -> Tensor:
    """(B, 1, SIZE, SIZE) bool, one rectangle or nothing per clip."""
    planes = torch.zeros(len(clips), 1, SIZE, SIZE, dtype=torch.bool)
    for plane, clip in zip(planes, clips, strict=True):
        if clip is not None:
            plane[0, clip[0], clip[1]] = True
    return planes


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))
