"""One object through a whole video: from each of its prompts in both directions, to the cuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from stranet.errors import HoleError
from stranet.tracking.holes import HoleStore
from stranet.tracking.prompts import Prompt
from stranet.tracking.tracker import FrameStore, Tracked, Tracker
from stranet.types import HoleArray, Shot


@dataclass
class Track:
    """Where an object is, and how surely."""

    holes: HoleStore
    possible: HoleStore
    """The same, and what may be the object as well."""
    confidence: dict[int, float] = field(default_factory=dict)
    """By frame, for the frames of every shot in which the object is marked."""


def track_object(
    tracker: Tracker,
    frames: FrameStore,
    shots: Sequence[Shot],
    prompts: dict[int, list[Prompt]],
    step: Callable[[], object],
) -> Track:
    """Follow one object.

    Between two prompted frames of a shot both are followed towards each other, and every frame takes what comes from
    the nearer one, unless the farther is clearly more certain.

    Args:
        tracker: how.
        frames, shots: the video.
        prompts: marks by frame, in pixels of ``frames.size``.
        step: called after every visited frame; `visits` says how often.

    Raises:
        HoleError: nothing is found where something is marked, or there is nothing to correct.
    """
    track = Track(HoleStore(frames.size), HoleStore(frames.size))
    for shot in shots:
        marked = sorted(frame for frame in prompts if shot.start <= frame < shot.stop)
        _Shot(tracker, frames, shot, prompts, track, step).run(marked)
    return track


def visits(shots: Sequence[Shot], marked: Sequence[int]) -> int:
    """How many frames `track_object` visits."""
    count = 0
    for shot in shots:
        inside = sorted(frame for frame in marked if shot.start <= frame < shot.stop)
        if inside:
            between = inside[-1] - inside[0] + 1 - len(inside)
            count += shot.stop - shot.start - len(inside) + between
    return count


class _Shot:
    """The object in one shot."""

    FARTHER = 0.3
    """How much more certain a result from the farther prompt must be."""

    def __init__(
        self,
        tracker: Tracker,
        frames: FrameStore,
        shot: Shot,
        prompts: dict[int, list[Prompt]],
        track: Track,
        step: Callable[[], object],
    ) -> None:
        self._tracker, self._frames, self._shot = tracker, frames, shot
        self._prompts, self._track, self._step = prompts, track, step
        self._distance: dict[int, int] = {}

    def run(self, marked: list[int]) -> None:
        """Follow from every prompted frame; later ones see what came from the earlier ones."""
        waiting = list(marked)
        # A frame with points only needs a mask to correct: the nearest frame with more than that comes first.
        first = next((frame for frame in marked if not all(prompt.refines for prompt in self._prompts[frame])), None)
        if first is None and marked:
            first = marked[0]
        for frame in sorted(waiting, key=lambda frame: (frame < (first or 0), abs(frame - (first or 0)))):
            found = self._found(frame)
            self._keep(frame, found, 0)
            self._follow(frame, found.hole, self._end(frame, marked, 1))
            self._follow(frame, found.hole, self._end(frame, marked, -1))

    def _end(self, frame: int, marked: list[int], step: int) -> int:
        """The frame before which following stops: another prompted one, or the end of the shot."""
        beyond = [other for other in marked if (other - frame) * step > 0]
        if not beyond:
            return self._shot.stop if step > 0 else self._shot.start - 1
        nearest = min(beyond, key=lambda other: abs(other - frame))
        # One that is yet to be found by correcting a mask needs that mask.
        return nearest if nearest in self._distance or not self._refines(nearest) else nearest + step

    def _refines(self, frame: int) -> bool:
        return all(prompt.refines for prompt in self._prompts[frame])

    def _found(self, frame: int) -> Tracked:
        prompts = self._prompts[frame]
        before = self._track.holes[frame]
        before = before if before.any() else None
        found = self._tracker.segment(self._frames, self._shot, frame, prompts, before)
        absent = any(prompt.mask is not None and not prompt.mask.any() for prompt in prompts)
        if not found.hole.any() and not absent and not any(prompt.not_points for prompt in prompts):
            raise HoleError(
                f"object {prompts[0].object}: nothing is found at the marks on frame {frame}; mark more of it"
            )
        return found

    def _follow(self, frame: int, hole: HoleArray, end: int) -> None:
        step = 1 if end > frame else -1
        order = range(frame, end, step)
        if len(order) < 2:
            return
        if not hole.any():  # the user says that it is not there: so it stays until the next prompt
            results = (Tracked(np.zeros_like(hole), 1.0) for _ in order[1:])
        else:
            results = self._tracker.follow(self._frames, order, hole)
        for position, found in zip(order[1:], results, strict=True):
            distance = abs(position - frame)
            known = self._distance.get(position)
            margin = 0.0 if known is None else self.FARTHER * (1 if distance > known else -1)
            if known is None or found.confidence > self._track.confidence[position] + margin:
                self._keep(position, found, distance)
            self._step()

    def _keep(self, frame: int, found: Tracked, distance: int) -> None:
        self._track.holes[frame] = found.hole
        self._track.possible[frame] = found.hole if found.possible is None else found.possible
        self._track.confidence[frame] = float(found.confidence)
        self._distance[frame] = distance
