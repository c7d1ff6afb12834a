"""`JobOptions`: what is accepted, what it means, and exact messages."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from stranet import ConfigError, JobOptions


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"start": -1}, "start is -1, but must be 0 or later"),
        ({"start": "soon"}, "start: 'soon' is no time; write seconds, or [hours:]minutes:seconds such as 0:01.5"),
        ({"end": 0}, "end is 0, but must come after start (0)"),
        ({"start": "0:10", "end": 9.5}, "end is 9.5, but must come after start (0:10)"),
        ({"preview": 0}, "preview is 0, but must be at least 1 frame"),
        ({"dilate": -1}, "dilate is -1, but must be 0 or more pixels"),
    ],
)
def test_bad_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        JobOptions(**values)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("time", "seconds"), [(2, 2.0), (2.5, 2.5), ("2.5", 2.5), ("1:02", 62.0), ("1:00:01.5", 3601.5)]
)
def test_times(time: float | str, seconds: float) -> None:
    assert JobOptions(start=time).start_seconds == seconds
    assert JobOptions(end=time).end_seconds == seconds


def test_only_the_plain_job_needs_every_frame() -> None:
    assert JobOptions(dilate=3).whole
    for part in (JobOptions(start=0.5), JobOptions(end=1), JobOptions(preview=2), JobOptions(allow_damaged=True)):
        assert not part.whole


@pytest.mark.parametrize(
    ("job", "count", "frames"),
    [
        (JobOptions(), 100, 100),
        (JobOptions(), None, None),
        (JobOptions(preview=8), None, 8),
        (JobOptions(preview=8), 5, 5),
        (JobOptions(start=1), 100, 75),
        (JobOptions(start=1), None, None),
        (JobOptions(start=1, end=2), None, 25),
        (JobOptions(start=3, end=9), 100, 25),
        (JobOptions(start=9), 100, 0),
        (JobOptions(start=1, preview=3), 100, 3),
    ],
)
def test_expected_frames(job: JobOptions, count: int | None, frames: int | None) -> None:
    assert job.expected_frames(count, Fraction(25)) == frames
