"""Fill holes in frames of your own: arrays in, arrays out, no files. Here a red square crosses a striped wall."""

from collections.abc import Iterator

import numpy as np

from stranet import Inpainter, InpaintOptions

COUNT, HEIGHT, WIDTH, SIDE = 12, 96, 160, 24


def picture(index: int) -> tuple[np.ndarray, np.ndarray]:
    """A frame, (H, W, 3) uint8 RGB, and its hole, (H, W) bool: True = fill this pixel."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    wall = (128 + 60 * np.sin(x / 6) + 50 * np.sin(y / 5 + x / 17)).astype(np.uint8)
    frame = np.dstack((wall, wall, 255 - wall))
    hole = np.zeros((HEIGHT, WIDTH), bool)
    hole[36 : 36 + SIDE, 10 + 9 * index : 10 + 9 * index + SIDE] = True
    frame[hole] = (220, 30, 30)
    return frame, hole


def fill() -> Iterator[np.ndarray]:
    """Filled frames as they become ready; the inpainter looks ahead, so the first comes after `reach` more are read."""
    frames = (picture(index)[0] for index in range(COUNT))
    holes = (picture(index)[1] for index in range(COUNT))
    yield from Inpainter(InpaintOptions(reach=8, device="cpu")).inpaint(frames, holes)


if __name__ == "__main__":
    for index, filled in enumerate(fill()):
        red = np.abs(filled.astype(int) - (220, 30, 30)).sum(axis=2) < 30
        print(f"frame {index}: {red.sum()} red pixels left")
