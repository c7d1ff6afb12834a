"""The streaming engine: frames and holes in, filled frames out, in bounded memory. Knows no files."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from stranet.errors import ConfigError, HoleError
from stranet.inpainting.budget import Budget, choose_budget
from stranet.inpainting.filling import FrameFiller
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.stats import InpaintStats
from stranet.inpainting.stream import Stream
from stranet.inpainting.workers import choose_workers, working
from stranet.types import HoleArray, Picture, RgbArray, Size


class Inpainter:
    """Fills the holes of a stream of frames.

    Example:
        >>> inpainter = Inpainter(InpaintOptions(references=12))
        >>> filled = list(inpainter.inpaint(frames, holes))  # doctest: +SKIP
    """

    def __init__(self, options: InpaintOptions | None = None) -> None:
        self.options = options or InpaintOptions()
        self.stats = InpaintStats()
        self._filler = FrameFiller(self.options, self.stats)

    def inpaint(self, frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
        """Fill every frame, in order.

        Pulls up to ``stats.budget.plan.reach`` frames ahead of the one it yields, and one more for every further
        worker, and keeps at most as many behind, whatever the length of the stream. Until the end or an error, PyTorch
        and OpenCV are kept to one thread each while there are several workers. The result is the same for any number
        of several; that of one, whose sums are shared among the cores, may differ from it by rounding.

        Args:
            frames: (H, W, 3) uint8 or uint16, RGB, all of one size.
            holes: (H, W) bool, True = missing; as many as frames.

        Yields:
            One array per frame: the frame itself where it has no hole, otherwise a copy with the hole filled and every
            other pixel untouched.

        Raises:
            ConfigError: a frame is not (H, W, 3) uint8 or uint16, or not of the size of the first; or
                ``options.memory`` is too little for it.
            HoleError: a hole is not of its frame's size, there are more or fewer holes than frames, or a shot has
                holes but shows no pixel at all.
        """
        waiting: deque[RgbArray] = deque()

        def entering() -> Iterator[tuple[Picture, HoleArray]]:
            for frame, hole in _paired(frames, holes):
                waiting.append(frame)
                yield Picture(frame), hole

        for filled in self.fill(entering()):
            frame = waiting.popleft()
            yield frame if filled is None else filled

    def fill(self, pairs: Iterable[tuple[Picture, HoleArray]]) -> Iterator[RgbArray | None]:
        """As ``inpaint``, for pictures that can be made again: of those far ahead only what makes them waits in memory.

        Yields:
            One array per frame, as ``inpaint``; None where it has no hole.
        """
        self.stats.__init__()
        pairs = _checked(pairs)
        first = next(pairs, None)
        if first is None:
            return
        self.stats.budget = budget = self._choose_budget(first[0].rgb)
        pairs = itertools.chain((first,), pairs)
        del first  # a frame is memory
        with working(budget.workers) as submit:
            yield from Stream(self._filler, self.options.shots, self.stats, budget, submit).fill(pairs)

    def _choose_budget(self, frame: RgbArray) -> Budget:
        options, size = self.options, Size(frame.shape[1], frame.shape[0])
        workers = choose_workers(options.workers)
        limit, fixed = options.memory_bytes, options.reach is not None
        return choose_budget(options.plan, workers, size, frame.itemsize, limit, fixed)


def _paired(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[tuple[RgbArray, HoleArray]]:
    """Frames with their holes, one each."""
    remaining = iter(holes)
    count = 0
    for count, frame in enumerate(frames, 1):
        hole = next(remaining, None)
        if hole is None:
            raise HoleError(f"there are only {count - 1} holes but more frames; give one hole per frame")
        yield frame, hole
    if next(remaining, None) is not None:
        raise HoleError(f"there are more than {count} holes but only {count} frames; give one hole per frame")


def _checked(pairs: Iterable[tuple[Picture, HoleArray]]) -> Iterator[tuple[Picture, HoleArray]]:
    """Frames of one size and holes of theirs."""
    shape: tuple[int, ...] | None = None
    for count, (picture, hole) in enumerate(pairs, 1):
        frame = picture.rgb
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype not in (np.uint8, np.uint16):
            raise ConfigError(
                f"frame {count - 1} is {frame.dtype} of shape {frame.shape}; "
                "give (height, width, 3) RGB in uint8 or uint16"
            )
        if shape not in (None, frame.shape):
            raise ConfigError(f"frame {count - 1} is of shape {frame.shape}, but those before it are {shape}")
        shape = frame.shape
        hole = np.asarray(hole)
        if hole.shape != frame.shape[:2]:
            raise HoleError(
                f"hole {count - 1} is {_spelled(hole.shape)}, but its frame is {_spelled(frame.shape[:2])}; "
                "give one (height, width) array per frame"
            )
        del frame  # a frame is memory
        yield picture, hole if hole.dtype == np.bool_ else hole != 0


def _spelled(shape: tuple[int, ...]) -> str:
    """640x480 for (480, 640), and whatever else it is for any other number of axes."""
    return f"{shape[1]}x{shape[0]}" if len(shape) == 2 else f"of shape {shape}"
