"""Stage, steps, loss, clips per second and time left on stderr while a training runs."""

from __future__ import annotations

import math

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from stranet.cli.bar import VanishingBar
from stranet.training.report import Progress


class TrainingBar(VanishingBar):
    """The bar of a training."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            quiet=quiet,
            figures="",
        )

    def __call__(self, progress: Progress) -> None:
        """Show where the training stands."""
        known = not math.isnan(progress.loss)
        figures = f"loss {progress.loss:.4g}, {progress.rate:.2f} clips/s" if known else ""
        self._bar.update(
            self._task,
            description=progress.stage,
            completed=progress.step,
            total=progress.steps,
            figures=figures,
        )
