"""What is known about a video before its frames are read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from stranet.types import Size
from stranet.video.color import ColorSpec
from stranet.video.hdr import HdrMetadata
from stranet.video.interlace import Field


@dataclass(frozen=True)
class VideoInfo:
    """Properties of a video file or of an image folder; the writer makes an output with the same ones."""

    path: Path
    """The file or folder."""
    kind: Literal["video", "images"]
    size: Size
    """Pixels as stored, before `rotation`."""
    rotation: int
    """Degrees, 0, 90, 180 or 270, by which a viewer turns the stored picture clockwise to show it upright."""
    display_matrix: tuple[int, ...] | None
    """The nine integers behind `rotation`, as FFmpeg stores them; None when the file has none."""
    sample_aspect_ratio: Fraction | None
    """Width of a pixel over its height; None when the file does not say."""
    time_base: Fraction
    """Seconds per unit of pts."""
    first_pts: int
    """Presentation time of the first frame, in units of `time_base`; not 0 when the video starts late."""
    frame_rate: Fraction | None
    """Average frames per second; None when unknown."""
    frame_count_hint: int | None
    """Frames that the file promises, or an estimate from its duration; None when unknown."""
    duration: float | None
    """Seconds; None when unknown."""
    pixel_format: str
    """FFmpeg's name of the planar format of `Frame.native`, or "rgb24" / "rgb48le" for images."""
    bit_depth: int
    """Bits of a sample, 8 to 16."""
    chroma_shift: tuple[int, int]
    """log2 of the (width, height) of the pixels that share a chroma sample: (1, 1) = 4:2:0, (0, 0) = 4:4:4 and RGB."""
    color: ColorSpec
    codec: str
    """FFmpeg's name of the codec, such as "h264", or "images"."""
    audio_tracks: int
    subtitle_tracks: int
    hdr: HdrMetadata | None = None
    """HDR10 metadata; None when the file states none."""
    first_field: Field | None = None
    """The field of a picture that is shown first, "top" or "bottom"; None when progressive, or not said."""

    @property
    def has_audio(self) -> bool:
        """True when there is at least one sound track."""
        return self.audio_tracks > 0

    @property
    def display_size(self) -> Size:
        """The size after `rotation`."""
        return Size(self.size.height, self.size.width) if self.rotation in (90, 270) else self.size


def probe_video(path: str | Path) -> VideoInfo:
    """Describe a video file or an image folder; decodes no more than its first frame.

    Raises:
        OpenError: it is missing, empty or not a video.
    """
    from stranet.video.reader import open_video  # the reader builds VideoInfo, so it imports this module

    with open_video(path) as source:
        return source.info
