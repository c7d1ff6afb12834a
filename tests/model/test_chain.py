"""From neighbour to neighbour by what moves around a box, and where that is believed."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.geometry.homography import IDENTITY, apply_homography
from stranet.geometry.scale import Scale
from stranet.model.chain import AROUND, Chain, Step
from stranet.model.first_guess import first_guesses
from stranet.model.flow import DISFlow
from stranet.model.low_frame import LowFrame
from stranet.model.registration import FrameMotion, register_neighbours
from stranet.types import Box, Size
from textures import texture

SIZE, EDGE = Size(240, 160), 96
NEAR, FAR = -5, -1
"""What lies above the edge moves faster than what lies below it, in pixels a frame."""
BELOW = Box(80, 128, 120, 150)


def shift(dx: float) -> np.ndarray:
    return np.array([[1, 0, dx], [0, 1, 0], [0, 0, 1]], np.float64)


def two_layers() -> FrameMotion:
    """As matched points; nearly two thirds of them lie above the edge."""
    y, x = np.mgrid[0 : SIZE.height : 6, 0 : SIZE.width : 6].astype(np.float32)
    points = np.stack((x.ravel(), y.ravel()), -1)
    moved = np.where(points[:, 1] < EDGE, NEAR, FAR)[:, None] * np.array([[1, 0]])
    return FrameMotion(shift(NEAR), points, (points + moved).astype(np.float32))


def chain(count: int = 6, motion: FrameMotion | None = None) -> Chain:
    steps = [Step(shift(NEAR), motion or two_layers(), SIZE) for _ in range(count)]
    return Chain(3, (0, 2, 4, 6), 0, steps)


def test_the_motion_around_a_box_is_chained_both_ways():
    np.testing.assert_allclose(chain().homographies(), [shift(-NEAR * 3), shift(-NEAR), shift(NEAR), shift(NEAR * 3)])
    far = [shift(-FAR * 3), shift(-FAR), shift(FAR), shift(FAR * 3)]
    np.testing.assert_allclose(chain().homographies(BELOW), far, atol=1e-6)
    above = BELOW._replace(y0=8, y1=40)
    np.testing.assert_allclose(chain().homographies(above), chain().homographies(), atol=1e-6)


def test_a_box_is_looked_for_where_it_has_moved_to():
    """It falls by 40 pixels a frame, from among what is near to what is far."""
    falling = FrameMotion(None)  # and no points
    down = np.array([[1, 0, 0], [0, 1, 40], [0, 0, 1]], np.float64)
    steps = [Step(down, falling, SIZE), Step(down, falling, SIZE), Step(shift(NEAR), two_layers(), SIZE)]
    found = Chain(0, (3,), 0, steps).homographies(Box(80, 40, 120, 60))[0]
    np.testing.assert_allclose(found, shift(FAR) @ down @ down, atol=1e-6)


def test_where_too_little_is_known_the_whole_frame_tells():
    motion = two_layers()
    kept = motion.points[:, 1] < EDGE
    blind = FrameMotion(motion.whole, motion.points[kept], motion.found[kept])
    low = Box(80, EDGE + 2 * AROUND, 120, SIZE.height)
    np.testing.assert_allclose(chain(motion=blind).homographies(low), chain().homographies())
    beyond = Box(SIZE.width + 200, 0, SIZE.width + 240, 40)
    np.testing.assert_allclose(chain(motion=blind).homographies(beyond), chain().homographies())


def layered(count: int) -> list[LowFrame]:
    """Two textures that pass each other, and a hole over the slower one that moves along slowly."""
    above, below = (texture(SIZE.height, SIZE.width + 200, seed) for seed in (1, 2))
    frames = []
    for index in range(count):
        rgb = below[:, -FAR * index :][:, : SIZE.width].copy()
        rgb[:EDGE] = above[:EDGE, -NEAR * index :][:, : SIZE.width]
        hole = np.zeros((SIZE.height, SIZE.width), bool)
        hole[128:150, 60 + 6 * index : 84 + 6 * index] = True
        frames.append(LowFrame.of(np.where(hole[..., None], np.uint8(0), rgb), hole, Scale(SIZE, 1)))
    return frames


@pytest.mark.parametrize("wrong", [False, True])
def test_the_surroundings_are_believed_where_they_know_better(wrong):
    frames = layered(7)
    motions = [register_neighbours(DISFlow(), *frames[at : at + 2]) for at in range(6)]
    if wrong:  # somebody walks past, wherever the hole is
        motions = [FrameMotion(m.whole, m.points, m.points + np.float32((4, 0))) for m in motions]
    steps = [Step(m.whole, m, SIZE) for m in motions]  # type: ignore[arg-type]
    whole = Chain(0, (4, 6), 0, steps).homographies()
    guesses = first_guesses(frames[0], [frames[4], frames[6]], Chain(0, (4, 6), 0, steps), Box(40, 104, 112, 160))
    centre = np.array([[72, 139]], np.float32)
    if wrong:
        np.testing.assert_array_equal(guesses, whole)
        return
    for guess, count in zip(guesses, (4, 6), strict=True):
        np.testing.assert_allclose(apply_homography(guess, centre), centre + np.float32((FAR * count, 0)), atol=0.5)
    most = centre + np.float32((NEAR * 6, 0))
    np.testing.assert_allclose(apply_homography(whole[1], centre), most, atol=1)  # what most of the frame does


def test_guesses_that_agree_are_the_whole_frame_s():
    """A camera at rest stays exactly at rest, even where the surroundings, better by a hair, say otherwise."""
    frames = layered(2)
    y, x = np.mgrid[0 : SIZE.height : 6, 0 : SIZE.width : 6].astype(np.float32)
    points = np.stack((x.ravel(), y.ravel()), -1)
    step = Step(IDENTITY, FrameMotion(IDENTITY, points, points + np.float32((0.9 * FAR, 0))), SIZE)
    assert not np.allclose(step.near(BELOW), IDENTITY)
    guess = first_guesses(frames[0], [frames[1]], Chain(0, (1,), 0, [step]), Box(40, 104, 112, 160))[0]
    np.testing.assert_array_equal(guess, IDENTITY)
