"""Frames, frames per second, time left and memory on stderr while a job runs."""

from __future__ import annotations

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from stranet.cli.bar import VanishingBar
from stranet.report import Progress
from stranet.tracking.report import TrackProgress


class ProgressBar(VanishingBar):
    """The bar of a job on frames."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[memory]}"),
            quiet=quiet,
            rate="",
            unit="frames",
            memory="",
        )

    def __call__(self, progress: Progress | TrackProgress) -> None:
        """Show where the job stands."""
        rate = progress.frames / progress.seconds if progress.seconds else 0.0
        total = None if progress.total is None else max(progress.total, progress.frames)
        self._bar.update(
            self._task,
            completed=progress.frames,
            total=total,
            unit="frames" if progress.stage == "fill" else f"frames, {progress.stage} mask",
            rate=f"{rate:.2f} fps",
            memory=in_gigabytes(progress.memory),
        )


def in_gigabytes(memory: int) -> str:
    """Bytes as text."""
    return f"{memory / 1e9:.2f} GB"
