"""A queue of jobs that are done one at a time, each with its progress, and each can be cancelled."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from stranet.errors import ConfigError, StraNetError

State = Literal["waiting", "running", "done", "failed", "cancelled"]
KEPT_JOBS = 200
"""Ended jobs whose outcome can still be asked for."""
UNEXPECTED = "something went wrong here; the terminal in which stranet app runs says what"

_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """The job was cancelled; raised inside its work, from `Job.step`."""


@dataclass(eq=False)
class Job:
    """One thing to do, for one video."""

    owner: str
    """Whose job it is: the name of a video."""
    kind: str
    work: Callable[[Job], object]
    """Does it, calling `step` now and then."""
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "waiting"
    stage: str = ""
    """What it is at, in one word."""
    done: int = 0
    """Frames of this stage."""
    total: int | None = None
    """Frames of this stage, as far as known."""
    error: str | None = None
    """What went wrong, for the user."""
    began: float | None = None
    """When it left the queue, seconds of `time.monotonic`."""
    ended: float | None = None
    _cancel: threading.Event = field(default_factory=threading.Event)

    def step(self, done: int, total: int | None = None) -> None:
        """Say how far the work is; the place where a cancelled job stops.

        Raises:
            Cancelled: nobody wants it any more.
        """
        if self._cancel.is_set():
            raise Cancelled
        self.done = done
        self.total = total if total is None else max(total, done)

    def cancel(self) -> None:
        """Ask for the end; see `JobQueue.cancel`."""
        self._cancel.set()

    @property
    def active(self) -> bool:
        """True while it waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return 0.0 if self.began is None else (self.ended or time.monotonic()) - self.began


class JobQueue:
    """Does jobs in a thread of its own, in the order in which they come; a context manager.

    Args:
        name: of the thread.
        max_waiting: jobs that may wait.
    """

    def __init__(self, name: str, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def __enter__(self) -> JobQueue:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cancel everything and end the thread."""
        with self._changed:
            self._closed = True
            for job in (*self._waiting, self._running):
                if job is not None:
                    self._cancel(job)
            self._changed.notify_all()
        self._thread.join()

    def submit(self, owner: str, kind: str, work: Callable[[Job], object]) -> Job:
        """Queue a job.

        Raises:
            ConfigError: too many wait already, or this owner has one in the queue.
        """
        with self._changed:
            if any(job.owner == owner for job in self._pending()):
                raise ConfigError("this video already has a job in the queue; cancel it or wait for it")
            if self._closed or len(self._waiting) >= self._max_waiting:
                raise ConfigError(f"the queue is full ({self._max_waiting} jobs wait); try again later")
            job = Job(owner, kind, work)
            self._waiting.append(job)
            self._jobs[job.name] = job
            self._forget()
            self._changed.notify_all()
            return job

    def find(self, name: str) -> Job | None:
        """A job by its name."""
        with self._changed:
            return self._jobs.get(name)

    def latest(self, owner: str) -> Job | None:
        """The job of an owner that was queued last."""
        with self._changed:
            return next((job for job in reversed(self._jobs.values()) if job.owner == owner), None)

    def ahead(self, job: Job) -> int:
        """Jobs that are done before a waiting one, the running one included; 0 for any other."""
        with self._changed:
            return self._pending().index(job) if job in self._waiting else 0

    def lengths(self) -> tuple[int, int]:
        """Jobs that (run, wait)."""
        with self._changed:
            return int(self._running is not None), len(self._waiting)

    def cancel(self, job: Job) -> None:
        """Take a job out of the queue, or make it stop at its next step."""
        with self._changed:
            self._cancel(job)
            self._changed.notify_all()

    def drop(self, owner: str) -> None:
        """Cancel the jobs of an owner and wait until none of them runs any more."""
        with self._changed:
            for job in self._pending():
                if job.owner == owner:
                    self._cancel(job)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._running is None or self._running.owner != owner)

    def _cancel(self, job: Job) -> None:
        job.cancel()
        if job in self._waiting:
            self._waiting.remove(job)
            job.state = "cancelled"

    def _pending(self) -> list[Job]:
        return [*([self._running] if self._running else []), *self._waiting]

    def _forget(self) -> None:
        ended = [name for name, job in self._jobs.items() if not job.active]
        for name in ended[: max(0, len(self._jobs) - KEPT_JOBS)]:
            del self._jobs[name]

    def _loop(self) -> None:
        while (job := self._next()) is not None:
            state, error = _do(job)
            with self._changed:
                job.ended = time.monotonic()
                job.state, job.error = state, error
                job.work = _done  # what it refers to may be large
                self._running = None
                self._changed.notify_all()

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            job = self._running = self._waiting.popleft()
            job.state, job.began = "running", time.monotonic()
            return job


def _do(job: Job) -> tuple[State, str | None]:
    try:
        job.work(job)
    except Cancelled:
        return "cancelled", None
    except StraNetError as error:
        return "failed", str(error)
    except Exception:  # noqa: BLE001 - the next job must go on
        _log.exception("%s failed", job.kind)
        return "failed", UNEXPECTED
    return "done", None


def _done(job: Job) -> Any:
    raise AssertionError(f"{job.kind} is done")
