"""Frames of textured planes, and the truth about them."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.data.layers import Layer, follow_surfaces, view_layers
from stranet.data.moving_holes import translation
from textures import texture

SIDE = 40


def moves(*offsets: tuple[float, float]) -> np.ndarray:
    """Frames that look at a plane ``offsets`` further on."""
    return np.stack([translation(offset) for offset in offsets])


def test_a_whole_step_is_a_slice_of_what_was_seen_before() -> None:
    layer = Layer(texture(80, 90), moves((10, 20), (17, 15)))
    here, there = (view_layers([layer], index, SIDE).rgb for index in range(2))
    np.testing.assert_array_equal(there[5:, :-7], here[:-5, 7:])


def test_a_finer_texture_does_not_alias() -> None:
    """At two texture pixels per pixel a checkerboard is gray."""
    board = (np.indices((90, 90)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
    zoomed = translation((0.5, 0.5)) @ np.diag((2.0, 2.0, 1.0))
    rgb = view_layers([Layer(board, zoomed[None])], 0, SIDE).rgb
    np.testing.assert_allclose(rgb, 127.5, atol=1)


def test_an_object_in_front_hides_and_uncovers() -> None:
    """A 10 x 10 box that moves 12 pixels to the right over a background that stands still."""
    still = moves((0, 0), (0, 0))
    ways = moves((-5, -15), (-17, -15))
    layers = [
        Layer(texture(SIDE, SIDE), still),
        Layer(texture(SIDE, SIDE, 1), ways, (np.ones((10, 10), bool),) * 2, ways),
    ]
    views = [view_layers(layers, index, SIDE) for index in range(2)]
    truth = follow_surfaces(layers, views)

    box = np.zeros((SIDE, SIDE), bool)
    box[15:25, 5:15] = True
    np.testing.assert_array_equal(views[0].layer == 1, box)
    np.testing.assert_array_equal(views[1].layer == 1, np.roll(box, 12, 1))
    y, x = np.indices((SIDE, SIDE))
    np.testing.assert_allclose(truth.position[1], np.stack((x + 12 * box, y), -1), atol=1e-4)
    np.testing.assert_array_equal(truth.shown[1], ~np.roll(box, 12, 1))
    np.testing.assert_array_equal(views[1].rgb[15:25, 17:27], views[0].rgb[15:25, 5:15])


def test_outside_the_frame_nothing_is_shown() -> None:
    layers = [Layer(texture(80, 90), moves((10, 20), (18.5, 20)))]
    truth = follow_surfaces(layers, [view_layers(layers, index, SIDE) for index in range(2)])
    np.testing.assert_allclose(truth.position[1, 0, 0], (-8.5, 0), atol=1e-4)
    assert truth.shown[0].all()
    assert not truth.shown[1, :, :9].any()
    assert truth.shown[1, :, 9:].all()


def test_pixels_that_blend_two_layers_are_not_shown() -> None:
    ways = moves((-5.25, -15), (-5.25, -15))
    layers = [
        Layer(texture(SIDE, SIDE), moves((0, 0), (0, 0))),
        Layer(texture(SIDE, SIDE, 1), ways, (np.ones((10, 10), bool),) * 2, ways),
    ]
    views = [view_layers(layers, index, SIDE) for index in range(2)]
    blended = ~views[0].pure
    assert blended.any()
    assert blended.sum() <= 20
    assert not follow_surfaces(layers, views).shown[1][blended].any()


def test_only_the_first_layer_may_cover_everything() -> None:
    layer = Layer(texture(SIDE, SIDE), moves((0, 0)))
    with pytest.raises(ValueError, match="layer 1 has no shape"):
        view_layers([layer, layer], 0, SIDE)
