from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from stranet.evaluation.files import as_csv, as_json
from stranet.evaluation.metrics import Ssim, psnr
from stranet.evaluation.regions import rim
from stranet.evaluation.score import CaseScore, FrameScore, mean, score_case
from stranet.evaluation.table import all_tables, mean_over_cases, method_table, used_columns
from stranet.types import Size


def frame_score(index: int, hole_psnr: float, warp: float | None, outside: int = 0) -> FrameScore:
    return FrameScore(
        index, 0.1, psnr=30.0, hole_psnr=hole_psnr, hole_ssim=0.5, l1=0.01, hole_l1=0.1, warp=warp, outside=outside
    )


@pytest.fixture
def scores() -> list[CaseScore]:
    return [
        CaseScore("one", "a", 0.5, (frame_score(0, 20, None), frame_score(1, 30, 2.0, 7))),
        CaseScore("one", "b", 1.5, (frame_score(0, 40, None),)),
        CaseScore("two", "a", 0.1, (frame_score(0, 10, None),)),
    ]


def test_each_frame_is_scored_on_its_own_hole(still):
    noisy = [frame + np.uint8(i) for i, frame in enumerate(still.truth)]
    (rows,) = score_case(still, {"noisy": noisy}).values()
    assert [row.index for row in rows] == [0, 1, 2, 3, 4]
    for row, output in zip(rows, noisy, strict=True):
        truth, hole = still.truth[row.index], still.holes[row.index]
        assert row.hole_area == pytest.approx(256 / (64 * 96))
        assert row.psnr == psnr(truth, output)
        assert row.hole_psnr == psnr(truth, output, hole)
        assert row.hole_ssim == Ssim(truth, output).mean(hole)
    assert rows[0].warp is None
    # Wrapping past white aside, every frame is one level brighter than the one before.
    assert rows[1].warp == pytest.approx(1 / 255**2 * 1000, rel=0.1)


def test_frames_without_a_hole_are_not_scored_but_precede_the_next(still):
    still.holes[1][:] = False
    (rows,) = score_case(still, {"truth": still.truth}).values()
    assert [row.index for row in rows] == [0, 2, 3, 4]
    assert all(row.warp is not None for row in rows[1:])


def test_methods_are_scored_together_as_they_are_alone(still):
    outputs = {"truth": still.truth, "blank": list(still.blanked())}
    together = score_case(still, outputs)
    assert together == {name: score_case(still, {name: frames})[name] for name, frames in outputs.items()}
    assert {row.outside for rows in together.values() for row in rows} == {0}


def test_a_missing_frame_is_an_error(still):
    with pytest.raises(ValueError, match="shorter"):
        score_case(still, {"short": still.truth[:-1]})


def test_means_leave_out_what_is_missing(scores):
    summary = scores[0].summary()
    assert (summary["hole_psnr"], summary["warp"], summary["outside"], summary["frames"]) == (25, 2.0, 7, 2)
    assert scores[1].summary()["warp"] is None
    assert mean([None]) is None
    assert mean([3.0]) == 3.0  # the mean of one is itself


def test_every_case_counts_the_same(scores):
    total = mean_over_cases(scores[:2])
    assert total["hole_psnr"] == (25 + 40) / 2
    assert (total["frames"], total["outside"], total["warp"], total["seconds_per_frame"]) == (3, 7, 2.0, 1.0)


def test_text_is_aligned_and_complete(scores):
    tables = all_tables(scores)
    assert [table.title for table in tables] == [
        "one",
        "two",
        "mean over the cases",
        "mean with 95 % interval over the cases",
        "by hole area",
    ]
    lines = tables[0].text().splitlines()
    assert [line.split()[0] for line in lines] == ["one", "case", "a", "b", "mean"]
    assert len({len(line) for line in lines[1:]}) == 1
    assert lines[-1].split() == [
        "mean",
        "3",
        "10.0",
        "0.0100",
        "30.00",
        "10.00",
        "32.50",
        "0.500",
        "2.00",
        "7",
        "1.000",
    ]
    assert all_tables(scores[:2]) == [tables[0]]


def test_markdown_has_a_cell_per_column(scores):
    lines = method_table(scores[:2]).markdown().splitlines()
    assert lines[0] == "### one"
    assert {line.count("|") for line in lines[2:]} == {len(used_columns(scores[:2])) + 2}
    assert "| b | 1 | 10.0 | 0.0100 | 30.00 | 10.00 | 40.00 | 0.500 | - | 0 | 1.500 |" in lines


def test_json_goes_down_to_the_frame(scores):
    content = as_json(scores)
    assert content["one"]["mean"]["hole_psnr"] == 32.5
    assert content["one"]["cases"]["a"]["per_frame"][1]["warp"] == 2.0
    assert content["two"]["cases"]["a"]["hole_psnr"] == 10
    assert content["one"]["by_area"]["10-20 %"] == {"frames": 3, "hole_psnr": 30}
    low, high = content["one"]["interval"]["hole_psnr"]
    assert 25 <= low < 32.5 < high <= 40


def test_csv_has_a_line_per_frame(scores):
    lines = as_csv(Size(96, 64), scores).splitlines()
    assert lines[0].startswith("size,method,case,index,hole_area,l1,psnr")
    assert len(lines) == 5
    assert lines[2].startswith("96x64,one,a,1,0.1,0.01,30.0,")


def test_clips_without_truth_get_temporal_figures_only(still):
    (rows,) = score_case(dataclasses.replace(still, has_truth=False), {"blank": list(still.blanked())}).values()
    assert rows[0].psnr is rows[0].hole_psnr is rows[0].warp is None
    assert all(row.warp is not None for row in rows[1:])


def test_flicker_and_rim_come_from_the_right_frames(still):
    wavering = [np.where(i % 2, frame, frame // 2) for i, frame in enumerate(still.truth)]
    (rows,) = score_case(still, {"wavering": wavering}).values()
    both = still.holes[1] & still.holes[2]
    expected = np.abs(wavering[2].astype(int) - wavering[1])[both].mean()  # the truth itself stands still
    assert rows[0].flicker is None
    assert rows[2].flicker == pytest.approx(expected)
    assert rows[2].rim_psnr == psnr(still.truth[2], wavering[2], rim(still.holes[2]))
