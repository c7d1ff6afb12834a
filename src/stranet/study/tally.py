"""`stranet study tally`: how often every method came first, second, ..., from the files that came back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stranet.errors import ConfigError
from stranet.study.build import FORMAT

DRAWS = 4000
"""Resamples of the bootstrap."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """How often a method took a place."""

    percent: float
    low: float | None
    high: float | None
    """Bounds of the 95 % interval, percent; None with a single participant."""


@dataclass(frozen=True)
class Tally:
    """The outcome of a study."""

    participants: int
    votes: int
    """Comparisons that were answered."""
    ranks: dict[str, tuple[Share, ...]]
    """For every method its share of first places, second places and so on; a column adds up to 100 over the methods."""

    def table(self) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Header and rows as text, the best method first."""
        count = len(self.ranks)
        ordered = sorted(self.ranks.items(), key=lambda item: [-share.percent for share in item[1]])
        header = ("method", *(f"rank {place} %" for place in range(1, count + 1)))
        return header, tuple((name, *map(_text, shares)) for name, shares in ordered)


def tally_votes(key: Path, votes: Sequence[Path]) -> Tally:
    """Count.

    Intervals are percentile bootstraps over participants, because the answers of one person hang together.

    Args:
        key: ``key.json`` of the study.
        votes: files of answers, or folders of them.

    Raises:
        ConfigError: A file is missing, damaged or of another study, somebody answered twice, or nobody answered.
    """
    content = _read(key)
    try:
        study, methods = content["study"], list(content["methods"])
        owners = {task: dict(entry["media"]) for task, entry in content["tasks"].items()}
        if content["format"] != FORMAT:
            raise ConfigError(f"{key}: format {content['format']}, but this version reads {FORMAT}")
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{key}: not the key of a study ({error!r})") from error
    files = [file for path in votes for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    counts, seen = [], {}
    for file in files:
        answers = _read(file)
        participant = _check(answers, study, file)
        if participant in seen:
            raise ConfigError(f"{file}: participant {participant} has answered already in {seen[participant]}")
        seen[participant] = file
        counts.append(_count(answers["votes"], owners, methods, file))
    if not counts or not np.sum(counts):
        raise ConfigError("there are no answers; give the files that came back, or their folder")
    stacked = np.array(counts, np.float64)  # (P, M, M): person, method, place
    shares = _percent(stacked.sum(axis=0))
    bounds = _bounds(stacked) if len(stacked) > 1 else None
    ranks = {}
    for row, method in enumerate(methods):
        ranks[method] = tuple(
            Share(float(share), *((None, None) if bounds is None else map(float, bounds[:, row, place])))
            for place, share in enumerate(shares[row])
        )
    return Tally(len(counts), int(stacked[:, 0].sum()), ranks)


def _check(answers: Any, study: str, file: Path) -> str:
    try:
        found, participant, form = answers["study"], str(answers["participant"]), answers["format"]
        list(answers["votes"])
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{file}: not the answers to a study ({error!r})") from error
    if found != study or form != FORMAT:
        raise ConfigError(f"{file}: answers to another study; keep every study's files apart")
    return participant


def _count(votes: Any, owners: dict[str, dict[str, str]], methods: list[str], file: Path) -> np.ndarray:
    """(M, M): how often a method took a place."""
    counts = np.zeros((len(methods), len(methods)))
    answered: set[str] = set()
    for vote in votes:
        try:
            task, ranks = vote["task"], dict(vote["ranks"])
            media = owners[task]
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{file}: not an answer to this study ({error!r})") from error
        if task in answered:
            raise ConfigError(f"{file}: comparison {task} is answered twice")
        places = list(ranks.values())
        whole = all(type(place) is int for place in places)
        if ranks.keys() != media.keys() or not whole or sorted(places) != list(range(1, len(media) + 1)):
            raise ConfigError(f"{file}: comparison {task} does not give every result a place of its own")
        answered.add(task)
        for name, place in ranks.items():
            counts[methods.index(media[name]), place - 1] += 1
    return counts


def _percent(counts: np.ndarray) -> np.ndarray:
    """(..., M, M) counts -> shares of every method's places, percent."""
    return 100 * counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)


def _bounds(counts: np.ndarray) -> np.ndarray:
    """(2, M, M): bounds of the shares, people drawn with replacement."""
    drawn = np.random.default_rng(0).integers(0, len(counts), (DRAWS, len(counts)))
    outside = (1 - CONFIDENCE) / 2
    return np.quantile(_percent(counts[drawn].sum(axis=1)), (outside, 1 - outside), axis=0)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON ({error})") from error


def _text(share: Share) -> str:
    bounds = "" if share.low is None else f" [{share.low:.1f}, {share.high:.1f}]"
    return f"{share.percent:.1f}{bounds}"
