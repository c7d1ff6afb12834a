"""What `stranet bench` does: run what is not there yet, then tables, plots and the page."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from stranet.bench.clips import Clips
from stranet.bench.measure import Files, Result, measure
from stranet.bench.options import BenchOptions
from stranet.bench.origin import Origin
from stranet.bench.plan import Run, plan_runs
from stranet.bench.record import Record, Row
from stranet.bench.scenery import photographs
from stranet.bench.startup import measure_startup
from stranet.bench.write import Written, write_all
from stranet.errors import ConfigError
from stranet.fresh_process import in_fresh_process
from stranet.inpainting.options import InpaintOptions
from stranet.plotting import require_matplotlib
from stranet.report import check_report


class BenchProgress(NamedTuple):
    """Where the bench stands."""

    done: int
    total: int
    """Runs."""
    doing: str
    """What is being done now, in a few words; empty when a run has just ended."""
    row: Row | None = None
    """The run that has just ended."""


def bench(
    options: BenchOptions, progress: Callable[[BenchProgress], object], after_frame: Callable[[], object]
) -> Written:
    """Do all runs that are not in the output folder yet, and write what they tell.

    Args:
        options: what to measure.
        progress: called before every clip that is made and before and after every run.
        after_frame: what the command does after every frame; of a module, because other processes call it.

    Raises:
        ConfigError: The output folder or the page cannot be written, or holds runs of another origin.
        StraNetError: An optional package is missing, or a run failed; finished runs are kept.
    """
    require_matplotlib("bench")
    photographs()
    _check_outputs(options)
    record = Record.open(options.out, Origin.here(), overwrite=options.overwrite)
    planned = plan_runs(options)
    clips = Clips(options.out / "clips")
    for done, (run, filling) in enumerate(planned):
        if run in record:
            continue

        def tell(doing: str, done: int = done) -> None:
            progress(BenchProgress(done, len(planned), doing))

        row = Row(run, _do(run, filling, clips, after_frame, tell))
        record.add(row)
        progress(BenchProgress(done + 1, len(planned), "", row))
    return write_all(options, record.origin, record.rows([run for run, _ in planned]))


def _check_outputs(options: BenchOptions) -> None:
    """Refuse before any work is done what would fail after it."""
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{options.out}: cannot be made a folder ({error.strerror})") from error
    check_report(options.out / "bench.json")
    if options.page is not None:
        check_report(options.page)


def _do(
    run: Run,
    filling: InpaintOptions,
    clips: Clips,
    after_frame: Callable[[], object],
    tell: Callable[[str], object],
) -> Result:
    """One run in a process of its own, and what it needs."""
    if run.kind == "startup":
        tell(run.label)
        return measure_startup(run.command)
    tell(f"making the clip for {run.label}")
    video = clips.video(run)
    mask = clips.mask(run) if run.kind == "inpaint" else None
    tell(run.label)
    with tempfile.TemporaryDirectory(prefix="stranet-bench-", dir=video.parent) as folder:
        files = Files(video, mask, Path(folder) / "out.mp4")
        return in_fresh_process(measure, run, filling, files, time.time(), after_frame)
