"""References are the frames that show what the hole hides."""

from __future__ import annotations

import numpy as np

from stranet.geometry.scale import Scale
from stranet.inpainting.choice import choose_references, covering_references
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.model.registration import FrameMotion
from stranet.types import Picture, Size
from textures import texture

FRAMES = 40


def window_of(holes: list[np.ndarray], shift: int = 0) -> ShotWindow:
    """A shot before a still camera, or one that pans by ``shift`` pixels a frame."""
    height, width = holes[0].shape
    place = texture(height, width + shift * len(holes))
    motion = np.array([[1, 0, -shift], [0, 1, 0], [0, 0, 1.0]])
    window = ShotWindow(FRAMES, lambda earlier, later: FrameMotion(motion))
    for index, hole in enumerate(holes):
        rgb = np.ascontiguousarray(place[:, shift * index : shift * index + width])
        window.push(WindowFrame(index, Picture(rgb), hole, Scale(Size(width, height), 1)))
    return window


def hole_at(x: int) -> np.ndarray:
    hole = np.zeros((48, 96), bool)
    hole[16:32, x : x + 24] = True
    return hole


def test_an_object_that_waits_is_looked_behind_once_it_has_left():
    """It stands still up to frame 30, so that no earlier frame shows what is behind it."""
    window = window_of([hole_at(20 if index < 30 else 60) for index in range(FRAMES)])
    chosen = choose_references(window, 5, range(FRAMES), 8)
    assert {4, 6} <= set(chosen), "the neighbours are always there"
    assert len([position for position in chosen if position >= 30]) >= 4
    assert len(chosen) == 8
    assert list(chosen) == sorted(chosen, key=lambda position: (abs(position - 5), position))


def test_a_pan_is_followed():
    """The hole stays in the middle; behind it is what left it on one side, and will leave it on the other."""
    window = window_of([hole_at(36)] * FRAMES, shift=4)
    chosen = choose_references(window, 20, range(FRAMES), 6)
    apart = [abs(position - 20) for position in chosen]
    assert max(apart) >= 5, "nearer ones show the rim of the hole alone"


def test_few_frames_are_all_taken():
    window = window_of([hole_at(4 * index) for index in range(5)])
    assert choose_references(window, 2, range(5), 20) == (1, 3, 0, 4)
    assert choose_references(window, 0, range(1), 3) == ()


def test_where_no_frame_shows_it_they_are_spread():
    window = window_of([hole_at(20)] * FRAMES)
    chosen = choose_references(window, 20, range(FRAMES), 6)
    assert len(set(chosen)) == 6
    assert {19, 21} <= set(chosen)


def test_frames_that_show_something_new_come_before_near_ones():
    shown = np.zeros((5, 10), bool)
    shown[:3, :6] = True  # three near frames show the same
    shown[4, 6:] = True  # a far one shows the rest
    assert covering_references(shown, np.array([1, 2, 3, 4, 20]), 2) == [0, 4]


def test_frames_that_show_nothing_are_not_chosen():
    shown = np.zeros((4, 3), bool)
    shown[2] = True
    assert covering_references(shown, np.array([1, 2, 3, 4]), 4) == [2]
    assert covering_references(np.zeros((4, 3), bool), np.array([1, 2, 3, 4]), 4) == []
    assert covering_references(np.ones((3, 0), bool), np.array([1, 2, 3]), 2) == []


def test_of_equal_views_the_nearest_is_taken_first():
    shown = np.ones((4, 7), bool)
    assert covering_references(shown, np.array([4, 1, 3, 2]), 4) == [1, 3, 2, 0]
