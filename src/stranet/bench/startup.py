"""How long a command takes to say something: a new interpreter each time."""

from __future__ import annotations

import subprocess
import sys
import time

from stranet.bench.measure import Result
from stranet.bench.plan import COMMANDS
from stranet.errors import StraNetError


def measure_startup(command: str) -> Result:
    """Time one start, after another one that brings the files into the system's cache.

    Args:
        command: of `COMMANDS`.

    Raises:
        StraNetError: It fails.
    """
    words = [sys.executable, *COMMANDS[command]]
    _start(words, command)
    began = time.perf_counter()
    _start(words, command)
    return Result(time.perf_counter() - began)


def _start(words: list[str], command: str) -> None:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise StraNetError(f"{command} ended with code {done.returncode}: {' '.join(last)}")
