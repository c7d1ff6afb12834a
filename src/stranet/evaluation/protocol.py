"""Syn-HD: clean clips, and silhouettes of moving objects laid over them, so that the truth under every hole is known.

A data folder holds ``manifest.toml``: ``version = 1`` and one ``[[case]]`` table per case with the fields of `Case`.
Clip frames ``[start, start + count)`` pair with the hole pictures ``[hole_start, hole_start + count)``. Cutting a case
at a size means, for every frame:

1. the clip's frame is resized to the size, by area when that shrinks it and by cubic interpolation otherwise;
2. the hole picture (in the natural order of names; any non-zero value = missing) is mirrored if ``flip``, resized by
   nearest neighbour, then moved by ``shift`` times the size, rounded to whole pixels; nothing is missing where it
   moved away from;
3. methods see the frame with the hole painted over in one grey, never the truth.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError, HoleError
from stranet.types import HoleArray, RgbArray, Size
from stranet.video.images import list_images

PROTOCOL_VERSION = 1
"""Version of manifest and of the cutting rules above; predictions of another version are never mixed in."""
BLANK = 128
"""Grey level, 0 to 255, that methods see in the hole."""
LARGEST_ENLARGEMENT = 1.05
"""A clip is not used at sizes more than this factor wider than itself: it has no detail to restore there."""

_REQUIRED = {"name", "clip", "size", "count", "hole"}
_OPTIONAL = {"start", "hole_start", "flip", "shift", "area"}


@dataclass(frozen=True)
class CutCase:
    """One case at one size, decoded."""

    name: str
    truth: list[NDArray[np.uint8]]
    """(H, W, 3) RGB each: what a perfect method gives back."""
    holes: list[HoleArray]
    """(H, W) each, True = missing."""
    has_truth: bool = True
    """False where the object is really there: ``truth`` is then the clip itself, and says nothing in the hole."""

    def blanked(self) -> Iterator[RgbArray]:
        """What a method sees: copies of the truth with the hole painted grey."""
        yield from map(blank, self.truth, self.holes)

    def fingerprint(self) -> str:
        """SHA-256 over every pixel and hole: a prediction is only scored against the case it was made for."""
        digest = hashlib.sha256(repr((BLANK, len(self.truth), self.truth[0].shape)).encode())
        for frame, hole in zip(self.truth, self.holes, strict=True):
            digest.update(frame.tobytes())
            digest.update(np.packbits(hole).tobytes())
        return digest.hexdigest()


def blank(frame: NDArray[np.uint8], hole: HoleArray) -> NDArray[np.uint8]:
    """A copy of the frame with the hole painted grey."""
    return np.where(hole[..., None], np.uint8(BLANK), frame)


@dataclass(frozen=True)
class Case:
    """One pairing of a clean clip with the silhouettes of a moving object."""

    name: str
    """Names its folder of predictions, so a plain file name."""
    clip: Path
    """Video or image folder."""
    size: Size
    """The clip's own size in pixels."""
    count: int
    """Most frames that may be cut."""
    hole: Path
    """Folder of silhouettes, one picture for every frame, in the natural order of their names."""
    start: int = 0
    """First frame of the clip."""
    hole_start: int = 0
    """First silhouette."""
    flip: bool = False
    """Mirror the silhouettes left to right."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Move the silhouettes by these shares of the width and height, right and down."""
    area: float | None = None
    """Mean share of the frame that the hole covers, for information."""

    def fits(self, size: Size) -> bool:
        """Whether the clip is (nearly) as large as ``size``."""
        return size.width <= LARGEST_ENLARGEMENT * self.size.width

    def hole_paths(self, count: int) -> list[Path]:
        """The silhouettes that go with the first ``count`` frames of the cut.

        Raises:
            HoleError: There are not so many.
        """
        needed = self.hole_start + min(count, self.count)
        pictures = list_images(self.hole) if self.hole.is_dir() else []
        if len(pictures) < needed:
            raise HoleError(
                f"case {self.name}: it needs {needed} silhouettes, but {self.hole} holds {len(pictures)}; "
                "lower its count or hole_start in the manifest"
            )
        return pictures[self.hole_start : needed]

    def cut(self, size: Size, count: int) -> CutCase:
        """Decode the first ``count`` frames (at most the case's own count) with their holes, at ``size``.

        Raises:
            VideoError: The clip cannot be read.
            HoleError: A silhouette is missing or unreadable.
            ConfigError: The clip ends before the case does.
        """
        pairs = list(self.stream(size, count))
        return CutCase(self.name, [truth for truth, _ in pairs], [hole for _, hole in pairs])

    def stream(self, size: Size, count: int) -> Iterator[tuple[NDArray[np.uint8], HoleArray]]:
        """Frame by frame what `cut` gives at once: truth and hole, in little memory."""
        paths = self.hole_paths(count)
        done = 0
        for rgb, path in zip(self._decode(len(paths)), paths, strict=False):
            yield resize_frame(rgb, size), self._hole(path, size)
            done += 1
        if done < len(paths):
            raise ConfigError(
                f"case {self.name}: {self.clip} gives {done} frames from frame {self.start} on, "
                f"but the case needs {len(paths)}; lower its count in the manifest or --count"
            )

    def _decode(self, count: int) -> Iterator[RgbArray]:
        from stranet.video.reader import open_video

        # Only the first frames count, so damage further on in a clip does not matter.
        with open_video(self.clip, limit=self.start + count, allow_damaged=True) as reader:
            for frame in islice(reader, self.start, None):
                yield frame.rgb

    def _hole(self, path: Path, size: Size) -> HoleArray:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
        if picture is None:
            raise HoleError(f"case {self.name}: {path} is missing or is not a picture")
        hole = np.ascontiguousarray(picture[:, ::-1] if self.flip else picture) > 0
        hole = cv2.resize(hole.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        return _shift(hole, round(self.shift[0] * size.width), round(self.shift[1] * size.height))


@dataclass(frozen=True)
class Protocol:
    """All cases of a data folder."""

    root: Path
    cases: tuple[Case, ...]

    def select(self, size: Size, only: tuple[str, ...] = ()) -> list[Case]:
        """The cases whose clips are large enough for ``size``, in the manifest's order.

        Args:
            size: Size to cut at, in pixels.
            only: Names to keep; empty = all.

        Raises:
            ConfigError: A name is unknown, or no case is left.
        """
        known = {case.name for case in self.cases}
        for name in only:
            if name not in known:
                raise ConfigError(f"{self.root} has no case {name!r}; it has {', '.join(sorted(known))}")
        wanted = [case for case in self.cases if not only or case.name in only]
        cases = [case for case in wanted if case.fits(size)]
        if not cases:
            largest = max((case.size for case in wanted), default=None)
            raise ConfigError(f"no clip in {self.root} is as large as {size}; the largest one is {largest}")
        return cases


def load_protocol(root: Path) -> Protocol:
    """Read ``root/manifest.toml``.

    Raises:
        ConfigError: The manifest is missing or damaged, has another version, or a case has a missing or unknown field.
    """
    path = root / "manifest.toml"
    try:
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    if manifest.get("version") != PROTOCOL_VERSION:
        raise ConfigError(f"{path} has version {manifest.get('version')!r}, but this program reads {PROTOCOL_VERSION}")
    tables = manifest.get("case", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: cases must be written as [[case]] tables")
    cases = tuple(_parse_case(root, table, f"{path}, case {number}") for number, table in enumerate(tables, 1))
    names = [case.name for case in cases]
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: two cases share a name; every name may occur once")
    return Protocol(root, cases)


def _parse_case(root: Path, table: dict[str, Any], where: str) -> Case:
    for problem, keys in (
        ("lacks", _REQUIRED - table.keys()),
        ("has the unknown field", table.keys() - _REQUIRED - _OPTIONAL),
    ):
        if keys:
            raise ConfigError(f"{where} {problem} {', '.join(sorted(keys))}")
    try:
        case = Case(
            name=str(table["name"]),
            clip=root / table["clip"],
            size=Size(*map(int, table["size"])),
            count=int(table["count"]),
            hole=root / table["hole"],
            start=int(table.get("start", 0)),
            hole_start=int(table.get("hole_start", 0)),
            flip=bool(table.get("flip", False)),
            shift=_pair(table.get("shift", (0.0, 0.0))),
            area=table.get("area"),
        )
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where} has a value of the wrong kind: {error}") from error
    if case.name in ("", ".", "..") or Path(case.name).name != case.name:
        raise ConfigError(f"{where}: the name {case.name!r} must be a plain file name")
    if min(case.size) < 1 or case.count < 1 or min(case.start, case.hole_start) < 0:
        raise ConfigError(f"{where}: size and count must be at least 1, start and hole_start at least 0")
    return case


def _pair(value: Any) -> tuple[float, float]:
    x, y = (float(share) for share in value)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"shift is {value}")
    return x, y


def resize_frame(rgb: RgbArray, size: Size) -> NDArray[np.uint8]:
    """(H, W, 3) to a size and to 8 bits: by area when that shrinks it, by cubic interpolation otherwise."""
    eight_bit = rgb if rgb.dtype == np.uint8 else np.round(rgb / 257.0).astype(np.uint8)
    shrinks = rgb.shape[1] > size.width
    return cv2.resize(eight_bit, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC).astype(np.uint8)


def _shift(hole: HoleArray, dx: int, dy: int) -> HoleArray:
    """Move by (dx, dy) pixels right and down; what comes in from outside is not missing."""
    height, width = hole.shape
    moved = np.zeros_like(hole)
    moved[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = hole[
        max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
    ]
    return moved
