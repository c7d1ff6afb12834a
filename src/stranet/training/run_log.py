"""What a training tells: metrics.jsonl, a line per interval, and summary.json at its end."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stranet.training.distributed import Processes
from stranet.training.learner import Moved
from stranet.versions import commit, installed_versions

_PACKAGES = ("stranet", "torch", "numpy", "opencv-python-headless", "safetensors")


class Meter:
    """Means of what the steps did since it was last read."""

    def __init__(self) -> None:
        self.loss = self.rate = math.nan
        self._begin()

    def _begin(self) -> None:
        self._terms: dict[str, Tensor] = {}
        self._gradient, self._steps, self._skipped, self._clips = 0.0, 0, 0, 0
        self._since, self._waited = time.monotonic(), 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Time in here is spent waiting for data."""
        start = time.monotonic()
        yield
        self._waited += time.monotonic() - start

    def add(self, moved: Moved, clips: int) -> None:
        """Count a step of ``clips`` clips; of steps that moved nothing only the number."""
        self._clips += clips
        self._rate = moved.rate
        if not moved.finite:
            self._skipped += 1
            return
        for name, term in moved.terms.items():
            self._terms[name] = self._terms.get(name, torch.zeros_like(term)) + term
        self._gradient += moved.gradient
        self._steps += 1

    def read(self, processes: Processes) -> dict[str, Any]:
        """A line for the log; terms are means over all processes. Begins anew."""
        means = [term.float() / self._steps for term in self._terms.values()]
        processes.average(means)
        terms = {name: float(mean) for name, mean in zip(self._terms, means, strict=True)}
        seconds = time.monotonic() - self._since
        self.loss, self.rate = terms.get("total", math.nan), self._clips / seconds
        line = {
            "terms": terms,
            "gradient": self._gradient / max(1, self._steps),
            "learning_rate": self._rate,
            "clips_per_second": self.rate,
            "waiting": self._waited / seconds,
            "skipped": self._skipped,
        }
        self._begin()
        return line


class RunLog:
    """Lines of numbers in the folder of a training."""

    def __init__(self, out: Path, step: int) -> None:
        """Continue the log of a training that stands at ``step``: lines of later steps belong to a lost leg."""
        self._path = out / "metrics.jsonl"
        kept = [line for line in read_lines(self._path) if line["step"] <= step]
        self._path.write_text("".join(map(_json_line, kept)), encoding="utf-8")

    def line(self, **values: Any) -> None:
        """Add a line; it is on disk when this returns."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_json_line(values))

    def lines(self) -> list[dict[str, Any]]:
        """All lines so far."""
        return read_lines(self._path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Lines of a metrics.jsonl; none where there is no such file. A last line that was cut off is left out."""
    if not path.is_file():
        return []
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def write_summary(out: Path, **values: Any) -> None:
    """Write summary.json: where and with what the training ran, and ``values``."""
    content = {"commit": commit(), "host": host(), "versions": installed_versions(_PACKAGES), **values}
    partial = out / ".summary.json.partial"
    partial.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
    partial.replace(out / "summary.json")


def host() -> dict[str, Any]:
    """What kind of machine this is, without its name."""
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count(), "gpus": gpus}


def _json_line(values: dict[str, Any]) -> str:
    return json.dumps({name: _rounded(value) for name, value in values.items()}) + "\n"


def _rounded(value: Any) -> Any:
    """Six digits are plenty, and keep lines short."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value
