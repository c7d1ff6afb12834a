"""Medians over repeats, and how they stand against what we want."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from stranet.bench.measure import Result
from stranet.bench.plan import Run
from stranet.bench.record import Row
from stranet.bench.stages import OTHER, STAGES
from stranet.words import parse_size


@dataclass(frozen=True)
class Figures:
    """What a run takes: medians over its repeats, so that one that was disturbed does not count."""

    run: Run
    """Of its first repeat."""
    repeats: int
    result: Result

    @property
    def stage_milliseconds(self) -> dict[str, float]:
        """Busy time of every stage per frame."""
        return {stage: 1e3 * spent / self.run.frames for stage, spent in self.result.stage_seconds.items()}

    @property
    def seconds_per_frame(self) -> float:
        """Wall-clock time over frames, with everything that is done only once."""
        return self.result.seconds / self.run.frames


def summarise(rows: Iterable[Row]) -> list[Figures]:
    """One for every run, whatever its repeats, in the order of their first appearance."""
    alike: dict[str, list[Row]] = {}
    for row in rows:
        alike.setdefault(replace(row.run, repeat=0).key, []).append(row)
    return [_middle(group) for group in alike.values()]


def _middle(rows: list[Row]) -> Figures:
    results = [row.result for row in rows]

    def of(value: Callable[[Result], float | None]) -> float | None:
        values = [known for result in results if (known := value(result)) is not None]
        return median(values) if values else None

    stages = [stage for stage in (*STAGES, OTHER) if any(stage in result.stage_seconds for result in results)]
    peak = of(lambda result: result.peak_memory)
    shots = of(lambda result: result.shots)
    middle = Result(
        seconds=median(result.seconds for result in results),
        frame_seconds=of(lambda result: result.frame_seconds),
        first_frame=of(lambda result: result.first_frame),
        peak_memory=None if peak is None else round(peak),
        stage_seconds={stage: median(result.stage_seconds.get(stage, 0.0) for result in results) for stage in stages},
        leftover_share=of(lambda result: result.leftover_share),
        shots=None if shots is None else round(shots),
        hole_psnr=of(lambda result: result.hole_psnr),
    )
    return Figures(replace(rows[0].run, repeat=0), len(rows), middle)


def by_resolution(figures: Sequence[Figures], frames: int) -> list[Figures]:
    """Runs with clips of this many frames, smallest size first, passthrough before holes."""
    chosen = [one for one in figures if one.run.kind != "startup" and one.run.frames == frames]
    return sorted(chosen, key=lambda one: (_pixels(one.run), one.run.hole))


def by_length(figures: Sequence[Figures], size: str, hole: float, lengths: Sequence[int]) -> list[Figures]:
    """Runs of one size and hole in clips of these lengths, shortest first."""
    chosen = [
        one
        for one in figures
        if one.run.kind == "inpaint" and (one.run.size, one.run.hole) == (size, hole) and one.run.frames in lengths
    ]
    return sorted(chosen, key=lambda one: one.run.frames)


def _pixels(run: Run) -> int:
    size = parse_size(run.size)
    return size.width * size.height
