"""Frames, frames per second, time left and memory on stderr while a job runs."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from stranet.report import Progress


class ProgressBar:
    """A bar that vanishes at the end; nothing at all when stderr is no terminal or ``quiet``. A context manager."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("frames"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[memory]}"),
            console=Console(stderr=True),
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=None, rate="", memory="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show where the job stands."""
        rate = progress.frames / progress.seconds if progress.seconds else 0.0
        total = None if progress.total is None else max(progress.total, progress.frames)
        self._bar.update(
            self._task,
            completed=progress.frames,
            total=total,
            rate=f"{rate:.2f} fps",
            memory=in_gigabytes(progress.memory),
        )


def in_gigabytes(memory: int) -> str:
    """Bytes as text."""
    return f"{memory / 1e9:.2f} GB"
