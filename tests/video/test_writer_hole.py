"""Outside the hole every sample stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from copies import LOSSLESS
from video_files import Recipe, make_video, samples, video_frames

from stranet.video.color import align_to_chroma, whole_blocks
from stranet.video.pixels import native_planes
from stranet.video.reader import open_video
from stranet.video.writer import VideoWriter

PLANAR = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"]


@pytest.mark.parametrize("shape", ["random", "box", "edge"])
@pytest.mark.parametrize("range_tag", [1, 2])
@pytest.mark.parametrize("pixel_format", PLANAR)
@pytest.mark.parametrize("size", [(64, 48), (67, 45)])
def test_nothing_changes_outside_the_hole(tmp_path, pixel_format, range_tag, shape, size):
    recipe = Recipe(
        suffix=".mkv",
        codec="ffv1",
        pixel_format=pixel_format,
        size=size,
        color=(1, range_tag, 1, 1),
        audio=(),
        options={},
    )
    path = make_video(tmp_path / "in.mkv", recipe)
    hole = np.zeros((size[1], size[0]), bool)
    if shape == "random":
        hole = np.random.default_rng(5).random(hole.shape) > 0.8
    elif shape == "box":
        hole[11:30, 21:40] = True
    else:
        hole[-3:, -7:] = True
    output = tmp_path / "out.mkv"
    with open_video(path) as source, VideoWriter(output, source, LOSSLESS) as writer:
        hole = align_to_chroma(hole, source.info.chroma_shift)
        for frame in source:
            top = np.iinfo(frame.rgb.dtype).max
            writer.write(frame, top - frame.rgb, hole)  # everything would change
    with open_video(path) as old, open_video(output) as new:
        for a, b in zip(old, new, strict=True):
            for number, (p, q) in enumerate(zip(native_planes(a.native), native_planes(b.native), strict=True)):
                where = whole_blocks(hole, old.info.chroma_shift) if number else hole
                np.testing.assert_array_equal(p[~where], q[~where])
            unit = 1 if a.rgb.dtype == np.uint8 else 257
            inside = (np.iinfo(a.rgb.dtype).max - a.rgb)[hole].astype(int) - b.rgb[hole]
            assert np.abs(inside).mean() < 12 * unit, "the hole holds the new picture (chroma is shared by blocks)"


def test_chroma_of_a_block_that_sticks_out_of_the_hole_stays(tmp_path):
    path = make_video(tmp_path / "in.mkv", Recipe(suffix=".mkv", codec="ffv1", audio=(), options={}))
    hole = np.zeros((48, 64), bool)
    hole[5:20, 7:30] = True  # not aligned
    with open_video(path) as source, VideoWriter(tmp_path / "out.mkv", source, LOSSLESS) as writer:
        for frame in source:
            writer.write(frame, 255 - frame.rgb, hole)
    for (_, old), (_, new) in zip(video_frames(path), video_frames(tmp_path / "out.mkv"), strict=True):
        for number, (p, q) in enumerate(zip(old, new, strict=True)):
            shape = (48, 64) if number == 0 else (24, 32)
            where = whole_blocks(hole, (1, 1)) if number else hole
            a, b = (np.frombuffer(plane, np.uint8).reshape(shape) for plane in (p, q))
            np.testing.assert_array_equal(a[~where], b[~where])


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_changing_a_frame_does_not_disturb_the_decoder(tmp_path, codec):
    """Decoded pictures are references of later ones: they must be copied before they are changed."""
    path = make_video(tmp_path / "in.mkv", Recipe(suffix=".mkv", codec=codec, audio=(), options={}))
    hole = np.ones((48, 64), bool)
    expected = [planes for _, planes in video_frames(path)]
    with open_video(path) as source, VideoWriter(tmp_path / "out.mkv", source, LOSSLESS) as writer:
        for frame, planes in zip(source, expected, strict=True):
            assert samples(frame.native) == planes
            writer.write(frame, np.zeros_like(frame.rgb), hole)
