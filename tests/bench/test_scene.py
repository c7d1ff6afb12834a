"""The clips have what is asked for: the exact area of hole, texture, motion and parallax."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.bench.clips import Clips
from stranet.bench.plan import Run
from stranet.bench.scene import PARALLAX, Scene, camera, moving_hole
from stranet.bench.scenery import make_scenery, photographs
from stranet.errors import StraNetError
from stranet.types import Size
from stranet.video.holes import HoleSource
from stranet.video.reader import open_video

SIZE = Size(160, 96)


@pytest.mark.parametrize("share", [0.02, 0.08, 0.2])
def test_a_hole_has_exactly_its_share_in_one_piece_and_moves(share: float) -> None:
    holes = [moving_hole(index, SIZE, share) for index in range(0, 80, 8)]
    for hole in holes:
        assert hole.shape == (96, 160)
        assert hole.sum() == 4 * round(share * 48 * 80)
        assert cv2.connectedComponents(hole.view(np.uint8))[0] == 2
        assert not any(edge.any() for edge in (hole[0], hole[-1], hole[:, 0], hole[:, -1]))
    assert all((one != other).mean() > share / 4 for one, other in pairwise(holes))


def test_frames_depend_on_their_number_only() -> None:
    one, other = Scene(SIZE), Scene(SIZE)
    one.frame(5)
    assert np.array_equal(one.frame(12), other.frame(12))
    assert not np.array_equal(one.frame(12), one.frame(13))


def test_frames_have_texture_down_to_the_pixel_at_every_size() -> None:
    for size in (Size(160, 96), Size(640, 384)):
        gray = cv2.cvtColor(Scene(size).frame(0), cv2.COLOR_RGB2GRAY).astype(np.float32)
        assert gray.std() > 25
        assert (gray - cv2.GaussianBlur(gray, (0, 0), 1.0)).std() > 4  # twice the noise


def test_the_camera_moves_the_planes_apart_and_stays_over_them() -> None:
    far, near = (np.stack([camera(index, SIZE, faster)[:, 2] for index in range(200)]) for faster in (1.0, PARALLAX))
    speed = np.abs(np.diff(far, axis=0)).max(0)
    assert 0.5 < speed[0] < 0.012 * SIZE.width
    assert np.abs(far - near).max() > 0.05 * SIZE.width
    assert np.abs(far).max() < SIZE.width * 1.2


def test_what_moves_is_what_the_camera_says() -> None:
    """A frame resampled by the camera's motion is the other frame, where only the far plane is seen."""
    scene, (first, second) = Scene(Size(320, 192)), (40, 43)
    whole = [np.vstack((camera(index, Size(320, 192)), (0, 0, 1))) for index in (first, second)]
    onto = np.linalg.inv(whole[0]) @ whole[1]  # pixel of the second -> pixel of the first
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(scene.frame(first), onto[:2], (320, 192), flags=flags)
    error = np.abs(warped.astype(int) - scene.frame(second)).mean(2)
    still = np.abs(scene.frame(first).astype(int) - scene.frame(second)).mean(2)
    assert np.median(error[20:-20, 20:-20]) < 0.5 * np.median(still[20:-20, 20:-20])


def test_planes_are_larger_than_frames() -> None:
    planes = make_scenery(SIZE)
    assert planes.far.shape == (154, 256, 3)
    assert planes.near.shape == (154, 256, 4)
    assert 0.1 < (planes.near[..., 3] > 127).mean() < 0.4


def test_without_photographs_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stranet.bench.scenery.find_spec", lambda name: None)
    with pytest.raises(StraNetError, match=r"pip install 'stranet\[bench\]'"):
        photographs()


def test_files_hold_the_clip(files: tuple[Path, Path], tiny: Run) -> None:
    video, mask = files
    with open_video(video) as reader, HoleSource.open(mask, reader.info) as holes:
        info = reader.info
        assert (str(info.size), info.codec, info.pixel_format, info.frame_rate) == ("64x48", "h264", "yuv420p", 25)
        pairs = list(holes.pair(reader))
    assert len(pairs) == tiny.frames
    scene = Scene(Size(64, 48))
    for frame, hole in pairs:
        assert np.array_equal(hole, moving_hole(frame.index, Size(64, 48), 0.1))
        assert np.abs(frame.rgb.astype(int) - scene.frame(frame.index)).mean() < 8


def test_files_are_made_once(clips: Clips, files: tuple[Path, Path], tiny: Run) -> None:
    made = [path.stat().st_mtime_ns for path in files]
    assert (clips.video(tiny), clips.mask(tiny)) == files
    assert [path.stat().st_mtime_ns for path in files] == made
    assert set(files[0].parent.iterdir()) == set(files)
