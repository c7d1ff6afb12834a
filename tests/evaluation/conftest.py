"""A tiny Syn-HD folder: lossless clips of known pixels, silhouettes as PNG files, and a manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from stranet.evaluation.protocol import Case, CutCase, load_protocol
from stranet.types import Size

WIDTH, HEIGHT, FRAMES = 96, 64, 6

MANIFEST = """
version = 1

[[case]]
name = "slide"
clip = "clips/slide.mkv"
size = [96, 64]
start = 2
count = 4
hole = "holes/block"
hole_start = 1
flip = true
shift = [0.125, -0.25]

[[case]]
name = "still"
clip = "clips/still.mkv"
size = [96, 64]
count = 5
hole = "holes/block"
"""


def texture(seed: int) -> np.ndarray:
    """A smooth random picture that is wider than a frame, (64, 128, 3) uint8."""
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH + 32, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), np.empty(0), 0, 255, cv2.NORM_MINMAX)


def write_clip(path: Path, frames: list[np.ndarray]) -> None:
    """Lossless RGB, so that what is read equals what was written."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr0"
        for rgb in frames:
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24").reformat(format="bgr0"))
            )
        container.mux(stream.encode())


@pytest.fixture(scope="session")
def clips() -> dict[str, list[np.ndarray]]:
    """The true frames of both clips: one moves by two pixels a frame, the other stands still."""
    moving, still = texture(1), texture(2)
    return {
        "slide": [moving[:, 2 * i : 2 * i + WIDTH] for i in range(FRAMES)],
        "still": [still[:, :WIDTH]] * FRAMES,
    }


@pytest.fixture(scope="session")
def silhouettes() -> list[np.ndarray]:
    """A block that moves to the right by twelve pixels a frame; none on the last picture."""
    holes = np.zeros((FRAMES, HEIGHT, WIDTH), bool)
    for i in range(FRAMES - 1):
        holes[i, 24:40, 4 + 12 * i : 20 + 12 * i] = True
    return list(holes)


@pytest.fixture
def data(tmp_path: Path, clips: dict[str, list[np.ndarray]], silhouettes: list[np.ndarray]) -> Path:
    """The data folder."""
    return make_data(tmp_path / "data", clips, silhouettes)


@pytest.fixture(scope="module")
def module_data(
    tmp_path_factory: pytest.TempPathFactory, clips: dict[str, list[np.ndarray]], silhouettes: list[np.ndarray]
) -> Path:
    """A data folder that the tests of a module share and leave as it is."""
    return make_data(tmp_path_factory.mktemp("shared") / "data", clips, silhouettes)


def make_data(root: Path, clips: dict[str, list[np.ndarray]], silhouettes: list[np.ndarray]) -> Path:
    """Write clips, silhouettes and the manifest."""
    for folder in ("clips", "holes/block"):
        (root / folder).mkdir(parents=True)
    for name, frames in clips.items():
        write_clip(root / f"clips/{name}.mkv", frames)
    for i, hole in enumerate(silhouettes):
        # The smallest value that is not zero must count as missing.
        cv2.imwrite(str(root / f"holes/block/{i:05d}.png"), hole.astype(np.uint8))
    (root / "manifest.toml").write_text(MANIFEST)
    return root


@pytest.fixture
def case(data: Path) -> Callable[[str], Case]:
    """Look up a case by name."""
    return lambda name: next(case for case in load_protocol(data).cases if case.name == name)


@pytest.fixture
def still(case: Callable[[str], Case]) -> CutCase:
    """The still case at the clip's own size."""
    return case("still").cut(Size(WIDTH, HEIGHT), 30)
