"""Clips cut out of real videos, with holes: real motion, light, blur and noise, but no truth about motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.data.clip import TrainingClip, check_extent, to_unit
from stranet.data.moving_holes import HoleOptions, draw_holes
from stranet.data.silhouettes import SilhouetteSource
from stranet.data.times import draw_times
from stranet.errors import ConfigError, OpenError
from stranet.geometry.homography import IDENTITY, compose
from stranet.geometry.scale import Scale
from stranet.model.flow import DISFlow
from stranet.model.low_frame import LowFrame
from stranet.model.registration import register_neighbours
from stranet.types import Size
from stranet.video.reader import open_video

SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v")


@dataclass(frozen=True)
class RealOptions:
    """How clips are cut out of videos."""

    size: int = 256
    """Side of the square crops, pixels."""
    references: int = 4
    """Frames beside the target."""
    reach: int = 24
    """References are at most so many frames from the target."""
    zoom: float = 1.25
    """A crop covers a frame's short side, or as little as one ``zoom``-th of it; at least 1."""
    most_stride: int = 2
    """Every so many frames of a video are taken at most: faster motion."""
    most_frames: int = 64
    """At most so many frames of a video are used, from its middle: all of them stay in memory."""
    holes: HoleOptions = field(default_factory=HoleOptions)
    """What is missing."""

    def __post_init__(self) -> None:
        check_extent(self.size, self.references, self.reach)
        if self.zoom < 1:
            raise ConfigError(f"zoom is {self.zoom}, but must be at least 1")
        if self.most_stride < 1:
            raise ConfigError(f"most_stride is {self.most_stride}, but must be at least 1")
        if self.most_frames <= self.references:
            raise ConfigError(f"most_frames is {self.most_frames}, but must be above references ({self.references})")


class RealClips:
    """Endless clips with holes, cut out of real videos: a pure function of seed and index."""

    def __init__(
        self, paths: Sequence[Path], silhouettes: SilhouetteSource, options: RealOptions, seed: int = 0
    ) -> None:
        """Decode all videos; they stay in memory at the size that is needed.

        Args:
            paths: videos without cuts, and folders of videos, looked into recursively.
            silhouettes: shapes of holes.
            options: how clips are cut out.
            seed: of everything random.

        Raises:
            OpenError: a path is missing, is not a video, holds none, or all are too short.
            DecodeError: a video is damaged.
        """
        self._silhouettes, self._options, self._seed = silhouettes, options, seed
        self._videos = [_Video(_decode(path, options)) for path in find_videos(paths)]
        self._videos = [video for video in self._videos if len(video.frames) > options.references]
        if not self._videos:
            where = ", ".join(map(str, paths))
            raise OpenError(f"{where}: no video has more than {options.references} frames; give longer ones")

    def __getitem__(self, index: int) -> TrainingClip:
        """Clip ``index``, from 0 on."""
        options = self._options
        rng = np.random.default_rng((self._seed, index))
        video = self._videos[rng.integers(len(self._videos))]
        stride = int(rng.integers(1, min(options.most_stride, (len(video.frames) - 1) // options.references) + 1))
        taken = np.arange(rng.integers(stride), len(video.frames), stride)
        if len(taken) <= options.references:
            stride, taken = 1, np.arange(len(video.frames))
        if rng.random() < 0.5:
            taken = taken[::-1]
        target = int(rng.integers(len(taken)))
        first = max(0, target - options.reach)
        times = draw_times(rng, options.references, target - first, min(len(taken), target + options.reach + 1) - first)
        chosen = taken[target + times]

        window = _Window.draw(rng, video.frames.shape[1:3], options)
        rgb = np.stack([window.cut(video.frames[number]) for number in chosen])
        chain = window.change(video.homographies(chosen))
        side = options.size
        holes = draw_holes(rng, self._silhouettes, times, chain, side, options.holes)
        position = np.full((*rgb.shape[:3], 2), np.nan, np.float32)
        return TrainingClip(to_unit(rgb), holes, position, np.zeros_like(holes), times, chain)


def find_videos(paths: Sequence[Path]) -> list[Path]:
    """Video files, path by path, each folder's sorted.

    Raises:
        OpenError: a path is missing, or a folder holds no video.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        below = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if not below:
            raise OpenError(f"{path}: holds no videos ({', '.join(SUFFIXES)}); give a folder that does")
        found += below
    return found


class _Video:
    """One decoded video."""

    def __init__(self, frames: NDArray[np.uint8]) -> None:
        self.frames = frames
        """(N, h, w, 3)"""
        self._to_next: dict[int, NDArray[np.float64]] = {}

    def homographies(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """(T, 3, 3) from frame ``chosen[0]`` to every chosen one, chained from neighbour to neighbour."""
        target = int(chosen[0])
        chain = {target: IDENTITY}
        for number in range(target, int(chosen.max())):
            chain[number + 1] = compose(self._step(number), chain[number])
        for number in range(target, int(chosen.min()), -1):
            chain[number - 1] = compose(np.linalg.inv(self._step(number - 1)), chain[number])
        return np.stack([chain[int(number)] for number in chosen])

    def _step(self, number: int) -> NDArray[np.float64]:
        if number not in self._to_next:
            height, width = self.frames.shape[1:3]
            scale = Scale(Size(width, height), 1)
            earlier, later = (LowFrame.of(frame, None, scale) for frame in self.frames[number : number + 2])
            found = register_neighbours(DISFlow(), earlier, later).whole
            self._to_next[number] = IDENTITY if found is None else found
        return self._to_next[number]


@dataclass(frozen=True)
class _Window:
    """Which square of a frame is cut out, and how."""

    x: int
    y: int
    side: int
    size: int
    mirrored: bool

    @classmethod
    def draw(cls, rng: np.random.Generator, frame: tuple[int, ...], options: RealOptions) -> _Window:
        height, width = frame
        side = round(min(height, width) / rng.uniform(1, options.zoom))
        y, x = (int(rng.integers(0, room + 1)) for room in (height - side, width - side))
        return cls(x, y, side, options.size, bool(rng.random() < 0.5))

    def cut(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, 3) -> (size, size, 3)"""
        part = frame[self.y : self.y + self.side, self.x : self.x + self.side]
        smaller = self.size < self.side
        flags = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        part = cv2.resize(part, (self.size, self.size), interpolation=flags)
        return part[:, ::-1] if self.mirrored else part  # type: ignore[return-value]

    def change(self, homographies: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T, 3, 3) between frames -> between what is cut out of them."""
        scale = self.size / self.side
        enter = np.array(
            [[scale, 0, (scale - 1) / 2 - scale * self.x], [0, scale, (scale - 1) / 2 - scale * self.y], [0, 0, 1]]
        )
        if self.mirrored:
            enter = np.array([[-1, 0, self.size - 1], [0, 1, 0], [0, 0, 1]]) @ enter
        moved = enter @ homographies @ np.linalg.inv(enter)
        return moved / moved[:, 2:, 2:]


def _decode(path: Path, options: RealOptions) -> NDArray[np.uint8]:
    """(N, h, w, 3), the short side at most as long as the widest crop needs."""
    frames: list[NDArray[np.uint8]] = []
    with open_video(path) as reader:
        for frame in reader:
            rgb = frame.rgb if frame.rgb.dtype == np.uint8 else (frame.rgb >> 8).astype(np.uint8)
            height, width = rgb.shape[:2]
            scale = options.size * options.zoom / min(height, width)
            if scale < 1:
                rgb = cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
            frames.append(rgb)  # type: ignore[arg-type]
    spare = max(0, len(frames) - options.most_frames)
    return np.stack(frames[spare // 2 : len(frames) - (spare - spare // 2)])
