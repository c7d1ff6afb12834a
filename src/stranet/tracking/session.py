"""A video that is decoded once, and then marked, tracked and corrected as often as one likes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError, HoleError
from stranet.memory import current_memory
from stranet.tracking.finish import Finish
from stranet.tracking.objects import Track, track_object, visits
from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt, placed
from stranet.tracking.report import Report, TrackProgress, doubtful_runs
from stranet.tracking.spool import Spool
from stranet.tracking.trackers import make_tracker
from stranet.types import Frame, HoleArray, Shot
from stranet.video.reader import open_video
from stranet.video.shots import ShotDetector, split_shots, thinned
from stranet.video.stage import ReadAhead


class TrackSession:
    """The video, its prompts' results, and what is to be written; a context manager.

    Memory does not grow with the length of the video but for the masks, about a kilobyte a frame; frames lie as JPEG in
    a temporary file. Frames are numbered as in the video, from 0. Not to be used from several threads at a time.

    Args:
        video: a video file or a folder of images.
        options: how to track.
        folder: where the temporary file lies; None = where the system keeps such files.
        start, end: seconds from the first frame; only this part is tracked.
        limit: track at most so many frames; None = any number.
        allow_damaged: end quietly where the video is damaged, instead of raising.
        progress: called after every frame; what it raises ends the job.

    Raises:
        OpenError, DecodeError: the video cannot be used.
        ConfigError: nothing lies between start and end, or the tracker is not installed.
    """

    def __init__(
        self,
        video: str | Path,
        options: TrackOptions | None = None,
        *,
        folder: Path | None = None,
        start: float | None = None,
        end: float | None = None,
        limit: int | None = None,
        allow_damaged: bool = False,
        progress: Report | None = None,
    ) -> None:
        self.video, self.options = Path(video), options or TrackOptions()
        self.start, self.end, self.allow_damaged = start, end, allow_damaged
        self.began = time.perf_counter()
        self.stage_seconds = {"read": 0.0, "track": 0.0, "write": 0.0}
        self.objects: tuple[str, ...] = ()
        self.confidence: tuple[float | None, ...] = ()
        """Of the least certain object, for the frames of `range`; None where none is followed."""
        self._tracker = make_tracker(self.options)
        with open_video(self.video, end=end, allow_damaged=allow_damaged) as reader:
            self.info = reader.info
            self.size = self.info.display_size
            """Of the upright picture."""
            self.frames = Spool(self.size, self.options.track_pixels, rotation=self.info.rotation, folder=folder)
            """The frames of `range`, counted from 0, at the size at which they are tracked, upright."""
            try:
                self._finish = Finish(self.options, self.frames.size, self.frames.size.width / self.size.width)
                with self.stage("read", progress, self._expected(limit)) as step, ReadAhead(reader) as ahead:
                    self._read(ahead, limit, step)
            except BaseException:
                self.frames.close()
                raise
        self._tracks: dict[str, Track] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the temporary file."""
        self.frames.close()

    @property
    def range(self) -> range:
        """The frames that are tracked."""
        return range(self._first, self._first + len(self.frames))

    @property
    def doubtful(self) -> tuple[Shot, ...]:
        """Runs of frames whose confidence is low."""
        return doubtful_runs(self.confidence, self._first, self.options.doubt)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB, upright, at the size at which frames are tracked; do not write into it."""
        return self.frames[self._inside(index)]

    def segment(self, prompts: Sequence[Prompt]) -> HoleArray:
        """The outline of what is marked on one frame, (h, w) bool; changes nothing.

        Points and strokes alone correct what was tracked there, if anything was.

        Raises:
            HoleError: the prompts lie on several frames, or do not fit.
        """
        hole = np.zeros((self.frames.size.height, self.frames.size.width), bool)
        by_object = self._placed(prompts)
        if len({frame for marks in by_object.values() for frame in marks}) > 1:
            raise HoleError("segment takes the prompts of one frame at a time; use track for several")
        for name, marks in by_object.items():
            for index, group in marks.items():
                known = self._tracks.get(name)
                shot = next(shot for shot in self._shots if shot.start <= index < shot.stop)
                before = known.holes[index] if known and index in known.holes else None
                hole |= self._tracker.segment(self.frames, shot, index, group, before).hole
        return hole

    def track(self, prompts: Sequence[Prompt], progress: Report | None = None) -> None:
        """Follow everything that is marked; replaces what was tracked before.

        Raises:
            HoleError: a prompt does not fit the video, or nothing is found there.
        """
        by_object = self._placed(prompts) if prompts or not self.options.overlay else {}
        total = sum(visits(self._shots, list(marks)) for marks in by_object.values())
        total += self._finish.work(self.frames, bool(by_object))
        with self.stage("track", progress, total) as step:
            tracks = {
                name: track_object(self._tracker, self.frames, self._shots, marks, step)
                for name, marks in by_object.items()
            }
            generous = self.options.generous
            parts = [track.possible if generous else track.holes for track in tracks.values()]
            self._finish.take(self.frames, self._shots, parts, step)
        self._tracks, self.objects = tracks, tuple(by_object)
        self.confidence = tuple(
            min((track.confidence[index] for track in tracks.values() if index in track.confidence), default=None)
            for index in range(len(self.frames))
        )

    def hole(self, index: int) -> HoleArray:
        """The mask of a frame as it will be written, (h, w) bool at the size of `frame`; empty outside of `range`."""
        if index not in self.range:
            return np.zeros((self.frames.size.height, self.frames.size.width), bool)
        return self._finish.hole(index - self._first)

    def object_hole(self, name: str, index: int) -> HoleArray:
        """One of `objects` in a frame, no more than what it is taken for, (h, w) bool at the size of `frame`."""
        track = self._tracks.get(name)
        if track is None or index not in self.range:
            return np.zeros((self.frames.size.height, self.frames.size.width), bool)
        return track.holes[index - self._first]

    def _read(self, frames: Iterable[Frame], limit: int | None, step: Callable[[], object]) -> None:
        """Keep the frames of the range, and the times of all up to its end."""
        detector, starts = ShotDetector(), []
        tick, zero = self.info.time_base, self.info.first_pts
        self.pts: list[int] = []
        """Of every frame from the first of the video to the end of `range`."""
        self._first = 0
        for frame in frames:
            self.pts.append(frame.pts)
            if (frame.pts - zero) * tick < (self.start or 0) - 1e-6:
                self._first = frame.index + 1
                continue
            self.frames.append(frame.rgb)
            starts.append(detector.push(thinned(frame.rgb)))
            step()
            if len(self.frames) == limit:
                break
        if not len(self.frames):
            raise ConfigError(
                f"{self.video}: no frame lies between start and end; the video lasts {self.info.duration} s"
            )
        self._shots = split_shots(starts)
        self.shots = tuple(Shot(shot.start + self._first, shot.stop + self._first) for shot in self._shots)
        """Frames between two cuts, in `range`."""

    def _placed(self, prompts: Sequence[Prompt]) -> dict[str, dict[int, list[Prompt]]]:
        """Prompts by object and by frame of the spool, in its pixels."""
        times = [float((pts - self.info.first_pts) * self.info.time_base) for pts in self.pts]
        return {
            name: {
                self._inside(frame): [prompt.scaled(self.size, self.frames.size) for prompt in group]
                for frame, group in marks.items()
            }
            for name, marks in placed(prompts, times).items()
        }

    def _inside(self, index: int) -> int:
        if index not in self.range:
            raise HoleError(
                f"frame {index} is not among those that are tracked, {self.range.start} to {self.range.stop - 1}"
            )
        return index - self._first

    def _expected(self, limit: int | None) -> int | None:
        count, rate = self.info.frame_count_hint, self.info.frame_rate
        if rate and self.end is not None:
            count = min(count or round(self.end * rate), round(self.end * rate))
        if count and rate:
            count = max(1, count - round((self.start or 0) * rate))
        return limit if count is None or (limit is not None and limit < count) else count

    @contextmanager
    def stage(self, name: str, progress: Report | None, total: int | None) -> Iterator[Callable[[], None]]:
        """Count the frames of a stage and measure its time."""
        began, done = time.perf_counter(), 0

        def step() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(TrackProgress(name, done, total, time.perf_counter() - self.began, current_memory()))

        yield step
        self.stage_seconds[name] += time.perf_counter() - began
