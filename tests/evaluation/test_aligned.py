from __future__ import annotations

import numpy as np

from stranet.evaluation.aligned import aligned_median, neighbour_steps
from stranet.evaluation.baselines import temporal_median
from textures import texture


def panning(count: int = 6, step: int = 4) -> list[np.ndarray]:
    wide = texture(160, 192 + count * step, seed=3)
    return [np.ascontiguousarray(wide[:, step * i : step * i + 192]) for i in range(count)]


def holes(count: int = 6) -> list[np.ndarray]:
    found = [np.zeros((160, 192), bool) for _ in range(count)]
    for index, hole in enumerate(found):
        hole[50:90, 20 + 20 * index : 50 + 20 * index] = True
    return found


def blanked(video, masks):
    return [np.where(hole[..., None], np.uint8(128), frame) for frame, hole in zip(video, masks, strict=True)]


def test_steps_of_a_pan_are_its_shift():
    video, masks = panning(), holes()
    for step in neighbour_steps(blanked(video, masks), masks):
        np.testing.assert_allclose(step, [[1, 0, -4], [0, 1, 0], [0, 0, 1]], atol=0.15)


def test_a_pan_comes_back_where_the_unaligned_median_fails():
    video, masks = panning(), holes()
    errors = {}
    for method in (aligned_median, temporal_median):
        outputs = list(method(blanked(video, masks), masks))
        errors[method.__name__] = np.mean(
            [np.abs(o.astype(int) - t)[h].mean() for o, t, h in zip(outputs, video, masks, strict=True)]
        )
        for output, frame, hole in zip(outputs, video, masks, strict=True):
            np.testing.assert_array_equal(output[~hole], frame[~hole])
    assert errors["aligned_median"] < 4
    assert errors["temporal_median"] > 3 * errors["aligned_median"]


def test_one_frame_and_no_hole():
    (frame,), (hole,) = panning(1), holes(1)
    assert next(aligned_median([frame], [hole])).shape == frame.shape
    np.testing.assert_array_equal(next(aligned_median([frame], [np.zeros_like(hole)])), frame)
