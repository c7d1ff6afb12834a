"""A tiny clip that tests make for themselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

FRAMES, WIDTH, HEIGHT = 12, 64, 48


def make_clip(path: Path, *, frames: int = FRAMES, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A texture that moves one pixel per frame, 25 frames per second, with sound."""
    width, height = size
    texture = np.random.default_rng(3).integers(0, 256, (height // 4, (width + frames) // 4 + 1, 3), np.uint8)
    texture = texture.repeat(4, axis=0).repeat(4, axis=1)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="mono")
        for index in range(frames):
            picture = np.ascontiguousarray(texture[:, index : index + width])
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            tone = np.sin(np.arange(1920, dtype=np.float32)[None] / 20)
            samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            samples.sample_rate, samples.pts, samples.time_base = 48000, index * 1920, Fraction(1, 48000)
            container.mux(sound.encode(samples))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path
