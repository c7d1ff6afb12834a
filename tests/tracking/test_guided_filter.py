"""A mask of a coarse grid follows the edges of the frame."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stranet.tracking.guided_filter import NOISE, RADIUS, _fitted, pasted_along_edges
from stranet.tracking.region import Region
from stranet.types import Size

FRAME = Size(160, 120)
COARSE = Region(20, 12, 140, 108, Size(30, 24))
"""Four frame pixels to a grid pixel."""


def scene(hole: NDArray[np.bool_], noise: float = 3.0) -> NDArray[np.uint8]:
    """A reddish object on a greenish ground."""
    rng = np.random.default_rng(0)
    rgb = np.where(hole[..., None], (150, 90, 80), (90, 130, 70)) + rng.normal(0, noise, (*hole.shape, 3))
    return rgb.clip(0, 255).astype(np.uint8)


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_follows_edges_that_the_grid_cannot_show() -> None:
    y, x = np.mgrid[: FRAME.height, : FRAME.width]
    truth = ((x - 82) ** 2 + (y - 61) ** 2 < 26**2) | ((abs(x - 83) < 2) & (y > 20) & (y < 60))
    found, rgb = COARSE.cut_hole(truth), scene(truth)
    plain, fine = COARSE.paste(found, FRAME), pasted_along_edges(found, COARSE.cut(rgb), COARSE, rgb)
    assert iou(fine, truth) > 0.97 > 0.95 > iou(plain, truth)
    antenna = truth & (y < 34)
    assert (fine & antenna).sum() > 0.9 * antenna.sum()


def test_stays_where_it_is_when_colours_tell_nothing() -> None:
    truth = np.zeros((FRAME.height, FRAME.width), bool)
    truth[40:80, 60:110] = True
    rgb = np.full((*truth.shape, 3), 90, np.uint8)
    found = COARSE.cut_hole(truth)
    fine = pasted_along_edges(found, COARSE.cut(rgb), COARSE, rgb)
    assert iou(fine, truth) > 0.9


@pytest.mark.parametrize("where", [np.s_[0:40, 0:50], np.s_[80:120, 100:160], np.s_[:, :]])
def test_a_mask_at_the_rim_of_the_frame(where: tuple[slice, slice]) -> None:
    truth = np.zeros((FRAME.height, FRAME.width), bool)
    truth[where] = True
    region = Region(0, 0, *FRAME, Size(53, 40))
    rgb = scene(truth)
    fine = pasted_along_edges(region.cut_hole(truth), region.cut(rgb), region, rgb)
    assert iou(fine, truth) > 0.97


def test_nothing_stays_nothing() -> None:
    rgb = scene(np.zeros((FRAME.height, FRAME.width), bool))
    nothing = np.zeros((COARSE.size.height, COARSE.size.width), bool)
    assert not pasted_along_edges(nothing, COARSE.cut(rgb), COARSE, rgb).any()


def test_marks_nothing_outside_of_the_region() -> None:
    everything = np.ones((COARSE.size.height, COARSE.size.width), bool)
    rgb = scene(np.zeros((FRAME.height, FRAME.width), bool))
    fine = pasted_along_edges(everything, COARSE.cut(rgb), COARSE, rgb)
    assert fine[COARSE.y0 : COARSE.y1, COARSE.x0 : COARSE.x1].all()
    assert fine.sum() == (COARSE.y1 - COARSE.y0) * (COARSE.x1 - COARSE.x0)


def test_fit_is_least_squares_of_every_window_where_colours_tell() -> None:
    rng = np.random.default_rng(1)
    guide = rng.uniform(0, 255, (40, 44, 3)).astype(np.float32)
    mask = (guide @ (0.6, -0.5, 0.3) > 60).astype(np.float32)
    around = np.arange(-RADIUS, RADIUS + 1)

    def fit(row: int, column: int) -> NDArray[np.float64]:
        """Ridge regression over a window, by the normal equations."""
        window = np.ix_(row + around, column + around)
        colours, values = guide[window].reshape(-1, 3).astype(float), mask[window].ravel().astype(float)
        centred = colours - colours.mean(0)
        covariance = centred.T @ centred / len(colours) + NOISE * np.eye(3)
        slope = np.linalg.solve(covariance, centred.T @ (values - values.mean()) / len(colours))
        return np.array((*slope, values.mean() - slope @ colours.mean(0)))

    expected = np.mean([fit(20 + down, 21 + across) for down in around for across in around], axis=0)
    found = [plane[20, 21] for plane in _fitted(mask, guide)]
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-5)
