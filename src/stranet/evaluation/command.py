"""`stranet evaluate`: predict, score, and print the table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stranet.errors import ConfigError
from stranet.evaluation.methods import Method, resolve_methods
from stranet.evaluation.predict import PredictionCache
from stranet.evaluation.protocol import PROTOCOL_VERSION, Case, load_protocol
from stranet.evaluation.score import CaseScore, score_case
from stranet.evaluation.strips import write_strip
from stranet.evaluation.table import all_tables, as_json
from stranet.evaluation.workers import run_all
from stranet.inpainting.options import InpaintOptions
from stranet.types import Size


@dataclass(frozen=True)
class EvaluateOptions:
    """What is measured, where the predictions are kept, and what is written."""

    data: Path
    """Folder with a manifest.toml, its clips and its silhouettes."""
    size: str = "864x480"
    """Width x height at which the cases are cut, pixels; smaller clips are left out."""
    count: int = 30
    """Most frames of every case, at least 1."""
    methods: tuple[str, ...] = ("stranet", "telea")
    """Methods to compare, separated by spaces or commas: stranet, stranet-affine, stranet-flow, stranet-no-refine,
    stranet-no-light, stranet-no-residuals, telea, navier-stokes, temporal-median, nearest-visible."""
    only: tuple[str, ...] = ()
    """Names of the cases to use, separated by spaces or commas; none = all."""
    out: Path = Path("evaluation")
    """Folder for predictions, tables and pictures, with one folder per size in it."""
    jobs: int = 1
    """Cases at a time, each in a process of its own; seconds per frame are only comparable with 1."""
    strips: bool = False
    """Also write a picture per case: input, every method and the truth, zoomed to the hole."""
    overwrite: bool = False
    """Throw away earlier predictions of these methods at this size."""
    inpaint: InpaintOptions = field(default_factory=InpaintOptions)
    """How StraNet fills holes."""

    def __post_init__(self) -> None:
        for name in ("count", "jobs"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must be at least 1")
        parse_size(self.size)


def parse_size(text: str) -> Size:
    """``"864x480"`` as a `Size`.

    Raises:
        ConfigError: The text is something else, or a side is shorter than 16 pixels.
    """
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() for side in sides):
        raise ConfigError(f"size is {text!r}, but must be written as WIDTHxHEIGHT, for example 864x480")
    size = Size(int(sides[0]), int(sides[1]))
    if min(size) < 16:
        raise ConfigError(f"size is {size}, but both sides must be at least 16 pixels")
    return size


def evaluate(options: EvaluateOptions) -> int:
    """Run what is missing, score everything, print the tables and write them to the output folder.

    Returns:
        0, the exit code.

    Raises:
        ConfigError: An option, the manifest or the output folder does not fit.
    """
    size = parse_size(options.size)
    cases = load_protocol(options.data).select(size, _split(options.only))
    methods = resolve_methods(_split(options.methods), options.inpaint)
    if not methods:
        raise ConfigError("no method is given; name at least one, for example --methods stranet")
    folder = options.out / str(size)
    cache = PredictionCache(folder)
    configs = [cache.claim(method, size, options.count, overwrite=options.overwrite) for method in methods]

    job = _Job(cache, tuple(zip(methods, configs, strict=True)), size, options.count, options.strips)
    for lines in run_all(job.predict, cases, options.jobs):
        _say("\n".join(lines), sys.stderr.write)
    scored = [score for scores in run_all(job.score, cases, options.jobs) for score in scores]
    scores = [score for method in methods for score in scored if score.method == method.name]

    tables = all_tables(scores)
    _write_tables(folder, options, scores)
    _say("\n\n".join(table.text() for table in tables), sys.stdout.write)
    _say(
        f"\ntables: {folder / 'table.md'} and table.json" + (f"; strips: {folder / 'strips'}" if options.strips else "")
    )
    return 0


@dataclass(frozen=True)
class _Job:
    """What worker processes need: both passes, one case at a time."""

    cache: PredictionCache
    methods: tuple[tuple[Method, str], ...]
    """Every method with the hash of its configuration."""
    size: Size
    count: int
    strips: bool

    def predict(self, case: Case) -> list[str]:
        """Pass 1. Returns a line per method for the log."""
        cut = case.cut(self.size, self.count)
        lines = []
        for method, config in self.methods:
            prediction, is_new = self.cache.predict(method, cut, config)
            lines.append(
                f"{case.name} {method.name}: {prediction.frames} frames, {prediction.seconds_per_frame:.3f} s each"
                + ("" if is_new else " (kept)")
            )
        return lines

    def score(self, case: Case) -> list[CaseScore]:
        """Pass 2, and the pictures if they are wanted."""
        cut = case.cut(self.size, self.count)
        seconds = {}
        for method, config in self.methods:
            prediction = self.cache.find(method.name, cut, config)
            assert prediction is not None, "pass 1 has made every prediction"  # noqa: S101
            seconds[method.name] = prediction.seconds_per_frame
        if self.strips:
            outputs = {name: self.cache.frames(name, cut) for name in seconds}
            write_strip(self.cache.folder / "strips" / f"{case.name}.png", cut, outputs)
        scores = score_case(cut, {name: self.cache.frames(name, cut) for name in seconds})
        return [CaseScore(name, case.name, seconds[name], frames) for name, frames in scores.items()]


def _write_tables(folder: Path, options: EvaluateOptions, scores: list[CaseScore]) -> None:
    title = f"## Syn-HD version {PROTOCOL_VERSION} at {options.size}, first {options.count} frames of each case"
    pages = [title, *(table.markdown() for table in all_tables(scores))]
    (folder / "table.md").write_text("\n\n".join(pages) + "\n", encoding="utf-8")
    content = {
        "protocol": PROTOCOL_VERSION,
        "size": options.size,
        "count": options.count,
        "methods": as_json(scores),
    }
    (folder / "table.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _split(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for name in names for part in name.split(",") if part.strip())


def _say(text: str, write: Callable[[str], object] | None = None) -> None:
    (write or sys.stderr.write)(text + "\n")
