"""Scores kept beside the predictions that they belong to, so that a run that was stopped does not score anew."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from stranet.evaluation.predict import Prediction, write_json
from stranet.evaluation.score import FrameScore
from stranet.versions import code_digest

_CODE = tuple(f"evaluation/{name}" for name in ("score", "metrics", "regions", "temporal", "wavelet", "perceptual"))


def score_key(prediction: Prediction, measures: str) -> str:
    """What decides the scores of a prediction: itself, the code that scores, and which measures were asked for."""
    text = f"{code_digest(*_CODE, 'features')} {prediction.config} {prediction.input} {measures}"
    return hashlib.sha256(text.encode()).hexdigest()


def find_scores(folder: Path, key: str) -> tuple[FrameScore, ...] | None:
    """The scores in a prediction's folder, or None where there are none of this key."""
    try:
        content = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        if content["key"] != key:
            return None
        return tuple(FrameScore(**frame) for frame in content["frames"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not scored yet, or by another version: scoring again costs little


def keep_scores(folder: Path, key: str, frames: tuple[FrameScore, ...]) -> None:
    """Write the scores into the prediction's folder."""
    write_json(folder / "scores.json", {"key": key, "frames": [asdict(frame) for frame in frames]})
