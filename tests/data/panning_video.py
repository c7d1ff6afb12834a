"""A video whose motion is known."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from textures import texture

HEIGHT, WIDTH, FRAMES, SPEED = 72, 96, 10, 2


def make_panning_video(path: Path, frames: int = FRAMES) -> Path:
    """A texture that moves ``SPEED`` pixels to the left in every frame, hardly compressed."""
    wide = texture(HEIGHT, WIDTH + SPEED * frames, seed=5)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=15, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv444p"
        for index in range(frames):
            picture = np.ascontiguousarray(wide[:, SPEED * index : SPEED * index + WIDTH])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return path
