"""`stranet bench`: measure time and memory on clips that are made for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from stranet.bench.options import BenchOptions
from stranet.cli.bar import VanishingBar
from stranet.cli.parse import parse
from stranet.cli.program import after_frame, set_up_process

if TYPE_CHECKING:
    from stranet.bench.command import BenchProgress


class BenchBar(VanishingBar):
    """Runs done, and what is being done; a line that stays for every run that has ended."""

    def __init__(self) -> None:
        super().__init__(
            BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"), quiet=False
        )

    def __call__(self, progress: BenchProgress) -> None:
        """Show where the bench stands."""
        self._bar.update(self._task, completed=progress.done, total=progress.total, description=progress.doing)
        if progress.row is not None:
            pace, peak = progress.row.result.frame_seconds, progress.row.result.peak_memory
            figures = f"{progress.row.result.seconds:.2f} s" if pace is None else f"{pace:.3f} s a frame"
            memory = f", {peak / 1e9:.2f} GB" if peak else ""
            print(f"{progress.row.run.label}: {figures}{memory}", file=sys.stderr, flush=True)


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0, or 130 when it was interrupted."""
    options = parse(BenchOptions, "bench", arguments)
    set_up_process()
    from stranet.bench.command import bench  # loads PyAV and OpenCV: only once the options are right
    from stranet.bench.tables import as_text

    try:
        with BenchBar() as bar:
            written = bench(options, bar, after_frame)
    except KeyboardInterrupt:
        print(f"stranet: interrupted; finished runs are in {options.out}, the same command goes on", file=sys.stderr)
        return 130
    print("\n\n".join(as_text(table) for table in written.tables.values()))
    print(f"\nwritten: {', '.join(map(str, written.files))}", file=sys.stderr)
    return 0
