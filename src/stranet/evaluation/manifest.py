"""Making a Syn-HD folder's manifest: which silhouettes are laid over which clip."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from stranet.errors import ConfigError
from stranet.evaluation.protocol import PROTOCOL_VERSION
from stranet.types import Size
from stranet.video.images import list_images
from stranet.video.lengths import count_frames
from stranet.video.reader import open_video

LEAST_AREA, MOST_AREA = 0.005, 0.35
"""Shares of the frame: silhouettes smaller or larger than that on average are passed over."""


@dataclass(frozen=True)
class Silhouettes:
    """A folder of pictures of one moving object."""

    folder: Path
    start: int
    """First picture from which on all are used."""
    count: int
    area: float
    """Mean share of the frame that they cover."""


@dataclass(frozen=True)
class ClipFacts:
    """A clean clip."""

    path: Path
    size: Size
    count: int


def build_manifest(clips: Path, holes: Path, path: Path, *, count: int = 60, least: int = 10, seed: int = 0) -> int:
    """Pair every clip with the silhouettes of some object, and write the manifest.

    Every object serves once before any serves again; half of the pairings are mirrored. The same folders and seed give
    the same manifest.

    Args:
        clips: Folder of video files and folders of images, without the objects that are to be restored.
        holes: Folder with a folder of silhouettes for every object, any non-zero value = missing.
        path: ``manifest.toml`` to write; its folder exists. Clips and holes are named relative to it.
        count: Most frames of a case.
        least: Fewest frames of a case; what is shorter is passed over.
        seed: Of the pairing.

    Returns:
        The number of cases.

    Raises:
        ConfigError: A folder is missing or holds nothing that can be used, or the manifest is there already.
        OpenError: A clip cannot be opened.
    """
    if path.exists():
        raise ConfigError(f"{path} is there already; choose another place or remove it")
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}; create it first")
    known = [facts for facts in map(_clip, _entries(clips, "clips")) if facts is not None and facts.count >= least]
    objects = [found for found in map(_silhouettes, _entries(holes, "silhouettes")) if found and found.count >= least]
    if not known:
        raise ConfigError(f"{clips} holds no clip of at least {least} frames")
    if not objects:
        raise ConfigError(
            f"{holes} holds no folder of at least {least} silhouettes that cover {LEAST_AREA:.1%} to {MOST_AREA:.0%}"
        )
    tables = [f"# Silhouettes of moving objects laid over clean clips (seed {seed}).\nversion = {PROTOCOL_VERSION}\n"]
    chance = random.Random(seed)
    names: set[str] = set()
    for clip, hole in zip(known, _in_turns(objects, len(known), chance), strict=True):
        tables.append(_table(_name(clip.path, names), clip, hole, min(count, clip.count, hole.count), path, chance))
    path.write_text("\n".join(tables), encoding="utf-8")
    return len(known)


def _entries(folder: Path, what: str) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of {what}")
    return sorted(entry for entry in folder.iterdir() if entry.name[0] != ".")


def _clip(path: Path) -> ClipFacts | None:
    if path.is_dir():
        pictures = list_images(path)
        if not pictures:
            return None
        with open_video(path) as reader:
            return ClipFacts(path, reader.info.size, len(pictures))
    if path.suffix.lower() in (".toml", ".txt", ".md", ".json"):
        return None
    with open_video(path) as reader:
        info = reader.info
    return ClipFacts(path, info.size, count_frames(info))


def _silhouettes(folder: Path) -> Silhouettes | None:
    """The longest end of the folder in which no picture is empty; None without any or of an unfit size."""
    pictures = list_images(folder) if folder.is_dir() else []
    areas = []
    for picture in pictures:
        values = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
        if values is None:
            raise ConfigError(f"{picture}: empty, damaged or not an image")
        areas.append(float((values > 0).mean()))
    empty = [index for index, area in enumerate(areas) if area == 0]
    start = empty[-1] + 1 if empty and empty[-1] < len(areas) / 2 else 0
    stop = next((index for index in empty if index >= start), len(areas))
    mean = float(np.mean(areas[start:stop])) if stop > start else 0.0
    return Silhouettes(folder, start, stop - start, mean) if LEAST_AREA <= mean <= MOST_AREA else None


def _in_turns(objects: Sequence[Silhouettes], count: int, chance: random.Random) -> list[Silhouettes]:
    """``count`` objects, each once in every round, every round shuffled anew."""
    chosen: list[Silhouettes] = []
    while len(chosen) < count:
        chosen += chance.sample(objects, len(objects))
    return chosen[:count]


def _name(path: Path, taken: set[str]) -> str:
    stem = path.name if path.is_dir() else path.stem
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return name


def _table(name: str, clip: ClipFacts, hole: Silhouettes, count: int, path: Path, chance: random.Random) -> str:
    def relative(place: Path) -> str:
        return json.dumps(Path(os.path.relpath(place, path.parent)).as_posix(), ensure_ascii=False)  # TOML's strings

    return "\n".join(
        [
            "[[case]]",
            f"name = {json.dumps(name, ensure_ascii=False)}",
            f"clip = {relative(clip.path)}",
            f"size = [{clip.size.width}, {clip.size.height}]",
            f"count = {count}",
            f"hole = {relative(hole.folder)}",
            f"hole_start = {hole.start}",
            f"flip = {'true' if chance.random() < 0.5 else 'false'}",
            f"area = {hole.area:.3f}",
            "",
        ]
    )
