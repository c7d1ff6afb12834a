"""Frames on their way through the engine: which shot they belong to, when they are begun, and when they come out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from stranet.geometry.scale import Scale
from stranet.inpainting.budget import Budget
from stranet.inpainting.choice import choose_references
from stranet.inpainting.filling import FrameFiller
from stranet.inpainting.plan import serves
from stranet.inpainting.stats import InpaintStats
from stranet.inpainting.view import BoxFill, View
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.inpainting.workers import Submit
from stranet.types import HoleArray, Picture, RgbArray, Shot, Size
from stranet.video.shots import ShotDetector, thinned, thinning

MANY = 4
"""From so many frames on it pays to prepare them side by side."""


class Stream:
    """One stream on its way through the engine."""

    def __init__(self, filler: FrameFiller, shots: bool, stats: InpaintStats, budget: Budget, submit: Submit) -> None:
        self._filler, self._shots, self._stats, self._submit = filler, shots, stats, submit
        self._plan, self._workers = budget.plan, budget.workers

    def fill(self, pairs: Iterable[tuple[Picture, HoleArray]]) -> Iterator[RgbArray | None]:
        """Filled frames, in order; None for those without a hole."""
        detector = ShotDetector() if self._shots else None
        shot = _Shot(self._window())
        for index, (picture, hole) in enumerate(pairs):
            frame = picture.rgb
            scale = Scale.fit(Size(frame.shape[1], frame.shape[0]), self._plan.low_pixels)
            if detector and self._is_cut(detector, frame, hole) and index:
                yield from self._drain(shot, 0)
                shot = _Shot(self._window())
                self._begin_shot(index)
            del frame  # a frame is memory
            with self._stats.timed("entering"):
                if shot.waiting:
                    shot.window.rest(shot.waiting[0])
                shot.window.push(WindowFrame(index, picture, hole, scale))
            shot.waiting.append(index)
            if index == 0:
                self._begin_shot(0)
            self._stats.shots[-1] = Shot(self._stats.shots[-1].start, index + 1)
            yield from self._drain(shot, self._plan.reach)
        yield from self._drain(shot, 0)

    def _window(self) -> ShotWindow:
        return ShotWindow(self._plan.reach, self._filler.boxes.register)

    def _begin_shot(self, start: int) -> None:
        self._stats.shots.append(Shot(start, start))

    def _is_cut(self, detector: ShotDetector, frame: RgbArray, hole: HoleArray) -> bool:
        step = thinning(hole.size)
        with self._stats.timed("entering"):
            return detector.push(thinned(frame), hole[::step, ::step])

    def _drain(self, shot: _Shot, ahead: int) -> Iterator[RgbArray | None]:
        """Begin what has ``ahead`` frames after it, and yield what is finished; all of it at the end of a shot."""
        while len(shot.waiting) > ahead:
            shot.begun.append(self._begin(shot.window, shot.waiting.popleft()))
            if len(shot.begun) > (self._workers if self._workers > 1 else 0):
                yield self._finish(shot)
        while not ahead and shot.begun:
            yield self._finish(shot)

    def _begin(self, window: ShotWindow, index: int) -> _Begun:
        if not window[index].missing:
            return _Begun(window[index], None, list)
        within = range(max(window.start, index - self._plan.reach), window.stop)
        frames = [position for position in within if position == index or serves(position, index)]
        self._prepare(window, [position for position in frames if not window[position].prepared])
        with self._stats.timed("registration"):
            references = choose_references(window, index, frames, self._plan.references)
        view = self._filler.view(window, index, references)
        return _Begun(window[index], view, self._submit(lambda: self._filler.copy(view)))

    def _prepare(self, window: ShotWindow, positions: list[int]) -> None:
        """Side by side where there are many, as before the first hole; one more would wait for what is begun."""
        if len(positions) < MANY:
            for position in positions:
                self._filler.prepare(window[position])
            return
        for done in [self._submit(partial(self._filler.prepare, window[position])) for position in positions]:
            done()
        with self._stats.timed("registration"):
            # The chain of registrations leads over frames that serve as no reference, too.
            for done in [self._submit(partial(window.match, at)) for at in range(positions[0], positions[-1])]:
                done()

    def _finish(self, shot: _Shot) -> RgbArray | None:
        target, view, copied = shot.begun.popleft()
        if view is not None:
            self._filler.finish(view, copied())
            self._stats.filled += 1
        self._stats.frames += 1
        shot.window.forget_before(target.index + 1)
        return None if view is None else target.rgb


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
