"""The streaming engine: frames and holes in, filled frames out, in bounded memory. Knows no files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from stranet.errors import ConfigError, HoleError
from stranet.geometry.scale import Scale
from stranet.inpainting.choice import choose_references
from stranet.inpainting.filling import FrameFiller
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.stats import InpaintStats
from stranet.inpainting.view import BoxFill, View
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.inpainting.workers import Submit, choose_workers, working
from stranet.types import HoleArray, RgbArray, Shot, Size
from stranet.video.shots import ShotDetector, thinned, thinning


class Inpainter:
    """Fills the holes of a stream of frames.

    Example:
        >>> inpainter = Inpainter(InpaintOptions(references=12))
        >>> filled = list(inpainter.inpaint(frames, holes))  # doctest: +SKIP
    """

    def __init__(self, options: InpaintOptions | None = None) -> None:
        self.options = options or InpaintOptions()
        self.stats = InpaintStats()
        self._plan = self.options.plan
        self._filler = FrameFiller(self.options, self.stats)
        self._workers = choose_workers(self.options.workers, self._filler.device)

    def inpaint(self, frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
        """Fill every frame, in order.

        Pulls up to ``options.plan.reach`` frames ahead of the one it yields, and one more for every further worker, and
        keeps as many behind, whatever the length of the stream. Until the end or an error, PyTorch and OpenCV are kept
        to one thread each while there are several workers. The result does not depend on their number.

        Args:
            frames: (H, W, 3) uint8 or uint16, RGB, all of one size.
            holes: (H, W) bool, True = missing; as many as frames.

        Yields:
            One array per frame: the frame itself where it has no hole, otherwise a copy with the hole filled and every
            other pixel untouched.

        Raises:
            ConfigError: a frame is not (H, W, 3) uint8 or uint16, or not of the size of the first.
            HoleError: a hole is not of its frame's size, there are more or fewer holes than frames, or a shot has
                holes but shows no pixel at all.
        """
        self.stats.__init__()
        with working(self._workers) as submit:
            yield from self._stream(frames, holes, submit)

    def _stream(self, frames: Iterable[RgbArray], holes: Iterable[HoleArray], submit: Submit) -> Iterator[RgbArray]:
        detector = ShotDetector() if self.options.shots else None
        shot = _Shot(self._window())
        for index, (frame, hole) in enumerate(_paired(frames, holes)):
            scale = Scale.fit(Size(frame.shape[1], frame.shape[0]), self._plan.low_pixels)
            if detector and self._is_cut(detector, frame, hole) and index:
                yield from self._drain(shot, submit, 0)
                shot = _Shot(self._window())
                self._begin_shot(index)
            with self.stats.timed("entering"):
                shot.window.push(WindowFrame(index, frame, hole, scale))
            shot.waiting.append(index)
            if index == 0:
                self._begin_shot(0)
            self.stats.shots[-1] = Shot(self.stats.shots[-1].start, index + 1)
            yield from self._drain(shot, submit, self._plan.reach)
        yield from self._drain(shot, submit, 0)

    def _window(self) -> ShotWindow:
        return ShotWindow(self._plan.reach, self._filler.boxes.register)

    def _begin_shot(self, start: int) -> None:
        self.stats.shots.append(Shot(start, start))

    def _is_cut(self, detector: ShotDetector, frame: RgbArray, hole: HoleArray) -> bool:
        step = thinning(hole.size)
        with self.stats.timed("entering"):
            return detector.push(thinned(frame), hole[::step, ::step])

    def _drain(self, shot: _Shot, submit: Submit, ahead: int) -> Iterator[RgbArray]:
        """Begin what has ``ahead`` frames after it, and yield what is finished; all of it at the end of a shot."""
        while len(shot.waiting) > ahead:
            shot.begun.append(self._begin(shot.window, shot.waiting.popleft(), submit))
            if len(shot.begun) > (self._workers if self._workers > 1 else 0):
                yield self._finish(shot)
        while not ahead and shot.begun:
            yield self._finish(shot)

    def _begin(self, window: ShotWindow, index: int, submit: Submit) -> _Begun:
        if window[index].hole is None:
            return _Begun(window[index], None, list)
        frames = range(max(window.start, index - self._plan.reach), window.stop)
        with self.stats.timed("low resolution"):
            for position in frames:
                window[position].shrink()
        with self.stats.timed("registration"):
            references = choose_references(window, index, frames, self._plan.references)
        view = self._filler.view(window, index, references)
        return _Begun(window[index], view, submit(lambda: self._filler.copy(view)))

    def _finish(self, shot: _Shot) -> RgbArray:
        target, view, copied = shot.begun.popleft()
        if view is not None:
            self._filler.finish(view, copied())
            self.stats.filled += 1
        self.stats.frames += 1
        shot.window.forget_before(target.index + 1)
        return target.rgb


class _Begun(NamedTuple):
    """A frame that is being worked on."""

    target: WindowFrame
    view: View | None
    """None without a hole."""
    copied: Callable[[], list[BoxFill]]
    """Waits for what is copied from the references."""


@dataclass
class _Shot:
    """Where the work on one shot stands."""

    window: ShotWindow
    waiting: deque[int] = field(default_factory=deque)
    """Entered, not yet begun."""
    begun: deque[_Begun] = field(default_factory=deque)
    """Not yet out."""


def _paired(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[tuple[RgbArray, HoleArray]]:
    """Frames with their holes, checked."""
    remaining = iter(holes)
    shape: tuple[int, ...] | None = None
    count = 0
    for count, frame in enumerate(frames, 1):
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype not in (np.uint8, np.uint16):
            raise ConfigError(
                f"frame {count - 1} is {frame.dtype} of shape {frame.shape}; "
                "give (height, width, 3) RGB in uint8 or uint16"
            )
        if shape not in (None, frame.shape):
            raise ConfigError(f"frame {count - 1} is of shape {frame.shape}, but those before it are {shape}")
        shape = frame.shape
        hole = next(remaining, None)
        if hole is None:
            raise HoleError(f"there are only {count - 1} holes but more frames; give one hole per frame")
        hole = np.asarray(hole)
        if hole.shape != frame.shape[:2]:
            raise HoleError(
                f"hole {count - 1} is {_spelled(hole.shape)}, but its frame is {_spelled(frame.shape[:2])}; "
                "give one (height, width) array per frame"
            )
        yield frame, hole if hole.dtype == np.bool_ else hole != 0
    if next(remaining, None) is not None:
        raise HoleError(f"there are more than {count} holes but only {count} frames; give one hole per frame")


def _spelled(shape: tuple[int, ...]) -> str:
    """640x480 for (480, 640), and whatever else it is for any other number of axes."""
    return f"{shape[1]}x{shape[0]}" if len(shape) == 2 else f"of shape {shape}"
