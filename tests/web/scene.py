"""A small clip that looks a little like a real one: a disc rolls over a textured ground that pans, with sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from textures import texture

WIDTH, HEIGHT, FRAMES, RATE = 192, 108, 12, 20
RADIUS = 14
AROUND = RADIUS + 4
"""Half a side of a box around the disc."""
STICKER = slice(10, 32), slice(140, 170)
"""Rows and columns of a blue rectangle that lies on the ground, in the first frame."""


def middle(frame: int) -> tuple[int, int]:
    """(x, y) of the disc."""
    return 50 + 4 * frame, 68


def draw(frame: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    ground = texture(HEIGHT, WIDTH + FRAMES, seed=4) * 0.45 + (50, 80, 50)
    ground[STICKER] = ground[STICKER] * 0.3 + (0, 20, 150)
    picture = ground[:, frame : frame + WIDTH].astype(np.uint8)
    inside = disc(frame)
    x, y = middle(frame)
    skin = texture(2 * RADIUS + 1, 2 * RADIUS + 1, seed=9)[
        inside[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1]
    ]
    picture[inside] = np.clip(skin * 0.55 + (120, 0, 0), 0, 255)
    return cv2.GaussianBlur(picture, (3, 3), 0.6)  # type: ignore[return-value]


def disc(frame: int) -> np.ndarray:
    """(H, W) bool: the truth."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    across, down = middle(frame)
    return (x - across) ** 2 + (y - down) ** 2 <= RADIUS**2


def make_scene(path: Path, frames: int = FRAMES) -> Path:
    """Write the clip."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": "12", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="mono")
        samples = 48000 // RATE
        for index in range(frames):
            container.mux(video.encode(av.VideoFrame.from_ndarray(draw(index), "rgb24")))
            tone = 0.2 * np.sin(np.arange(samples, dtype=np.float32)[None] / 20)
            part = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            part.sample_rate, part.pts, part.time_base = 48000, index * samples, Fraction(1, 48000)
            container.mux(sound.encode(part))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path
