"""Tracking sessions that are kept open, so that a correction needs no second decoding."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stranet.tracking.options import TrackOptions
from stranet.tracking.report import TrackProgress
from stranet.tracking.session import TrackSession
from stranet.web.jobs import Job
from stranet.web.marks import Extras
from stranet.web.outline import prompts_of
from stranet.web.project import Marked, Project

KEPT = 2
"""Sessions kept open: each holds a file of about 100 KB a frame, and masks of about a kilobyte a frame."""


@dataclass
class _Held:
    session: TrackSession
    extras: Extras
    revision: int | None = None
    """Of the marks that it has tracked; None = nothing whole."""


class Sessions:
    """The sessions of the videos that were tracked last. Used by the one thread that does the jobs."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    @contextmanager
    def tracked(self, project: Project, marked: Marked, job: Job) -> Iterator[TrackSession]:
        """A session that has tracked these marks, opened or brought up to date as needed.

        Raises:
            StraNetError: the video cannot be used, or nothing is found at the marks.
            Cancelled: the job was cancelled.
        """

        def step(progress: TrackProgress) -> None:
            job.stage = progress.stage
            job.step(progress.frames, progress.total)

        held = self._held.get(project.name)
        if held is None or held.extras != marked.extras:
            self.drop(project.name)
            options = TrackOptions.for_removal(marked.extras.shadow, marked.extras.overlay)
            session = TrackSession(project.source, options, folder=project.folder, progress=step)
            held = _Held(session, marked.extras)
        with self._lock:
            self._held.pop(project.name, None)
            self._held[project.name] = held  # the last one was used last
            superfluous = list(self._held)[:-KEPT]
        for name in superfluous:
            self.drop(name)
        if held.revision != marked.revision:
            held.revision = None
            held.session.track(prompts_of(marked.marks, project.size), progress=step)
            held.revision = marked.revision
        yield held.session

    def drop(self, name: str) -> None:
        """Close the session of a video, if there is one; no job of it may be running."""
        with self._lock:
            held = self._held.pop(name, None)
        if held is not None:
            held.session.close()

    def close(self) -> None:
        """Close all."""
        for name in list(self._held):
            self.drop(name)
