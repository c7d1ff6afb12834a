"""Clips as files, made once and kept: an H.264 video as cameras write it, and lossless masks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from stranet.bench.plan import Run
from stranet.bench.scene import Scene, moving_hole
from stranet.errors import EncodeError
from stranet.tracking.mask_output import MaskWriter
from stranet.types import Size
from stranet.versions import code_digest
from stranet.video.output import PartialOutput
from stranet.video.reader import open_video
from stranet.words import parse_size

RATE = 25
"""Frames per second."""
_CODE = ("bench/clips", "bench/scene", "bench/scenery")
"""What decides how clips look; changed, it makes them anew."""
_BT709 = 1


class Clips:
    """A folder of clips; each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._digest = folder, code_digest(*_CODE)[:8]

    def video(self, run: Run) -> Path:
        """The video of a run.

        Raises:
            EncodeError: It cannot be written.
            StraNetError: The photographs are not installed.
        """
        path = self._folder / f"{run.size}-{run.frames}-{self._digest}.mp4"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_video(path, parse_size(run.size), run.frames)
        return path

    def mask(self, run: Run) -> Path:
        """The mask of a run, a video.

        Raises:
            EncodeError: It cannot be written.
        """
        path = self._folder / f"{run.size}-{run.frames}-{run.hole:g}-{self._digest}.mkv"
        if not path.is_file():
            _write_mask(path, self.video(run), parse_size(run.size), run.hole / 100, run.frames)
        return path


def _write_video(path: Path, size: Size, frames: int) -> None:
    scene = Scene(size)
    try:
        partial = PartialOutput(path, folder=False)
        try:
            partial.create()
            with av.open(str(partial.path), "w", format="mp4") as container:
                stream: VideoStream = container.add_stream(
                    "libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"}
                )  # type: ignore[assignment]
                stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
                context = stream.codec_context
                context.colorspace = context.color_primaries = context.color_trc = _BT709
                context.color_range = ColorRange.MPEG
                for index in range(frames):
                    picture = av.VideoFrame.from_ndarray(scene.frame(index), "rgb24")
                    encoded = picture.reformat(
                        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                    )
                    container.mux(stream.encode(encoded))
                container.mux(stream.encode(None))
            partial.commit()
        finally:
            partial.discard()
    except (OSError, FFmpegError) as error:
        raise EncodeError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from error


def _write_mask(path: Path, video: Path, size: Size, share: float, frames: int) -> None:
    with open_video(video) as reader:
        info = reader.info
    with MaskWriter(path, info, size) as writer:
        step = 1 / (RATE * info.time_base)
        for index in range(frames):
            writer.write(moving_hole(index, size, share), info.first_pts + round(index * Fraction(step)))
