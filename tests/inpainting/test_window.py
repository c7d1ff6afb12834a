"""What stays in memory of a shot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scenes import fill, moving_hole

from stranet.geometry.homography import IDENTITY
from stranet.geometry.scale import Scale
from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.plan import EVERY, HELD, NEAR, serves
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.model.registration import FrameMotion
from stranet.types import Picture, Size

REACH, SIZE = 20, Size(32, 24)


def window_with(count: int) -> ShotWindow:
    window = ShotWindow(REACH, lambda earlier, later: FrameMotion(IDENTITY))
    hole = np.zeros((SIZE.height, SIZE.width), bool)
    hole[4:9, 6:12] = True
    for index in range(count):
        picture = Picture(np.full((SIZE.height, SIZE.width, 3), index, np.uint8))
        frame = WindowFrame(index, picture, hole, Scale(SIZE, 1))
        frame.encode(lambda planes: (), device="cpu")
        window.push(frame)
    return window


def test_everything_ahead_serves_and_of_what_is_far_behind_every_third():
    assert all(serves(position, 50) for position in range(51, 90))
    assert not serves(50, 50)
    assert all(serves(position, 50) for position in range(50 - NEAR, 50))
    assert [position for position in range(50 - NEAR) if serves(position, 50)] == list(range(0, 50 - NEAR, EVERY))


def test_what_serves_a_later_target_is_still_there_and_the_rest_is_not():
    window = window_with(60)
    for done in range(1, 40):
        window.forget_before(done)
        for target in range(done, 60):
            for position in range(max(window.start, target - REACH), target):
                if serves(position, target):
                    assert window[position].rgb[0, 0, 0] == position
    assert window.start == 39 - REACH
    with pytest.raises(RuntimeError, match="released"):
        _ = window[20].rgb
    assert np.allclose(window.chain(39, (19, 59)).homographies(), IDENTITY)


def test_a_released_frame_leaves_its_motion_only():
    window = window_with(60)
    before = window.chain(39, (19, 59)).homographies()
    window.forget_before(39)
    with pytest.raises(RuntimeError, match="released"):
        _ = window[20].low
    assert window[21].low.rgb.shape == (24, 32, 3)
    assert np.array_equal(window.chain(39, (21, 59)).homographies()[1], before[1])


def test_a_frame_that_no_target_has_looked_at_is_not_released():
    """Its small copy is still to be made, for the chain of registrations."""
    window = window_with(0)
    for index in range(40):
        rgb = np.full((SIZE.height, SIZE.width, 3), index, np.uint8)
        window.push(WindowFrame(index, Picture(rgb), np.zeros((SIZE.height, SIZE.width), bool), Scale(SIZE, 1)))
    window.forget_before(39)
    assert [frame for frame in range(window.start, 40) if window[frame].low.rgb.shape != (24, 32, 3)] == []


def test_of_frames_far_ahead_only_what_makes_their_colours_stays():
    window, made = window_with(0), []
    for index in range(30):
        picture = can_be_made_again(np.full((SIZE.height, SIZE.width, 3), index, np.uint8), lambda: made.append(1))
        window.push(WindowFrame(index, picture, np.zeros((SIZE.height, SIZE.width), bool), Scale(SIZE, 1)))
    window.rest(10)
    held = [window[index].rgb[0, 0, 0] for index in range(10 + HELD + 1)]
    assert (held, made) == (list(range(10 + HELD + 1)), [])
    assert window[29].low.rgb.shape == (24, 32, 3)
    assert window[29].rgb[0, 0, 0] == 29
    assert len(made) == 1
    window[28].shrink()  # does not hold what was let go
    assert window[28].rgb[0, 0, 0] == 28
    assert len(made) == 3


@pytest.mark.parametrize("workers", [1, 3])
def test_pictures_that_are_made_again_give_what_arrays_give(workers):
    """And of those in the window only few hold their colours at any time."""
    scene = moving_hole(36)
    for index in range(14, 20):
        scene.holes[index][:] = False
    frames, made = scene.blanked(), []
    pictures = [can_be_made_again(frame, lambda: made.append(1)) for frame in frames]
    inpainter = Inpainter(InpaintOptions(reach=24, workers=workers))
    filled, most = [], 0
    for out in inpainter.fill(zip(pictures, scene.holes, strict=True)):
        filled.append(out)
        most = max(most, sum(picture.held for picture in pictures[len(filled) : len(filled) + 24]))
    assert [out is None for out in filled] == [not hole.any() for hole in scene.holes]
    for out, other in zip(filled, fill(scene, reach=24, workers=workers), strict=True):
        assert out is None or np.array_equal(out, other)
    assert 0 < len(made) < 4 * len(frames)
    assert most < 20


def can_be_made_again(rgb: np.ndarray, when: Callable[[], object]) -> Picture:
    def again() -> np.ndarray:
        when()
        return rgb.copy()

    return Picture(rgb, again)


def test_a_hole_that_comes_back_after_a_long_time_is_filled():
    """Frames without a hole lie between, some of them out of reach, some of them further back than all may serve."""
    scene = moving_hole(40)
    for index in range(6, 34):
        scene.holes[index][:] = False
    filled = fill(scene, reach=REACH)
    assert len(filled) == 40
    assert scene.psnr(filled) > 30


@pytest.mark.parametrize("workers", [1, 3])
def test_many_frames_give_the_same_with_any_number_of_workers(workers):
    scene = moving_hole(36)
    assert all(
        np.array_equal(one, other)
        for one, other in zip(fill(scene, reach=24, workers=workers), fill(scene, reach=24, workers=2), strict=True)
    )
