"""Stage, steps, loss, clips per second and time left on stderr while a training runs."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from stranet.training.report import Progress


class TrainingBar:
    """A bar that vanishes at the end; nothing at all when stderr is no terminal or ``quiet``. A context manager."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=None, figures="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show where the training stands."""
        known = not math.isnan(progress.loss)
        self._bar.update(
            self._task,
            description=progress.stage,
            completed=progress.step,
            total=progress.steps,
            figures=f"loss {progress.loss:.4g}, {progress.rate:.2f} clips/s" if known else "",
        )
