"""What a training tells while it runs (`Progress`) and when it ends (`Run`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Progress:
    """Where a training stands, after a step."""

    stage: str
    step: int
    """Steps that are done."""
    steps: int
    """Of all stages together."""
    loss: float
    """Of the last line of the log, NaN before the first."""
    rate: float
    """Clips per second, likewise."""


@dataclass(frozen=True)
class Run:
    """How a call of `train` ended."""

    out: Path
    step: int
    """Steps that are done, in all legs together."""
    steps: int
    """Of all stages together."""
    interrupted: bool
    """By Ctrl-C or SIGTERM."""
    figures: dict[str, Any]
    """Of the last validation of every stage, by kind of clip."""

    @property
    def finished(self) -> bool:
        """All stages are complete."""
        return self.step == self.steps

    @property
    def summary(self) -> str:
        """What was done and what may follow, on one line."""
        if self.finished:
            return f"trained {self.steps} steps; the weights are in {self.out / 'weights.safetensors'}"
        how = "interrupted" if self.interrupted else "stopped"
        return f"{how} after step {self.step} of {self.steps}; go on with: stranet train --resume {self.out}"
