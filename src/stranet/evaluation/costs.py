"""What a method costs: peak memory and seconds per frame, in a fresh process that does nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stranet.evaluation.methods import Method
from stranet.evaluation.predict import write_json
from stranet.evaluation.protocol import Case, blank
from stranet.fresh_process import in_fresh_process
from stranet.memory import peak_memory
from stranet.types import HoleArray, Size
from stranet.versions import code_digest
from stranet.video.stopwatch import Stopwatch

TYPICAL_AREA = 0.08
"""Costs are measured on the case whose hole comes closest to this share of the frame."""
COST_FRAMES = 60
"""Frames of that case that are run, if it has so many: enough for every look-ahead to fill."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    case: str
    frames: int
    seconds_per_frame: float
    """Wall-clock seconds of the method, decoding not counted."""
    peak_memory: int
    """Largest resident memory of the whole process, Python and libraries included, bytes."""


def typical_case(cases: list[Case]) -> Case:
    """The case whose stated hole area comes closest to `TYPICAL_AREA`; the first of several."""
    return min(cases, key=lambda case: abs((case.area or 0.0) - TYPICAL_AREA))


def measure_cost(folder: Path, method: Method, case: Case, size: Size, count: int) -> Cost:
    """The cost of a method on one case, streamed from its file; measured once and kept in ``folder``."""
    text = json.dumps([method.config, code_digest("evaluation/costs.py"), case.name, str(size), count], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    path = folder / f"{method.name}.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return Cost(**kept["cost"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not measured yet
    cost = in_fresh_process(_measure, method, case, size, count)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, {"key": key, "cost": asdict(cost)})
    return cost


def _measure(method: Method, case: Case, size: Size, count: int) -> Cost:
    """In the fresh process. Frames and holes come from the file as they are asked for, as in a real job."""
    if method.name.startswith("stranet"):
        # Loading torch and its first steps are no part of a frame's time.
        hole = np.zeros((64, 64), bool)
        hole[24:40, 24:40] = True
        small = [np.full((64, 64, 3), 99, np.uint8)] * 2
        list(method.fill(small, [hole, np.roll(hole, 20, 1)]))

    decoding, filling = Stopwatch(), Stopwatch()
    holes: list[HoleArray] = []

    def frames() -> Iterator[NDArray[np.uint8]]:
        for truth, hole in decoding.over(case.stream(size, count)):
            holes.append(hole)
            yield blank(truth, hole)

    def their_holes() -> Iterator[HoleArray]:
        while holes:
            yield holes.pop(0)

    if method.name.startswith("stranet"):
        outputs = method.fill(frames(), their_holes())
    else:  # simple methods keep the whole clip anyhow, and may ask for all frames first
        pairs = list(case.stream(size, count))
        outputs = method.fill([blank(*pair) for pair in pairs], [hole for _, hole in pairs])
    done = sum(1 for _ in filling.over(outputs))
    return Cost(case.name, done, (filling.seconds - decoding.seconds) / done, peak_memory())
