"""Scores as files: JSON down to the frame, CSV for spreadsheets, Markdown for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from stranet.evaluation.bins import by_area
from stranet.evaluation.bootstrap import mean_interval
from stranet.evaluation.protocol import PROTOCOL_VERSION
from stranet.evaluation.score import CaseScore, FrameScore, mean
from stranet.evaluation.table import CERTAIN, all_tables, by_method, mean_over_cases
from stranet.types import Size


def write_scores(folder: Path, title: str, size: Size, count: int, scores: Sequence[CaseScore]) -> None:
    """Write ``table.md``, ``table.json`` and ``frames.csv``."""
    pages = [f"## {title}", *(table.markdown() for table in all_tables(scores))]
    (folder / "table.md").write_text("\n\n".join(pages) + "\n", encoding="utf-8")
    content = {"protocol": PROTOCOL_VERSION, "size": str(size), "count": count, "methods": as_json(scores)}
    (folder / "table.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (folder / "frames.csv").write_text(as_csv(size, scores), encoding="utf-8")


def as_json(scores: Sequence[CaseScore]) -> dict[str, Any]:
    """Everything that the tables are made of, down to the frame."""
    return {
        name: {
            "mean": mean_over_cases(own),
            "interval": {key: mean_interval([score.summary()[key] for score in own]) for key in CERTAIN},
            "by_area": {
                area.label: {"frames": len(frames), "hole_psnr": mean(frame.hole_psnr for frame in frames)}
                for area, frames in by_area(own).items()
            },
            "cases": {
                score.case: {**score.summary(), "per_frame": [asdict(frame) for frame in score.frames]} for score in own
            },
        }
        for name, own in by_method(scores).items()
    }


def as_csv(size: Size, scores: Sequence[CaseScore]) -> str:
    """One line for every scored frame; what there is no value for is empty."""
    names = [field.name for field in fields(FrameScore)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["size", "method", "case", *names])
    for score in scores:
        for frame in score.frames:
            writer.writerow([size, score.method, score.case, *(getattr(frame, name) for name in names)])
    return text.getvalue()
