"""Output of other systems, read from folders, so that it stands in the same tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError
from stranet.evaluation.methods import Method
from stranet.evaluation.protocol import CutCase
from stranet.types import Size
from stranet.video.reader import open_video

VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi")


_NO_SIZE = Size(0, 0)


@dataclass(frozen=True)
class GivenMethod(Method):
    """Reads frames instead of making them; its seconds are not known."""

    folder: Path = Path()
    size: Size = _NO_SIZE

    @property
    def is_timed(self) -> bool:
        return False

    def run(self, case: CutCase) -> Iterator[NDArray[np.uint8]]:
        """The first frames of what lies there, as many as the case has.

        Raises:
            ConfigError: There are fewer frames, or they are of another size or depth.
            VideoError: It cannot be read.
        """
        path = locate(self.folder, case.name, self.size)
        if path is None:
            raise ConfigError(f"{self.folder} no longer holds case {case.name}")
        count = len(case.truth)
        done = 0
        with open_video(path, limit=count) as reader:
            for frame in islice(reader, count):
                shape = frame.rgb.shape
                if shape != case.truth[0].shape or frame.rgb.dtype != np.uint8:
                    raise ConfigError(
                        f"{path}: frames are {shape[1]}x{shape[0]} of {frame.rgb.dtype.itemsize * 8} bits, but the "
                        f"case is {self.size} of 8 bits; give the system frames of that size (--export writes them)"
                    )
                yield frame.rgb.astype(np.uint8, copy=False)
                done += 1
        if done < count:
            raise ConfigError(f"{path}: {done} frames, but case {case.name} has {count}; give them all")


def given_method(name: str, folder: Path, size: Size, cases: Sequence[str]) -> GivenMethod:
    """The output of a system at one size.

    Args:
        name: What the system is called.
        folder: ``SIZE/CASE``, ``SIZE/CASE.mp4``, ``CASE`` or ``CASE.mp4`` in it; the first that is there counts.
        size: Size of the frames.
        cases: Names of the cases that must be there.

    Raises:
        ConfigError: The name cannot name a folder, or a case is missing.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise ConfigError(f"name is {name!r}, but must be a plain word: it names a folder")
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of predictions")
    digest = hashlib.sha256()
    for case in cases:
        path = locate(folder, case, size)
        if path is None:
            raise ConfigError(
                f"{folder} has no output for case {case}: neither {case} nor {case}.mp4, in it or in {size}; "
                "add it, or leave the case out with --only"
            )
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{case}/{file.name}".encode())
                with file.open("rb") as content:
                    digest.update(hashlib.file_digest(content, "sha256").digest())
    return GivenMethod(name, _cannot_fill, {"given": digest.hexdigest()}, folder, size)


def locate(folder: Path, case: str, size: Size) -> Path | None:
    """Where the output for a case lies: a folder of images or a video."""
    for place in (folder / str(size), folder):
        for path in (place / case, *(place / f"{case}{suffix}" for suffix in VIDEO_SUFFIXES)):
            if path.exists():
                return path
    return None


def _cannot_fill(frames: object, holes: object) -> Iterator[NDArray[np.uint8]]:
    raise TypeError("frames of another system are read, not made")
