"""Flow that is not poisoned by a hole, its completion, and the correction on the ring."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from stranet.geometry.scale import Scale
from stranet.model.alignment import TOGETHER, complete_flow
from stranet.model.flow import ROUGH, THOROUGH, DISFlow, coarsest, flow_where_both_show, grow
from stranet.model.low_frame import LowFrame
from stranet.model.registration import FLAT_SHARE, Residual
from stranet.types import Box, Size
from textures import texture

HEIGHT, WIDTH = 96, 144
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def gray(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def box_hole(x: int, y: int, width: int = 36, height: int = 30) -> np.ndarray:
    hole = np.zeros((HEIGHT, WIDTH), bool)
    hole[y : y + height, x : x + width] = True
    return hole


def shifted(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """A picture in which everything is found (dx, dy) further on."""
    matrix = np.float32([[1, 0, dx], [0, 1, dy]])
    return cv2.warpAffine(picture, matrix, picture.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def test_dis_is_backward_flow_from_target_to_reference():
    target = gray(texture(HEIGHT, WIDTH))
    flow = DISFlow()(target, shifted(target, 2, -1))
    assert np.abs(np.median(flow[10:-10, 10:-10], axis=(0, 1)) - [2, -1]).max() < 0.1


@pytest.mark.parametrize("size", [(1, 1), (8, 40), (17, 33)])
def test_dis_takes_frames_of_any_size(size):
    picture = gray(texture(*size))
    flow = DISFlow()(picture, picture)
    assert flow.shape == (*size, 2)
    assert np.abs(flow).max() < 0.1


@pytest.mark.parametrize("search", [ROUGH, THOROUGH])
def test_small_frames_change_nothing_of_what_is_found_in_those_after_them(search):
    """OpenCV's search sets itself other scales where a frame is too small for those it was given, and keeps them."""
    estimate = DISFlow(search)
    target = gray(texture(HEIGHT, WIDTH))
    before = estimate(target, shifted(target, 2, -1))
    for height, width in ((32, 32), (40, 88), (63, 64), (1, 5)):
        small = target[:height, :width]
        found = estimate(small, shifted(small, 1, 0))
        if height >= 40:
            assert np.abs(np.median(found[8:-8, 8:-8], axis=(0, 1)) - [1, 0]).max() < 0.15
    np.testing.assert_array_equal(estimate(target, shifted(target, 2, -1)), before)


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (45, 46), (64, 90), (64, 91), (96, 500), (300, 200)])
def test_a_search_has_all_scales_up_to_the_coarsest(size):
    """Asked for one that it has, it keeps to it."""
    plane = np.zeros(size, np.uint8)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    for finest in range(coarsest(*size) + 1):
        search.setFinestScale(finest)
        search.calc(plane, plane, None)
        assert search.getFinestScale() == finest


def test_flow_does_not_follow_a_moving_blank():
    """A camera at rest and a blank that moves: the truth is no motion at all."""
    frame = texture(HEIGHT, WIDTH)
    holes = [box_hole(40, 30), box_hole(46, 32)]
    blanked = [np.where(hole[..., None], np.uint8(0), frame) for hole in holes]
    raw = np.linalg.norm(DISFlow()(gray(blanked[0]), gray(blanked[1])), axis=-1)

    lows = [LowFrame.of(rgb, hole, Scale(Size(WIDTH, HEIGHT), 1)) for rgb, hole in zip(blanked, holes, strict=True)]
    flow, trusted = flow_where_both_show(
        DISFlow(), lows[0].gray, lows[0].visible, lows[1].gray, lows[1].visible, reach=4
    )
    clean = np.linalg.norm(flow, axis=-1)
    ring = grow(holes[0] | holes[1], 12)
    assert raw[ring].mean() > 1
    assert clean[ring].mean() < 0.1
    assert clean[trusted].max() < 0.1
    assert trusted.mean() > 0.5
    assert not (trusted & (holes[0] | holes[1])).any()


def test_grow_is_a_disc():
    point = np.zeros((15, 15), bool)
    point[7, 7] = True
    y, x = np.mgrid[-7:8, -7:8]
    grown = grow(point, 4)
    assert grown[(x**2 + y**2) <= 15].all()
    assert not grown[(x**2 + y**2) > 25].any()
    assert np.array_equal(grow(point, 0), point)
    assert not grow(np.zeros_like(point), 5).any()


def test_completion_carries_trusted_flow_inward_and_nothing_else(monkeypatch):
    monkeypatch.setattr("stranet.device.LARGE", 1)  # else so small ones are taken all at once
    trusted = (~box_hole(50, 30)).astype(np.float32)
    flow = np.full((HEIGHT, WIDTH, 2), (1.5, -0.5), np.float32)
    flow[trusted == 0] = 99
    known = [trusted] * TOGETHER + [np.zeros_like(trusted)]  # the last one by itself
    completed = list(complete_flow([flow] * len(known), known, WHOLE))
    assert [field.shape for field in completed] == [(HEIGHT, WIDTH, 2)] * len(known)
    for field in completed[:-1]:
        np.testing.assert_allclose(field, np.broadcast_to(np.float32([1.5, -0.5]), flow.shape), atol=1e-4)
    assert not completed[-1].any()


def known(flow: np.ndarray, trusted: np.ndarray) -> Residual:
    """One whose flow is not estimated but given."""
    residual = Residual.__new__(Residual)
    residual.flow, residual.trusted = flow, trusted
    return residual


def test_somebody_who_passes_the_hole_does_not_bend_what_lies_behind_it():
    """Their flow counts less than that of the camera, and so reaches less than half as far."""
    hole = box_hole(50, 30)
    flow = np.full((HEIGHT, WIDTH, 2), 0.4, np.float32)
    flow[:, :50] = (12, 0)  # all that is left of the hole moves on its own
    residual = known(flow, ~hole)
    plain, weighed = complete_flow([flow] * 2, [(~hole).astype(np.float32), residual.weight(~hole)], WHOLE)
    error_of = [np.linalg.norm(found - 0.4, axis=-1)[hole].mean() for found in (weighed, plain)]
    assert error_of[0] < 0.5 * error_of[1]


def test_flat_surroundings_say_little_about_motion():
    residual = known(np.zeros((4, 6, 2), np.float32), np.ones((4, 6), bool))
    rich = np.zeros((4, 6), bool)
    rich[:, :3] = True
    weight = residual.weight(rich)
    assert weight.dtype == np.float32
    np.testing.assert_allclose(weight[:, :3], 1)
    np.testing.assert_allclose(weight[:, 3:], FLAT_SHARE)
