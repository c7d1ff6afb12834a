"""What is run, in which order: cheap runs first, so that there is something to see early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from stranet.bench.options import LENGTH_HOLE, BenchOptions
from stranet.inpainting.options import InpaintOptions

Kind = Literal["inpaint", "passthrough", "startup"]
COMMANDS: dict[str, tuple[str, ...]] = {
    "python": ("-c", "pass"),  # what no command can be faster than
    "stranet --help": ("-m", "stranet", "--help"),
    "stranet inpaint --help": ("-m", "stranet", "inpaint", "--help"),
}
"""What is started, as words for the interpreter."""


@dataclass(frozen=True)
class Run:
    """One run: all that decides what is measured. A row is known by it."""

    kind: Kind
    repeat: int = 0
    """Which of several alike, from 0."""
    size: str = ""
    """WIDTHxHEIGHT; empty for start-up."""
    hole: float = 0.0
    """Percent of the frame; 0 where nothing is filled."""
    frames: int = 0
    warmup: int = 0
    """Output frames that do not count for the time between frames."""
    command: str = ""
    """Of `COMMANDS`; start-up only."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options of filling that are not at their default, as JSON values."""

    @property
    def key(self) -> str:
        """The same text for the same run."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def variant(self) -> str:
        """The options in words."""
        return ", ".join(f"{name}={value}" for name, value in self.options.items()) or "defaults"

    @property
    def label(self) -> str:
        """The run in a few words."""
        if self.kind == "startup":
            return f"start of {self.command}"
        what = "passthrough" if self.kind == "passthrough" else f"hole {self.hole:g} %"
        changed = f", {self.variant}" if self.options else ""
        return f"{self.size}, {what}, {self.frames} frames{changed}"


def plan_runs(options: BenchOptions) -> list[tuple[Run, InpaintOptions]]:
    """Every run once, with the options of filling that it needs."""
    planned: dict[str, tuple[Run, InpaintOptions]] = {}
    for run, filling in _all_runs(options):
        planned.setdefault(run.key, (run, filling))
    return list(planned.values())


def changed_options(options: InpaintOptions) -> dict[str, Any]:
    """What is not at its default, as JSON values; of a file only its name."""
    default = InpaintOptions()
    values = {known.name: getattr(options, known.name) for known in fields(options)}
    changed = {name: value for name, value in values.items() if value != getattr(default, name)}
    return {name: value.name if isinstance(value, Path) else value for name, value in changed.items()}


def _all_runs(options: BenchOptions) -> Iterator[tuple[Run, InpaintOptions]]:
    frames, warmup, variants = options.chosen_frames, options.warmup, options.variants()
    repeats = range(options.chosen_repeats)
    for command in COMMANDS:
        for repeat in repeats:
            yield Run("startup", repeat, command=command), options.inpaint
    for size in map(str, options.chosen_sizes()):
        for repeat in repeats:  # in turns: a machine that is slow for minutes is then slow for all that is compared
            yield Run("passthrough", repeat, size, 0.0, frames, warmup), options.inpaint
            for hole in options.chosen_holes():
                for filling in options.variants_at(size, hole):
                    yield Run("inpaint", repeat, size, hole, frames, warmup, "", changed_options(filling)), filling
    size = str(options.chosen_length_size())
    for length in options.chosen_lengths():
        for filling in variants if options.vary_size is None else variants[:1]:
            for repeat in range(options.chosen_length_repeats):
                yield Run("inpaint", repeat, size, LENGTH_HOLE, length, warmup, "", changed_options(filling)), filling
