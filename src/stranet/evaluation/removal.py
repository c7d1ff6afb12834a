"""Clips whose object is really to be removed: no truth, so they get pictures and temporal figures only.

A folder holds one folder per clip: ``CLIP/frames`` (images) or ``CLIP/video.*``, and ``CLIP/masks`` (or ``masks.*``,
any mask that `stranet inpaint` takes). Masks grow as they do there by default, so that the blurred edge goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError
from stranet.evaluation.protocol import LARGEST_ENLARGEMENT, CutCase, resize_frame
from stranet.types import HoleArray, Size
from stranet.video.dilate import auto_dilate, effective_hole
from stranet.video.holes import HoleSource
from stranet.video.info import probe_video
from stranet.video.reader import open_video


@dataclass(frozen=True)
class RemovalClip:
    """One clip with the mask of what is to vanish."""

    name: str
    clip: Path
    mask: Path
    size: Size
    """The clip's own size in pixels."""

    def fits(self, size: Size) -> bool:
        """Whether the clip is (nearly) as large as ``size``."""
        return size.width <= LARGEST_ENLARGEMENT * self.size.width

    def cut(self, size: Size, count: int) -> CutCase:
        """Decode the first ``count`` frames with their holes, at ``size``.

        Raises:
            VideoError: The clip or a mask cannot be read.
            HoleError: The masks do not fit the clip.
        """
        pairs = list(self.stream(size, count))
        return CutCase(self.name, [frame for frame, _ in pairs], [hole for _, hole in pairs], has_truth=False)

    def stream(self, size: Size, count: int) -> Iterator[tuple[NDArray[np.uint8], HoleArray]]:
        """Frame by frame what `cut` gives at once."""
        dilate = auto_dilate(size)
        with (
            open_video(self.clip, limit=count, allow_damaged=True) as reader,
            HoleSource.open(self.mask, reader.info, whole=False) as source,
        ):
            for frame, mask in source.pair(reader):
                hole = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT) > 0
                yield resize_frame(frame.rgb, size), effective_hole(hole, dilate, (0, 0))


def load_removal(folder: Path) -> tuple[RemovalClip, ...]:
    """The clips of a folder, by name.

    Raises:
        ConfigError: It is no folder, or holds no clip, or one without a mask.
        OpenError: A clip cannot be opened.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of clips")
    clips = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."):
        clip = _one_of(place, "frames", "video")
        if clip is None:
            continue
        mask = _one_of(place, "masks", "mask")
        if mask is None:
            raise ConfigError(f"{place} has frames but no masks; add a folder or a file called masks")
        clips.append(RemovalClip(place.name, clip, mask, probe_video(clip).size))
    if not clips:
        raise ConfigError(f"{folder} holds no clip; each needs a folder with frames/ or video.mp4, and masks/")
    return tuple(clips)


def _one_of(place: Path, *stems: str) -> Path | None:
    """A folder or file of one of these names, whatever its suffix."""
    for stem in stems:
        found = sorted(path for path in place.iterdir() if path.stem == stem and path.name[0] != ".")
        if found:
            return found[0]
    return None
