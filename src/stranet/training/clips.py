"""Clips to train on and clips to validate on: no image and no video gives both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from stranet.data.clip import ClipSource
from stranet.data.images import ProceduralImages, StoredImages
from stranet.data.mixture import Mixture
from stranet.data.moving_holes import HoleOptions
from stranet.data.real import RealClips, RealOptions, find_videos
from stranet.data.silhouettes import ProceduralSilhouettes, StoredSilhouettes
from stranet.data.synthetic import SyntheticClips, SyntheticOptions
from stranet.training.config import LEAST_HOLE, PROCEDURAL, TrainConfig

HELD_OUT_SHARE = 0.1
"""Share of the images and of the videos that is kept for validation; at least one of each."""

VALIDATION_SEED = 20211
"""Of the held-out clips: the same whatever the seed of the training, so that figures compare."""

Item = TypeVar("Item", covariant=True)


class Items(Protocol[Item]):
    """A number of images or videos."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Item: ...


class Subset(Generic[Item]):
    """Some of them."""

    def __init__(self, items: Items[Item], positions: Sequence[int]) -> None:
        self._items, self._positions = items, positions

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int) -> Item:
        return self._items[self._positions[index]]


class Split(NamedTuple):
    """Positions, in order."""

    training: list[int]
    held_out: list[int]


def split(count: int) -> Split:
    """Share out ``count`` items by a hash of their positions; a single item has to serve for both."""
    order = sorted(range(count), key=lambda position: hashlib.sha256(str(position).encode()).digest())
    kept = max(1, int(HELD_OUT_SHARE * count))
    return Split(sorted(order[kept:] or order), sorted(order[:kept]))


class Clips(NamedTuple):
    """Endless clips to train on, and endless others to validate on."""

    training: ClipSource
    held_out: dict[str, ClipSource]
    """By kind: ``synthetic`` and, where there are videos, ``real``."""


def make_clips(config: TrainConfig) -> Clips:
    """Open the data of a training.

    Raises:
        OpenError: A path is missing or holds nothing of use.
        DecodeError: A video is damaged.
    """
    data, size, references = config.data, config.size, config.references
    side = min(384, 2 * size)  # larger ones would only be cut
    made_up = ProceduralImages(size=(side, side * 4 // 3))
    images: Items[Any] = made_up if PROCEDURAL in data.images else StoredImages(data.images)
    shapes = ProceduralSilhouettes() if PROCEDURAL in data.silhouettes else StoredSilhouettes(data.silhouettes)
    holes = HoleOptions(least=LEAST_HOLE, most=data.most_hole)
    options = SyntheticOptions(size=size, references=references, holes=holes)
    parts = split(len(images))
    training: ClipSource = SyntheticClips(Subset(images, parts.training), shapes, options, config.seed)
    held_out: dict[str, ClipSource] = {
        "synthetic": SyntheticClips(Subset(images, parts.held_out), shapes, options, VALIDATION_SEED)
    }
    if data.clips:
        videos = find_videos(data.clips)
        parts, cut = split(len(videos)), RealOptions(size=size, references=references, holes=holes)
        held_out["real"] = RealClips([videos[position] for position in parts.held_out], shapes, cut, VALIDATION_SEED)
        if data.real_share:
            real = RealClips([videos[position] for position in parts.training], shapes, cut, config.seed)
            training = Mixture((training, real), (1 - data.real_share, data.real_share), config.seed)
    return Clips(training, held_out)
