from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap, norm

from stranet.evaluation.bins import AREA_BINS, by_area
from stranet.evaluation.bootstrap import difference_interval, mean_interval
from stranet.evaluation.score import CaseScore, FrameScore


def test_interval_is_that_of_scipy():
    values = np.random.default_rng(1).normal(25, 4, 14)
    ours = mean_interval(list(values))
    theirs = bootstrap((values,), np.mean, n_resamples=20000, method="percentile", random_state=7).confidence_interval
    assert ours is not None
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.1)


def test_interval_in_closed_form():
    """The mean of many is normal: 1.96 standard errors to each side."""
    values = np.random.default_rng(2).normal(0, 1, 400)
    ours = mean_interval(list(values))
    assert ours is not None
    reach = norm.ppf(0.975) * values.std() / 20
    assert ours == pytest.approx((values.mean() - reach, values.mean() + reach), abs=0.01)


def test_few_or_missing_values():
    assert mean_interval([3.0]) is None
    assert mean_interval([3.0, None]) is None
    assert mean_interval([3.0, None, 3.0]) == (3, 3)
    assert mean_interval([1.0, 2.0, 5.0]) == mean_interval([1.0, 2.0, 5.0])


def test_differences_are_paired_by_clip():
    ours, theirs = {"a": 30.0, "b": 20.0, "c": 1.0}, {"b": 18.0, "a": 28.0, "c": None}
    assert difference_interval(ours, theirs) == (2.0, (2.0, 2.0))
    assert difference_interval({"a": None}, {"a": 1.0}) is None


def test_bins_hold_every_frame_once():
    shares = [0.001, 0.02, 0.0999, 0.1, 0.5, 1.0]
    score = CaseScore("m", "c", None, tuple(FrameScore(i, share) for i, share in enumerate(shares)))
    found = [[frame.index for frame in frames] for frames in by_area([score]).values()]
    assert found == [[0], [1], [2], [3], [4, 5]]
    assert [area.label for area in AREA_BINS] == ["0-2 %", "2-5 %", "5-10 %", "10-20 %", ">= 20 %"]
