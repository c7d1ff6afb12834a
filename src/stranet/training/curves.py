"""Curves of a training as one PNG, where matplotlib is installed (the extra ``train``)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
Curves = dict[str, tuple[list[int], list[float]]]
"""Steps and values by name."""


def draw_curves(out: Path, lines: Sequence[Mapping[str, Any]]) -> bool:
    """Draw OUT/curves.png from lines of metrics.jsonl: loss terms, and hole PSNR of every validation.

    Returns:
        False where matplotlib is missing; nothing is drawn then.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        log.info("no curves: matplotlib is missing; pip install stranet[train]")
        return False
    figure = Figure(figsize=(10, 8))
    figure.subplots_adjust(0.08, 0.07, 0.74, 0.98, hspace=0.05)
    losses, quality = figure.subplots(2, 1, sharex=True)
    for name, (steps, values) in loss_curves(lines).items():
        losses.plot(steps, values, label=name, linewidth=0.8)
    for name, (steps, values) in psnr_curves(lines).items():
        quality.plot(steps, values, label=name, marker=".")
    losses.set(ylabel="loss terms, unweighted")
    losses.set_yscale("symlog", linthresh=1e-4)
    quality.set(xlabel="step", ylabel="hole PSNR, dB")
    for axes in (losses, quality):
        if axes.lines:
            axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
        axes.grid(alpha=0.3)
    figure.savefig(out / "curves.png", dpi=80, bbox_inches="tight")
    return True


def loss_curves(lines: Sequence[Mapping[str, Any]]) -> Curves:
    """A curve per loss term."""
    curves: Curves = {}
    for line in lines:
        for name, value in line.get("terms", {}).items():
            _add(curves, name, line["step"], value)
    return curves


def psnr_curves(lines: Sequence[Mapping[str, Any]]) -> Curves:
    """A curve per stage, kind of clip and kind of result."""
    curves: Curves = {}
    for line in lines:
        for kind, figures in line.get("validation", {}).items():
            for name, value in figures.items():
                if name.startswith("psnr"):
                    _add(curves, f"{line['stage']} {kind} {name}", line["step"], value)
    return curves


def _add(curves: Curves, name: str, step: int, value: float) -> None:
    steps, values = curves.setdefault(name, ([], []))
    steps.append(step)
    values.append(value)
