"""Waiting for what happens in another thread, and making it quick."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from stranet.web.work import Workshop


def wait(condition: Callable[[], object], seconds: float = 60) -> None:
    """Until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def compute_on_one_thread(workshop: Workshop) -> None:
    """As conftest.py asks for; PyTorch keeps that setting for each thread, so the one that does the jobs makes it."""
    job = workshop.queue.submit("nobody", "settings", lambda job: torch.set_num_threads(1))
    wait(lambda: job.state == "done")
