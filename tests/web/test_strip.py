"""Strips show what a player shows, small."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from scene import FRAMES, HEIGHT, RATE, WIDTH, disc, draw

from stranet.errors import DecodeError, OpenError
from stranet.types import Size
from stranet.web.strip import read_chain, read_hole, read_small, small_size, write_hole, write_strip

QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
"""A display matrix: the stored picture is shown turned clockwise by 90 degrees."""


def test_every_frame_is_there_with_its_time(scene: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, float]] = []
    times = write_strip(scene, tmp_path, step=lambda *progress: seen.append(progress))
    assert times == pytest.approx([frame / RATE for frame in range(FRAMES)])
    assert seen == [(number, times[number - 1]) for number in range(1, FRAMES + 1)]
    for frame in range(FRAMES):
        assert np.abs(read_small(tmp_path, frame).astype(int) - draw(frame)).mean() < 6
    with pytest.raises(OpenError):
        read_small(tmp_path, FRAMES)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le"])
def test_frames_are_upright_and_8_bit(tmp_path: Path, pixel_format: str) -> None:
    turned = np.ascontiguousarray(np.rot90(draw(0)))
    with av.open(str(tmp_path / "turned.mp4"), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = HEIGHT, WIDTH, pixel_format
        video.set_display_matrix(QUARTER_TURN)
        container.mux(video.encode(av.VideoFrame.from_ndarray(turned, "rgb24").reformat(format=pixel_format)))
        container.mux(video.encode(None))
    write_strip(tmp_path / "turned.mp4", tmp_path, step=lambda *_: None)
    assert np.abs(read_small(tmp_path, 0).astype(int) - draw(0)).mean() < 6


def test_a_chain_leads_away_from_a_frame_and_ends_at_a_cut(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "cut.mkv"), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(20):
            picture = draw(index) if index < 12 else 255 - draw(index - 12)[::-1]
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")))
        container.mux(video.encode(None))
    write_strip(tmp_path / "cut.mkv", tmp_path, step=lambda *_: None)

    def chain(frame: int) -> list[int]:
        """Which frames are in it."""
        small = [read_small(tmp_path, index) for index in range(20)]
        return [
            next(index for index, other in enumerate(small) if np.array_equal(other, each))
            for each in read_chain(tmp_path, frame, 20, small[frame])
        ]

    assert chain(2) == [4, 6, 8, 10]
    assert chain(9) == [7, 5, 3, 1]
    assert chain(13) == [15, 17, 19]


def test_a_step_that_raises_ends_it(scene: Path, tmp_path: Path) -> None:
    def step(frames: int, _: float) -> None:
        if frames == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_strip(scene, tmp_path, step=step)
    assert len(list(tmp_path.iterdir())) == 3


def test_too_long_a_video_is_refused_where_the_limit_is(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"longer than 0\.005 minutes"):
        write_strip(scene, tmp_path, step=lambda *_: None, max_seconds=0.3)
    assert len(list(tmp_path.iterdir())) == 7


@pytest.mark.parametrize(
    ("size", "small"),
    [((1920, 1080), (1280, 720)), ((3840, 2160), (1280, 720)), ((1080, 1920), (720, 1280)), ((64, 48), (64, 48))],
)
def test_small_is_never_larger(size: tuple[int, int], small: tuple[int, int]) -> None:
    assert small_size(Size(*size)) == small


def test_holes_come_back(tmp_path: Path) -> None:
    write_hole(tmp_path, 5, disc(2), Size(WIDTH, HEIGHT))
    assert (read_hole(tmp_path, 5) == disc(2)).all()
    write_hole(tmp_path, 6, disc(2), Size(WIDTH // 2, HEIGHT // 2))
    assert read_hole(tmp_path, 6).sum() == pytest.approx(disc(2).sum() / 4, rel=0.1)
    write_hole(tmp_path, 7, np.zeros((HEIGHT, WIDTH), bool), Size(WIDTH, HEIGHT))
    assert not read_hole(tmp_path, 7).any()
    write_hole(tmp_path, 8, np.ones((HEIGHT, WIDTH), bool), Size(WIDTH, HEIGHT))
    assert read_hole(tmp_path, 8).all()
