"""What is done for a video: reading it, following what was marked, a preview, the removal. One heavy job at a time.

Reading a video in, so that it can be looked at, has a queue of its own: nobody has to wait for the removal of another
video before seeing their own.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from stranet.api import inpaint_video
from stranet.errors import ConfigError, StraNetError
from stranet.job import JobOptions
from stranet.report import Progress
from stranet.tracking.write import write_masks
from stranet.video.output import OutputOptions
from stranet.web.jobs import Job, JobQueue
from stranet.web.options import Limits
from stranet.web.outline import outline_of
from stranet.web.project import Made, Marked, Project
from stranet.web.request import JobRequest
from stranet.web.sessions import Sessions
from stranet.web.store import Store
from stranet.web.strip import hole_png, read_chain, read_hole, read_small, small_size, write_hole, write_strip

_log = logging.getLogger(__name__)


class Workshop:
    """The videos and the queues; a context manager.

    Args:
        store: keeps the videos.
        limits: what is accepted.
        between_frames: called after every frame of a removal.
    """

    def __init__(self, store: Store, limits: Limits, between_frames: Callable[[], object] = lambda: None) -> None:
        self.store, self.limits = store, limits
        self.queue = JobQueue("StraNetJobs", limits.max_waiting)
        self.reading = JobQueue("StraNetReading", 3 * limits.max_videos)
        self._between_frames = between_frames
        self._sessions = Sessions()
        self._threads = ExitStack()

    def __enter__(self) -> Self:
        self._threads.enter_context(self.queue)
        self._threads.enter_context(self.reading)
        for project in self.store.all():
            self._resume(project)
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.close()
        self._sessions.close()

    def open(self, project: Project) -> None:
        """Take in a new video and begin to read it."""
        self.store.add(project)
        self._read(project, "strip")

    def close_video(self, project: Project) -> None:
        """Stop what is done for a video, and delete it."""
        self.queue.drop(project.name)
        for kind in ("strip", "preview", "result"):
            self.reading.drop(_reader(project, kind))
        self._sessions.drop(project.name)
        self.store.discard(project.folder)

    def sweep(self) -> None:
        """Delete the videos that were not used for too long; one with a job in the queue is in use."""
        for project in self.store.old():
            latest = self.queue.latest(project.name)
            if latest is None or not latest.active:
                _log.info("%s was not used for %g hours and goes", project.name, self.limits.keep_hours)
                self.close_video(project)

    def outline(self, project: Project, frame: int) -> bytes:
        """What the marks on a frame mean, before anything is followed, as a PNG like those of a strip of holes.

        Raises:
            StraNetError: nothing is marked there, or the frame is not there yet.
        """
        marks = [mark for mark in project.marks if mark.frame == frame]
        if not marks or frame >= project.strip.frames:
            raise ConfigError("nothing is marked on this frame")
        strip = project.strip_folder("strip", project.strip)
        rgb = read_small(strip, frame)
        chain = read_chain(strip, frame, project.strip.frames, rgb)
        before = None
        if project.mask is not None and frame < project.mask.frames:
            before = read_hole(project.strip_folder("mask", project.mask), frame)
        return hole_png(outline_of(rgb, marks, project.size, before, chain), small_size(project.size))

    def submit(self, project: Project, wanted: JobRequest) -> Job:
        """Queue a job.

        Raises:
            ConfigError: it cannot be done yet, or not now.
        """
        if not project.strip.complete:
            raise ConfigError("the video is still being read; try again in a moment")
        if wanted.kind == "track":
            if not project.marks and not project.extras.overlay:
                raise ConfigError("nothing is marked; draw a box around what should vanish")
            return self.queue.submit(project.name, "track", self._named(project, self._track))
        if project.mask is None or project.mask.revision != project.revision:
            raise ConfigError("the marks have changed; follow the object first")
        if wanted.kind == "preview" and wanted.frame >= project.strip.frames:
            raise ConfigError(f"the preview begins at frame {wanted.frame}, but there are {project.strip.frames}")
        work = self._preview if wanted.kind == "preview" else self._run
        mask, marked = project.mask, project.marked

        def work_on(project: Project, job: Job) -> None:
            work(project, job, wanted, mask, marked)

        return self.queue.submit(project.name, wanted.kind, self._named(project, work_on))

    def _track(self, project: Project, job: Job) -> None:
        marked = project.marked
        made = Made(project.next_version(), suffix=".mkv", revision=marked.revision)
        folder = project.strip_folder("mask", made)
        size = small_size(project.size)
        try:
            with self._sessions.tracked(project, marked, job) as session:
                folder.mkdir()
                job.stage = "show"
                for index in session.range:
                    write_hole(folder, index, session.hole(index), size)
                    job.step(index + 1, len(session.range))
                unsure = tuple((shot.start, shot.stop) for shot in session.doubtful)
                frames = len(session.range)
                made = replace(made, frames=frames, total=frames, complete=True, unsure=unsure)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _replace(project, "mask", made)

    def _preview(self, project: Project, job: Job, wanted: JobRequest, mask: Made, _: Marked) -> None:
        times = project.times()
        start = times[wanted.frame]
        frames = sum(start <= time < start + wanted.seconds for time in times)
        part = JobOptions(start=start, preview=frames, dilate=wanted.margin)
        # Holes of the size at which they were tracked will do for a look.
        holes = project.strip_folder("mask", mask)
        made = Made(project.next_version(), project.facts.suffix, start=wanted.frame, revision=mask.revision)
        self._inpaint(project, job, "preview", made, holes, part)

    def _run(self, project: Project, job: Job, wanted: JobRequest, mask: Made, marked: Marked) -> None:
        file = project.video_file("mask", mask)
        if not file.exists():
            with self._sessions.tracked(project, marked, job) as session:
                job.stage = "write"
                write_masks(session, file, progress=lambda progress: job.step(progress.frames, progress.total))
        suffix = ".mkv" if wanted.lossless else project.facts.suffix
        made = Made(project.next_version(), suffix, revision=mask.revision)
        whole, output = JobOptions(dilate=wanted.margin), OutputOptions(lossless=wanted.lossless)
        self._inpaint(project, job, "result", made, file, whole, output)

    def _inpaint(
        self,
        project: Project,
        job: Job,
        kind: str,
        made: Made,
        holes: Path,
        part: JobOptions,
        output: OutputOptions | None = None,
    ) -> None:
        job.stage, job.done, job.total = "remove", 0, None

        def step(progress: Progress) -> None:
            job.step(progress.frames, progress.total)
            self._between_frames()

        file = project.video_file(kind, made)
        report = inpaint_video(project.source, holes, file, output_options=output, job=part, progress=step)
        _replace(project, kind, replace(made, total=report.frames))
        self._read(project, kind)

    def _read(self, project: Project, kind: str) -> None:
        """Make the strip of the upload or of something made from it, beside the queue."""
        made: Made = getattr(project, kind)
        seconds = self.limits.max_minutes * 60 if kind == "strip" else None

        def read(project: Project, job: Job) -> None:
            folder = project.strip_folder(kind, made)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

            def step(frames: int, _: float) -> None:
                job.step(frames, project.facts.expected)
                project.update(kind, made.version, frames=frames)

            times = write_strip(project.video_file(kind, made), folder, step=step, max_seconds=seconds)
            if kind == "strip":
                project.keep_times(times)
            project.update(kind, made.version, complete=True)
            project.save()

        owner = _reader(project, kind)
        self.reading.drop(owner)
        self.reading.submit(owner, "read", self._named(project, read))

    def unreadable(self, project: Project) -> str | None:
        """Why the upload could not be read to its end, if so."""
        job = self.reading.latest(_reader(project, "strip"))
        return None if job is None else job.error

    def _resume(self, project: Project) -> None:
        """Read again what an earlier run of the app did not finish reading."""
        for kind in ("strip", "preview", "result"):
            made: Made | None = getattr(project, kind)
            if made is not None and not made.complete:
                self._read(project, kind)

    def _named(self, project: Project, work: Callable[[Project, Job], object]) -> Callable[[Job], object]:
        """The work on a project, with errors that speak of the file by the name that the user knows."""

        def run(job: Job) -> None:
            try:
                work(project, job)
            except StraNetError as error:
                told = str(error).replace(str(project.source), project.facts.name)
                raise type(error)(told.replace(f"{project.folder}/", "")) from error

        return run


def _reader(project: Project, kind: str) -> str:
    """Owner of the jobs that read one of a project's videos."""
    return f"{project.name} {kind}"


def _replace(project: Project, kind: str, made: Made) -> None:
    """Put a new version in the place of the old one, whose files go."""
    with project.lock:
        old: Made | None = getattr(project, kind)
        setattr(project, kind, made)
        project.save()
    if old is not None:
        project.video_file(kind, old).unlink(missing_ok=True)
        shutil.rmtree(project.strip_folder(kind, old), ignore_errors=True)
