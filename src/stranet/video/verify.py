"""Checking a result against its input: outside the effective hole nothing may have changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import VideoError
from stranet.types import Frame, HoleArray, RgbArray
from stranet.video.color import whole_blocks
from stranet.video.differences import plain_format, tag_differences, track_differences
from stranet.video.dilate import auto_dilate, effective_hole
from stranet.video.holes import HoleSource
from stranet.video.info import VideoInfo
from stranet.video.pixels import native_planes
from stranet.video.reader import open_video


@dataclass(frozen=True)
class VerifyReport:
    """What differs between a video and its inpainted version, outside the effective hole."""

    frames_in: int
    """Frames of the input (of the chosen range)."""
    frames_out: int
    changed_pixels: int
    """Pixels outside the hole of which any sample changed, over all frames; a chroma sample counts for its block."""
    outside_pixels: int
    """All pixels outside the hole, over all frames."""
    largest_difference: int
    """Between two samples outside the hole, in code values of their bit depth (16-bit if the depths differ)."""
    mean_squared_error: float
    """Over the samples outside the hole, relative to the largest code value squared: 0 = the same."""
    first_changed_frame: int | None
    """Position in the input of the first frame with a changed pixel; None when there is none."""
    largest_time_difference: Fraction
    """Seconds; 0 when one of the two is an image folder."""
    time_tolerance: Fraction
    """Seconds by which a time may differ: one unit of the output's clock where it cannot tell the input's exactly."""
    differences: tuple[str, ...]
    """A sentence for everything but pixels that differs: frame count, times, tags, tracks."""

    @property
    def ok(self) -> bool:
        """True when nothing has changed."""
        return not self.changed_pixels and not self.differences

    @property
    def psnr(self) -> float:
        """Outside the hole, in dB; infinite when nothing changed."""
        return -10 * math.log10(self.mean_squared_error) if self.mean_squared_error else math.inf


def verify_video(
    input: str | Path,
    output: str | Path,
    mask: str | Path,
    *,
    dilate: int | None = None,
    start: float | None = None,
    end: float | None = None,
    limit: int | None = None,
    allow_damaged: bool = False,
) -> VerifyReport:
    """Decode both videos and compare what lies outside the effective hole, sample by sample.

    Samples are compared in the stored format; where the formats differ (as from a video to PNG images), as RGB. What an
    image folder cannot hold (times, tags, sound) is then not compared.

    Args:
        input: the video that was inpainted, a file or an image folder.
        output: the result.
        mask: the mask that was used, see `HoleSource`.
        dilate: the margin that was used, in pixels; None = the default for this resolution.
        start: where the inpainted part began, in seconds from the first frame.
        end: where it ended, in seconds from the first frame.
        limit: how many frames it had at most.
        allow_damaged: compare a damaged input up to the damage.

    Raises:
        VideoError: one of them cannot be read, or they differ in size.
        HoleError: the mask does not fit the input.
        ConfigError: ``dilate`` is negative.
    """
    part = start is not None or end is not None or limit is not None
    ends_early = end is not None or limit is not None or allow_damaged
    with (
        open_video(input, start=start, end=end, limit=limit, allow_damaged=allow_damaged) as source,
        open_video(output) as result,
        HoleSource.open(mask, source.info, whole=not ends_early) as holes,
    ):
        before, after = source.info, result.info
        if before.size != after.size:
            raise VideoError(f"{after.path} is {after.size}, but {before.path} is {before.size}; compare equal sizes")
        margin = auto_dilate(before.size) if dilate is None else dilate
        pixels, clocks = _PixelComparison(before, after), _ClockComparison(before, after, relative=bool(start))
        frames_in = frames_out = 0
        for pair, copy in zip_longest(holes.pair(source), result):
            frames_in, frames_out = frames_in + (pair is not None), frames_out + (copy is not None)
            if pair is not None and copy is not None:
                frame, marked = pair
                pixels.add(frame, copy, effective_hole(marked, margin, before.chroma_shift))
                clocks.add(frame, copy)

    differences = [f"frames: {frames_in} became {frames_out}"] if frames_in != frames_out else []
    if before.kind == after.kind == "video":
        differences += clocks.describe()
        differences += tag_differences(before, after)
        cut = part or source.damaged is not None
        differences += track_differences(before.path, after.path, starts=clocks.starts, part=cut)
    return VerifyReport(
        frames_in=frames_in,
        frames_out=frames_out,
        changed_pixels=pixels.changed,
        outside_pixels=pixels.outside,
        largest_difference=pixels.largest,
        mean_squared_error=pixels.squares / max(1, pixels.samples),
        first_changed_frame=pixels.first_changed,
        largest_time_difference=clocks.largest,
        time_tolerance=clocks.tolerance,
        differences=tuple(differences),
    )


class _PixelComparison:
    """Adds up the differences outside the hole."""

    def __init__(self, before: VideoInfo, after: VideoInfo) -> None:
        self.changed = self.outside = self.largest = self.samples = 0
        self.squares = 0.0
        self.first_changed: int | None = None
        self._shift = before.chroma_shift
        self._as_stored = before.kind == after.kind and plain_format(before) == plain_format(after)

    def add(self, frame: Frame, copy: Frame, hole: HoleArray) -> None:
        small = whole_blocks(hole, self._shift)
        changed = np.zeros(hole.shape, bool)
        for old, new, top in self._samples(frame, copy):
            inside = hole if old.shape == hole.shape else small
            difference = cv2.absdiff(old, new)
            difference[inside] = 0
            self.samples += inside.size - int(np.count_nonzero(inside))
            largest = int(difference.max())
            if largest:
                self.largest = max(self.largest, largest)
                self.squares += float(np.square(difference / top).sum())
                changed |= _per_pixel(difference > 0, self._shift, hole.shape)
        changed &= ~hole
        self.outside += hole.size - int(np.count_nonzero(hole))
        if changed.any():
            self.changed += int(np.count_nonzero(changed))
            self.first_changed = frame.index if self.first_changed is None else self.first_changed

    def _samples(self, frame: Frame, copy: Frame) -> Iterator[tuple[NDArray, NDArray, int]]:
        """Corresponding planes of two frames, and the largest value that they can hold."""
        old, new = frame.native, copy.native
        if self._as_stored and not isinstance(old, np.ndarray):
            top = (1 << old.format.components[0].bits) - 1
            yield from ((one, other, top) for one, other in zip(native_planes(old), native_planes(new), strict=True))
            return
        if not (self._as_stored and old.shape == new.shape):
            old, new = _equal_depth(frame.rgb, copy.rgb)
        old, new = np.atleast_3d(old), np.atleast_3d(new)
        for channel in range(old.shape[2]):
            yield old[:, :, channel], new[:, :, channel], np.iinfo(old.dtype).max


class _ClockComparison:
    """Compares the times of frames, from the first one if the input's beginning was cut off."""

    def __init__(self, before: VideoInfo, after: VideoInfo, *, relative: bool) -> None:
        self.largest = Fraction(0)
        self._bases = before.time_base, after.time_base
        exact = (before.time_base / after.time_base).denominator == 1
        self.tolerance = Fraction(0) if exact else after.time_base
        self.starts = before.first_pts * before.time_base, after.first_pts * after.time_base
        self._relative, self._videos = relative, before.kind == after.kind == "video"
        self._empty = True

    def add(self, frame: Frame, copy: Frame) -> None:
        times = frame.pts * frame.time_base, copy.pts * copy.time_base
        if self._empty:
            self.starts, self._empty = times, False
        if self._videos:
            moved = times[1] - times[0]
            if self._relative:
                moved -= self.starts[1] - self.starts[0]
            self.largest = max(self.largest, abs(moved))

    def describe(self) -> list[str]:
        """A sentence if times differ by more than clocks of different resolution explain."""
        if self.largest <= self.tolerance:
            return []
        allowed = f", more than the {float(self.tolerance):.6f} s of rounding" if self.tolerance else ""
        return [f"times: frames moved by up to {float(self.largest):.6f} s{allowed}"]


def _per_pixel(samples: NDArray[np.bool_], shift: tuple[int, int], shape: tuple[int, ...]) -> HoleArray:
    """Spread flags of chroma samples over the pixels of their blocks; luma passes as it is."""
    if samples.shape == shape:
        return samples
    return samples.repeat(1 << shift[1], axis=0).repeat(1 << shift[0], axis=1)[: shape[0], : shape[1]]


def _equal_depth(old: RgbArray, new: RgbArray) -> tuple[RgbArray, RgbArray]:
    """Two RGB arrays in the type of the deeper one."""
    if old.dtype == new.dtype:
        return old, new
    old, new = ((rgb.astype(np.uint16) * 257 if rgb.dtype == np.uint8 else rgb) for rgb in (old, new))
    return old, new
