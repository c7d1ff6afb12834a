"""Jobs run one at a time, in order, and end when they are told to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from waiting import wait

from stranet.errors import ConfigError, HoleError
from stranet.web.jobs import UNEXPECTED, Job, JobQueue


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    with JobQueue("StraNetJobs", max_waiting=3) as opened:
        yield opened


class Gate:
    """Work that goes on, frame by frame, until it is let through."""

    def __init__(self) -> None:
        self.open, self.entered, self.left = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, job: Job) -> None:
        self.entered.set()
        try:
            frames = 0
            while not self.open.wait(0.005):
                job.step(frames := frames + 1, 1000)
        finally:
            self.left.set()


def test_jobs_run_one_at_a_time_in_their_order(queue: JobQueue) -> None:
    at_once, most, order = 0, 0, []
    lock = threading.Lock()

    def work(job: Job) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        order.append(job.owner)
        threading.Event().wait(0.02)
        with lock:
            at_once -= 1

    jobs = [queue.submit(owner, "run", work) for owner in "abc"]
    wait(lambda: all(job.state == "done" for job in jobs))
    assert (most, order) == (1, ["a", "b", "c"])


def test_a_waiting_job_knows_how_many_are_ahead(queue: JobQueue) -> None:
    gate = Gate()
    jobs = [queue.submit(owner, "run", gate) for owner in "abc"]
    assert gate.entered.wait(5)
    assert [queue.ahead(job) for job in jobs] == [0, 1, 2]
    assert queue.lengths() == (1, 2)
    gate.open.set()
    wait(lambda: jobs[-1].state == "done")
    assert queue.lengths() == (0, 0)


def test_progress_and_time_are_told(queue: JobQueue) -> None:
    gate = Gate()
    job = queue.submit("a", "run", gate)
    wait(lambda: job.done > 2)
    assert job.total == 1000
    assert job.seconds > 0
    gate.open.set()
    wait(lambda: job.state == "done")
    assert job.seconds == job.seconds, "time stands still once it is done"


def test_a_total_that_was_too_low_is_raised() -> None:
    job = Job("a", "run", lambda job: None)
    job.step(12, 10)
    assert (job.done, job.total) == (12, 12)
    job.step(13)
    assert job.total is None


def test_a_running_job_stops_at_its_next_step(queue: JobQueue) -> None:
    gate = Gate()
    job = queue.submit("a", "run", gate)
    assert gate.entered.wait(5)
    queue.cancel(job)
    assert gate.left.wait(5)
    wait(lambda: job.state == "cancelled")
    assert job.error is None


def test_a_waiting_job_never_begins_once_cancelled(queue: JobQueue) -> None:
    first, second = Gate(), Gate()
    queue.submit("a", "run", first)
    waiting = queue.submit("b", "run", second)
    queue.cancel(waiting)
    assert waiting.state == "cancelled"
    first.open.set()
    third = queue.submit("c", "run", lambda job: None)
    wait(lambda: third.state == "done")
    assert not second.entered.is_set()


def test_what_the_user_can_mend_is_told(queue: JobQueue) -> None:
    def work(job: Job) -> None:
        raise HoleError("mark more of it")

    job = queue.submit("a", "run", work)
    wait(lambda: not job.active)
    assert (job.state, job.error) == ("failed", "mark more of it")


def test_a_fault_of_ours_goes_to_the_log_and_the_next_job_runs(
    queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    def work(job: Job) -> None:
        raise ZeroDivisionError

    job = queue.submit("a", "run", work)
    wait(lambda: not job.active)
    assert (job.state, job.error) == ("failed", UNEXPECTED)
    assert "ZeroDivisionError" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    caplog.clear()
    after = queue.submit("a", "run", lambda job: None)
    wait(lambda: after.state == "done")


def test_one_job_per_video_and_a_bounded_queue(queue: JobQueue) -> None:
    gate = Gate()
    queue.submit("a", "run", gate)
    assert gate.entered.wait(5)
    with pytest.raises(ConfigError, match="already has a job"):
        queue.submit("a", "track", gate)
    for owner in "bcd":
        queue.submit(owner, "run", gate)
    with pytest.raises(ConfigError, match=r"the queue is full \(3 jobs wait\)"):
        queue.submit("e", "run", gate)
    gate.open.set()


def test_dropping_an_owner_waits_for_its_running_job(queue: JobQueue) -> None:
    gate = Gate()
    job, other = queue.submit("a", "run", gate), queue.submit("b", "run", lambda job: None)
    assert gate.entered.wait(5)
    queue.drop("a")
    assert gate.left.is_set()
    assert job.state == "cancelled"
    wait(lambda: other.state == "done")


def test_closing_cancels_everything_and_ends_the_thread() -> None:
    gate = Gate()
    with JobQueue("StraNetJobs", 5) as queue:
        jobs = [queue.submit(owner, "run", gate) for owner in "ab"]
        assert gate.entered.wait(5)
    assert [job.state for job in jobs] == ["cancelled", "cancelled"]
    assert not any(thread.name == "StraNetJobs" for thread in threading.enumerate())


def test_ended_jobs_can_be_asked_for(queue: JobQueue) -> None:
    first = queue.submit("a", "track", lambda job: None)
    wait(lambda: first.state == "done")
    second = queue.submit("a", "run", lambda job: None)
    assert queue.latest("a") is second
    assert queue.find(first.name) is first
    assert queue.find("nothing") is None
    assert queue.latest("b") is None
