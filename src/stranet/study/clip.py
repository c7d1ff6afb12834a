"""Clips for the page: VP8 in WebM, which every browser plays, without sound, tags or anything that names a method."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from stranet.video.reader import open_video


def write_clip(source: Path, target: Path, rate: Fraction) -> int:
    """Encode a video or a folder of images at high quality.

    Args:
        source: any file or folder that `open_video` takes.
        target: ``*.webm``.
        rate: frames per second at which it plays.

    Returns:
        Frames written.

    Raises:
        VideoError: the source cannot be read.
    """
    count = 0
    with open_video(source) as reader, av.open(str(target), "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=rate)
        size = reader.info.size
        stream.width, stream.height, stream.pix_fmt = size.width // 2 * 2, size.height // 2 * 2, "yuv420p"
        stream.options = {"crf": "6", "b": "20M", "deadline": "good", "cpu-used": "4"}
        for frame in reader:
            deep = frame.rgb.dtype != np.uint8
            rgb = (frame.rgb // 257 if deep else frame.rgb).astype(np.uint8, copy=False)
            even = np.ascontiguousarray(rgb[: stream.height, : stream.width], np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, "rgb24")))
            count += 1
        container.mux(stream.encode())
    return count
