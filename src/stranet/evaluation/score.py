"""Pass 2: compare cached predictions with the truth, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from stranet.evaluation.metrics import l1, largest_difference, psnr, ssim_in_hole
from stranet.evaluation.protocol import CutCase
from stranet.evaluation.temporal import truth_motion, warp_error


@dataclass(frozen=True)
class FrameScore:
    """One output frame against its truth. Frames without a hole are not scored."""

    index: int
    """Position in the case, from 0."""
    hole_area: float
    """Share of the frame that is missing, 0 to 1."""
    psnr: float
    """dB over the whole frame, at most 100."""
    hole_psnr: float
    """dB over the hole's pixels, at most 100."""
    hole_ssim: float
    """Structural similarity averaged over the hole's pixels, at most 1."""
    l1: float
    """Mean absolute difference over the whole frame, share of the data range."""
    hole_l1: float
    """The same inside the hole."""
    warp: float | None
    """Warping error inside the hole, thousandths; None on the first frame and where the truth cannot be predicted."""
    outside: int
    """Largest difference outside the hole, levels of 255."""


MEASURES = tuple(field.name for field in fields(FrameScore) if field.name != "index")


@dataclass(frozen=True)
class CaseScore:
    """All scored frames of one method on one case."""

    method: str
    case: str
    seconds_per_frame: float
    frames: tuple[FrameScore, ...]

    def summary(self) -> dict[str, float | None]:
        """Mean of every measure over the frames that have it (the largest for ``outside``), and seconds per frame."""
        values = {name: [getattr(frame, name) for frame in self.frames] for name in MEASURES}
        outside = max(values.pop("outside"), default=None)
        return {
            "frames": float(len(self.frames)),
            **{name: mean(column) for name, column in values.items()},
            "outside": outside,
            "seconds_per_frame": self.seconds_per_frame,
        }


def score_case(cut: CutCase, outputs: Mapping[str, Iterable[NDArray[np.uint8]]]) -> dict[str, tuple[FrameScore, ...]]:
    """Score several methods on one case together, so that the motion of the truth is worked out only once.

    Args:
        cut: The case.
        outputs: For every method its output frames, as many as the case has.

    Returns:
        For every method the scores of the frames that have a hole.
    """
    scores: dict[str, list[FrameScore]] = {name: [] for name in outputs}
    previous: dict[str, NDArray[np.uint8]] = {}
    for index, (truth, hole, *frames) in enumerate(zip(cut.truth, cut.holes, *outputs.values(), strict=True)):
        current = dict(zip(outputs, frames, strict=True))
        if hole.any():
            motion = truth_motion(truth, cut.truth[index - 1]) if index else None
            for name, output in current.items():
                warp = None if motion is None else warp_error(motion, output, previous[name], hole)
                scores[name].append(
                    FrameScore(
                        index=index,
                        hole_area=float(hole.mean()),
                        psnr=psnr(truth, output),
                        hole_psnr=psnr(truth, output, hole),
                        hole_ssim=ssim_in_hole(truth, output, hole),
                        l1=l1(truth, output),
                        hole_l1=l1(truth, output, hole),
                        warp=warp,
                        outside=largest_difference(truth, output, ~hole),
                    )
                )
        previous = current
    return {name: tuple(rows) for name, rows in scores.items()}


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the values that are there, or None when none is."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None
