"""Scenes whose masks are known: a spotted disc moves over a textured scene that the camera pans across."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from stranet.tracking.spool import Spool
from stranet.types import HoleArray, Shot, Size
from stranet.video.images import write_png
from textures import texture

WIDTH, HEIGHT = 256, 160
RADIUS = 22


@dataclass(frozen=True)
class Scene:
    """Frames with the true mask of the disc in each."""

    frames: list[np.ndarray]
    holes: list[HoleArray]
    shadows: list[HoleArray]
    captions: list[HoleArray]

    def spool(self) -> Spool:
        spool = Spool(Size(WIDTH, HEIGHT), WIDTH * HEIGHT)
        for frame in self.frames:
            spool.append(frame)
        return spool

    def folder(self, path: Path) -> Path:
        path.mkdir()
        for index, frame in enumerate(self.frames):
            write_png(path / f"shot_{index:03d}.png", frame)
        return path

    def video(self, path: Path) -> Path:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=25, options={"crf": "10"})
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for index, frame in enumerate(self.frames):
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")
                picture.pts, picture.time_base = index, Fraction(1, 25)
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
        return path

    @property
    def shot(self) -> Shot:
        return Shot(0, len(self.frames))


def scene(
    count: int = 20,
    *,
    pan: float = 2.0,
    speed: float = 4.0,
    post: tuple[int, int] | None = None,
    shadow: bool = False,
    caption: tuple[int, int] | None = None,
    seed: int = 0,
) -> Scene:
    """Make one.

    Args:
        count: frames.
        pan: pixels by which the scene moves to the left from frame to frame.
        speed: pixels by which the disc moves to the right.
        post: columns [x0, x1) of a post that stands before the disc and does not move.
        shadow: the ground below the disc is at half its brightness.
        caption: frames [start, stop) with words at the bottom.
        seed: another scene.
    """
    ground = texture(HEIGHT, WIDTH + round(pan * count) + 8, seed)
    ground = (60 + 0.5 * ground.astype(np.float32)).astype(np.uint8)
    skin = texture(HEIGHT, WIDTH, seed + 50)
    skin = np.clip(skin.astype(np.float32) * (0.5, 0.3, 0.2) + (130, 10, 0), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    made = Scene([], [], [], [])
    for index in range(count):
        frame = _shifted(ground, pan * index)
        centre = 40 + speed * index, 70 + 6 * np.sin(index / 4)
        hole = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < RADIUS**2
        shade = np.zeros_like(hole)
        if shadow:
            shade = ((x - centre[0] - 6) / 26) ** 2 + ((y - centre[1] - 26) / 12) ** 2 < 1
            soft = cv2.GaussianBlur(shade.astype(np.float32), (0, 0), 2)[..., None]
            frame = (frame * (1 - 0.45 * soft)).astype(np.uint8)
            shade = shade & ~hole
        moved = np.roll(skin, (round(centre[1]), round(centre[0])), (0, 1))
        frame = np.where(hole[..., None], moved, frame)
        if post is not None:
            frame[:, post[0] : post[1]] = (40, 70, 160)
            hole[:, post[0] : post[1]] = False
        words = np.zeros((HEIGHT, WIDTH), np.uint8)
        if caption is not None and caption[0] <= index < caption[1]:
            cv2.putText(words, "burnt in", (60, 148), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 1, 2)
            frame[words > 0] = 255
        for store, item in zip(
            (made.frames, made.holes, made.shadows, made.captions), (frame, hole, shade, words > 0), strict=True
        ):
            store.append(item)
    return made


def iou(one: HoleArray, other: HoleArray) -> float:
    """Intersection over union; 1 where both are empty."""
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else 1.0


def box_of(hole: HoleArray, room: int = 2) -> tuple[float, float, float, float]:
    """(x, y, width, height) around a mask."""
    x, y, width, height = cv2.boundingRect(hole.astype(np.uint8))
    return float(x - room), float(y - room), float(width + 2 * room), float(height + 2 * room)


def _shifted(ground: np.ndarray, shift: float) -> np.ndarray:
    matrix = np.float32([[1, 0, -shift], [0, 1, 0]])
    return cv2.warpAffine(ground, matrix, (ground.shape[1], HEIGHT), flags=cv2.INTER_LINEAR)[:, :WIDTH].copy()
