"""Batches: clips with what every method of alignment sees of them, prepared in processes beside the training."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Self

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from stranet.data.clip import ClipSource, TrainingClip
from stranet.errors import ConfigError
from stranet.geometry.scale import Scale
from stranet.model.alignment import JointAlignment
from stranet.model.compositions import compose
from stranet.model.flow import ROUGH, DISFlow
from stranet.model.low_frame import LowFrame
from stranet.types import Box, Size

LEAST_COMMON = 0.25
"""Share of the target's hole: where two holes have less in common, the whole of it serves as leftover."""
FARTHEST = 4.0
"""Positions lie at most so many frame sides from the frame's middle: a bad fit must not overflow."""


class TrainingBatch(NamedTuple):
    """B clips of T frames, K = 2 (T - 1) candidates each. Frame 0 is the target."""

    image: Tensor
    """(B, T, 3, H, W) in [0, 1]: the truth."""
    hole: Tensor
    """(B, T, 1, H, W) bool, True = missing."""
    planes: Tensor
    """(B, T, 5, H, W): colour with a smooth guess in the hole, visible, offered; nothing of what a hole hides."""
    position: Tensor
    """(B, K, 2, H, W) pixels, (x, y), target -> reference: registration, then completed flow; nothing is learned."""
    reference: Tensor
    """(K,) long, 0 to T - 2: which reference a candidate comes from."""
    is_flow: Tensor
    """(K,) bool: from the flow branch."""
    apart: Tensor
    """(B, T-1): distance in time of the references to the target, in frames."""
    true_position: Tensor
    """(B, T-1, 2, H, W) pixels, (x, y), target -> reference; NaN where unknown."""
    shown: Tensor
    """(B, T-1, 1, H, W) bool: the reference shows what the target shows there (but for its own hole)."""
    known: Tensor
    """(B,) bool: the truth about motion is known."""
    leftover: Tensor
    """(B, 1, H, W) bool: the part of the target's hole that the spatial stage fills, see `leftover_of`."""
    composed: Tensor
    """(B, K, 3, H, W): the target with its leftover composed of patches, unlearned; (B, 0, 3, 0, 0) where not asked
    for."""

    def to(self, device: torch.device) -> Self:
        """The same on another device."""
        return self._replace(**{name: part.to(device, non_blocking=True) for name, part in self._asdict().items()})

    def pin_memory(self) -> Self:
        """The same in memory that a GPU copies from at once."""
        return self._replace(**{name: part.pin_memory() for name, part in self._asdict().items()})


def prepare_clip(clip: TrainingClip, composed: bool = False) -> TrainingBatch:
    """A batch of one clip: its frames as the network sees them, and the unlearned alignment.

    Args:
        clip: one target with its references.
        composed: compose the target's leftover of patches, which takes longer than all the rest.
    """
    height, width = clip.holes.shape[1:]
    scale, whole = Scale(Size(width, height), 1), Box(0, 0, width, height)
    pixels = np.rint(clip.frames * 255).astype(np.uint8)
    lows = [LowFrame.of(rgb, hole, scale) for rgb, hole in zip(pixels, clip.holes, strict=True)]
    aligned = JointAlignment(DISFlow(), rough=DISFlow(ROUGH))(lows[0], lows[1:], list(clip.homographies[1:]), whole)
    middle = torch.tensor(((width - 1) / 2, (height - 1) / 2)).view(2, 1, 1)
    far = FARTHEST * max(height, width)
    position = aligned.position.nan_to_num(far).clamp(middle - far, middle + far)

    true_position = torch.from_numpy(clip.position[1:]).movedim(-1, 1).contiguous()  # (T-1, 2, H, W)
    image = torch.from_numpy(clip.frames).movedim(-1, 1).contiguous()[None]
    hole = torch.from_numpy(clip.holes)[None, :, None]
    leftover = leftover_of(hole)
    return TrainingBatch(
        image,
        hole,
        torch.cat([low.planes(torch.device("cpu")) for low in lows])[None],
        position[None],
        aligned.reference,
        aligned.is_flow,
        torch.from_numpy(clip.apart[1:])[None],
        true_position[None],
        torch.from_numpy(clip.shown[1:])[None, :, None],
        true_position.isfinite().all().view(1),
        leftover,
        compose(image[:, 0], ~leftover).images if composed else image.new_zeros(1, 0, 3, 0, 0),
    )


def leftover_of(hole: Tensor) -> Tensor:
    """(B, T, 1, h, w) bool -> (B, 1, h, w) bool: what the spatial stage fills of each target's hole.

    What the target's hole and that of its first reference have in common: a camera at rest never shows it. So leftovers
    come in the shapes of object silhouettes and of what remains of them; everything else counts as known.
    """
    common = hole[:, 0] & hole[:, 1]
    large = common.sum((1, 2, 3)) >= LEAST_COMMON * hole[:, 0].sum((1, 2, 3))
    return torch.where(large[:, None, None, None], common, hole[:, 0])


def load_batches(
    source: ClipSource,
    batch: int,
    steps: Iterable[int],
    workers: int = 0,
    rank: int = 0,
    world: int = 1,
    pin: bool = False,
    composed: bool = False,
) -> Iterator[TrainingBatch]:
    """The batches of some steps, in order; the same whatever the number of workers.

    Step s holds the clips ``s * batch * world + rank * batch`` and the ``batch - 1`` after it, so that all processes
    together see the clips that one process with the whole batch would see, and a resumed run those of an unbroken one.

    Args:
        source: where clips come from.
        batch: clips per step in this process.
        steps: which steps; a resumed run starts later.
        workers: processes that prepare batches beside this one; 0 = prepare them here, when they are asked for.
        rank, world: which of how many training processes this is.
        pin: put batches into memory that a GPU copies from at once.
        composed: see `prepare_clip`.

    Raises:
        ConfigError: batch, workers or rank cannot work.
    """
    if batch < 1 or workers < 0 or not 0 <= rank < world:
        raise ConfigError(
            f"batch is {batch}, workers {workers}, rank {rank} of {world}, but batch must be at least 1, workers at "
            "least 0 and rank between 0 and world - 1"
        )
    firsts = ((step * world + rank) * batch for step in steps)
    loader = DataLoader(
        _Prepared(source, composed),
        batch_sampler=[range(first, first + batch) for first in firsts],  # pyright: ignore[reportArgumentType]
        num_workers=workers,
        collate_fn=_stack,
        worker_init_fn=_enter_worker,
        pin_memory=pin,
        generator=torch.Generator(),  # or else it draws from the random numbers of the whole program
        # Workers are copies of this process and share what it has decoded.
        multiprocessing_context="fork" if workers and sys.platform == "linux" else None,
    )
    with _one_thread_of_opencv():
        batches = iter(loader)  # starts the workers
    yield from batches


class _Prepared(Dataset[TrainingBatch]):
    def __init__(self, source: ClipSource, composed: bool) -> None:
        self._source, self._composed = source, composed

    def __getitem__(self, index: int) -> TrainingBatch:
        return prepare_clip(self._source[index], self._composed)


@contextmanager
def _one_thread_of_opencv() -> Iterator[None]:
    """While processes are started: a copy of this process has no threads, and would wait for them forever."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _stack(clips: Sequence[TrainingBatch]) -> TrainingBatch:
    parts = {name: torch.cat([getattr(clip, name) for clip in clips]) for name in TrainingBatch._fields}
    return TrainingBatch(**{**parts, "reference": clips[0].reference, "is_flow": clips[0].is_flow})


def _enter_worker(_: int) -> None:
    """Ctrl-C is for the training process, and the end of that one ends its workers.

    A worker computes on one thread: of PyTorch by itself, of OpenCV because that was so when it was started.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
