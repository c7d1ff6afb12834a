"""Masks: one hole per frame, from a video, a folder of images, one image, or a list of shapes.

========================  ======================================================================================
mask                      a pixel is to be removed when
========================  ======================================================================================
video                     any colour reaches about half: compression noise near black does not count
JPEG or WebP image        the same
other image               any colour is not zero, however dark (label images work)
any of them with alpha    its alpha, where that is not opaque throughout, decides in the place of colour
TOML or JSON list         its centre lies in a box or polygon that counts at that time, see `hole_shapes`
========================  ======================================================================================

An image and a list hold for every frame; a video and a folder need exactly one mask per frame of the whole video,
also when only a part of it is worked on. A mask shows the upright picture, as a player does; holes come out in the
orientation in which frames are stored. A mask of another resolution is resized by nearest neighbour if its aspect
ratio agrees.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from stranet.errors import HoleError
from stranet.types import Frame, HoleArray, Size
from stranet.video.hole_shapes import Shape, ShapeList, draw
from stranet.video.images import IMAGE_SUFFIXES, list_images
from stranet.video.info import VideoInfo
from stranet.video.lengths import count_frames, count_packets
from stranet.video.marked import marked_pixels, read_mask
from stranet.video.pixels import native_planes
from stranet.video.reader import VideoReader

ASPECT_TOLERANCE = Fraction(1, 100)
"""Largest relative difference between the aspect ratios of a mask and of its video."""
_LIST_SUFFIXES = (".toml", ".json")


class HoleSource(ABC):
    """Gives the hole of every frame of one video, in order; a context manager.

    Example:
        >>> with open_video("in.mp4") as reader, HoleSource.open("mask.png", reader.info) as source:  # doctest: +SKIP
        ...     for frame, hole in source.pair(reader):
        ...         ...
    """

    count: int | None = None
    """Masks that there are, as far as is known; None when one image or list holds for every frame."""
    size: Size | None = None
    """Resolution of the masks, upright; None when they follow the video's."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        self.path = path
        self._info = info
        self._whole = True
        self._files = ExitStack()

    @staticmethod
    def open(path: str | Path, info: VideoInfo, *, whole: bool = True) -> HoleSource:
        """Open a mask of any kind.

        Args:
            path: video, folder, image, or ``.toml`` / ``.json`` list.
            info: the video that it belongs to.
            whole: frames will be read up to the video's end, so the lengths must agree; False for a part that ends
                earlier, and for a damaged video.

        Raises:
            HoleError: it is missing, or does not fit the video in aspect ratio or length.
            VideoError: it cannot be read.
        """
        path = Path(path)
        if not path.exists():
            raise HoleError(f"{path}: there is no such mask")
        source = _kind_of(path)(path, info)
        source._whole = whole
        try:
            _check_aspect(source.size or info.display_size, info, path)
            if whole:
                source._check_length()
        except BaseException:
            source.close()
            raise
        return source

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the mask's file."""
        self._files.close()

    def pair(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, HoleArray]]:
        """Each frame with its hole, (H, W) bool in stored orientation; do not write into it, it may be given again.

        Args:
            frames: the video's frames in order; they may start later than the first.

        Raises:
            HoleError: masks and frames differ in number, or a mask in aspect ratio.
        """
        frames, index = iter(frames), -1
        for frame in frames:
            index = frame.index
            try:
                hole = self._hole(frame)
            except _MasksEnded as ended:
                if self._whole:
                    raise self._length_error(ended.count, index + 1 + sum(1 for _ in frames)) from None
                raise HoleError(
                    f"{self.path}: the mask has {ended.count} frames, but frame {index} (counted from 0) of "
                    f"{self._info.path} needs one; give one mask per frame of the whole video"
                ) from None
            yield frame, hole
        if self._whole and index >= 0:
            count = self._final_count()
            if count not in (None, index + 1):
                raise self._length_error(count, index + 1)

    @abstractmethod
    def _hole(self, frame: Frame) -> HoleArray:
        """The frame's hole in stored orientation; raises `_MasksEnded`."""

    def _final_count(self) -> int | None:
        """The true number of masks, asked for once all frames are read."""
        return self.count

    def _count_by(self, counter: Callable[[VideoInfo], int]) -> int | None:
        """The number of masks, counted rather than promised."""
        return self.count

    def _check_length(self) -> None:
        """Refuse a mask of another length before any work is done; headers may err, so a refusal counts frames."""
        promised = self._info.frame_count_hint
        if None in (self.count, promised) or self.count == promised:
            return
        if self._count_by(count_packets) == count_packets(self._info):
            return
        masks, frames = self._count_by(count_frames), count_frames(self._info)
        if masks != frames:
            raise self._length_error(masks, frames)

    def _length_error(self, masks: int | None, frames: int) -> HoleError:
        return HoleError(
            f"{self.path}: the mask has {masks} frames, but {self._info.path} has {frames}; give one mask per frame"
        )

    def _fit(self, mask: HoleArray, name: Path) -> HoleArray:
        """Bring an upright mask to the size and the orientation of the stored frames."""
        size = self._info.display_size
        if mask.shape != (size.height, size.width):
            _check_aspect(Size(mask.shape[1], mask.shape[0]), self._info, name)
            mask = cv2.resize(mask.view(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT).view(bool)  # type: ignore[assignment]
        return np.ascontiguousarray(np.rot90(mask, self._info.rotation // 90))


class _MasksEnded(Exception):
    def __init__(self, count: int) -> None:
        self.count = count


class _Still(HoleSource):
    """One image for every frame."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        super().__init__(path, info)
        mask = read_mask(path)
        self.size = Size(mask.shape[1], mask.shape[0])
        self._mask = self._fit(mask, path)

    def _hole(self, frame: Frame) -> HoleArray:
        return self._mask


class _Folder(HoleSource):
    """One image per frame."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        super().__init__(path, info)
        self._images = list_images(path)
        if not self._images:
            raise HoleError(f"{path}: no images ({', '.join(IMAGE_SUFFIXES)}) in this folder")
        self.count = len(self._images)
        first = read_mask(self._images[0])
        self.size = Size(first.shape[1], first.shape[0])

    def _hole(self, frame: Frame) -> HoleArray:
        if frame.index >= len(self._images):
            raise _MasksEnded(len(self._images))
        file = self._images[frame.index]
        return self._fit(read_mask(file), file)


class _Video(HoleSource):
    """One frame of a mask video per frame."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        super().__init__(path, info)
        reader = self._files.enter_context(VideoReader(path))
        self.count, self.size = reader.info.frame_count_hint, reader.info.display_size
        self._mask_info = reader.info
        self._masks = iter(reader)
        self._read = 0
        self._has_alpha = av.VideoFormat(reader.info.pixel_format, 16, 16).components[-1].is_alpha

    def _hole(self, frame: Frame) -> HoleArray:
        for mask in self._masks:
            self._read = mask.index + 1
            if mask.index == frame.index:
                alpha = native_planes(mask.native)[-1] if self._has_alpha else None
                alpha_top = (1 << self._mask_info.bit_depth) - 1
                stored = marked_pixels(mask.rgb, alpha, lossy=True, alpha_top=alpha_top)
                return self._fit(np.rot90(stored, -self._mask_info.rotation // 90), self.path)
        raise _MasksEnded(self._read)

    def _final_count(self) -> int | None:
        return self._read + sum(1 for _ in self._masks)

    def _count_by(self, counter: Callable[[VideoInfo], int]) -> int | None:
        return counter(self._mask_info)


class _Shapes(HoleSource):
    """Boxes and polygons with times."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        super().__init__(path, info)
        self._list = ShapeList.load(path)
        self.size = self._list.size
        self._drawn: tuple[tuple[Shape, ...], HoleArray] | None = None

    def _hole(self, frame: Frame) -> HoleArray:
        time = frame.pts * frame.time_base - self._info.first_pts * self._info.time_base
        shapes = self._list.active(frame.index, time)
        if self._drawn is None or self._drawn[0] != shapes:
            size = self._info.display_size
            given = self.size or size
            upright = draw(shapes, size, scale=(size.width / given.width, size.height / given.height))
            self._drawn = shapes, self._fit(upright, self.path)
        return self._drawn[1]


def _kind_of(path: Path) -> type[HoleSource]:
    if path.is_dir():
        return _Folder
    suffix = path.suffix.lower()
    return _Still if suffix in IMAGE_SUFFIXES else _Shapes if suffix in _LIST_SUFFIXES else _Video


def _check_aspect(mask: Size, info: VideoInfo, name: Path) -> None:
    """A mask may have the shape of the stored pixels or, where these are not square, of the picture as it is shown."""
    width, height = info.display_size
    stretch = info.sample_aspect_ratio or Fraction(1)
    pixels = Fraction(width, height)
    shown = pixels / stretch if info.rotation in (90, 270) else pixels * stretch
    if not any(abs(Fraction(*mask) / fits - 1) <= ASPECT_TOLERANCE for fits in (pixels, shown)):
        turned = f", shown upright as {info.display_size}" if info.rotation in (90, 270) else ""
        raise HoleError(
            f"{name}: the mask is {mask}, but {info.path} is {info.size}{turned}; give a mask of the same aspect ratio"
        )
