"""Pass 2: compare cached predictions with the truth, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stranet.evaluation.metrics import Ssim, l1, largest_difference, psnr
from stranet.evaluation.protocol import CutCase
from stranet.evaluation.regions import rim
from stranet.evaluation.temporal import TruthMotion, flicker, own_warp_error, truth_motion, warp_error
from stranet.evaluation.wavelet import compare_bands, complex_bands
from stranet.types import HoleArray

Lpips = Literal["none", "alex", "vgg"]


@dataclass(frozen=True)
class FrameScore:
    """One output frame against its truth. Frames without a hole are not scored."""

    index: int
    """Position in the case, from 0."""
    hole_area: float
    """Share of the frame that is missing, 0 to 1."""
    l1: float | None = None
    """Mean absolute difference over the whole frame, share of the data range."""
    psnr: float | None = None
    """dB over the whole frame, at most 100."""
    ssim: float | None = None
    """Structural similarity over the whole frame, at most 1."""
    cw_ssim: float | None = None
    """Complex-wavelet structural similarity over the whole frame, 0 to 1."""
    hole_l1: float | None = None
    """As ``l1``, inside the hole."""
    hole_psnr: float | None = None
    """As ``psnr``, inside the hole."""
    hole_ssim: float | None = None
    """As ``ssim``, inside the hole."""
    rim_l1: float | None = None
    """As ``l1``, on the hole's rim, see `stranet.evaluation.regions.rim`."""
    rim_psnr: float | None = None
    """As ``psnr``, on the rim."""
    rim_ssim: float | None = None
    """As ``ssim``, on the rim."""
    perceptual: float | None = None
    """Distance of features inside the hole, 0 to 4; None without the embedded network."""
    lpips: float | None = None
    """LPIPS inside the hole; None unless it was asked for."""
    warp: float | None = None
    """Warping error inside the hole, thousandths; None on the first frame and where the truth cannot be predicted."""
    flicker: float | None = None
    """Change beyond that of the truth where something is missing twice running, levels of 255; None on the first."""
    outside: int = 0
    """Largest difference outside the hole, levels of 255."""


MEASURES = tuple(field.name for field in fields(FrameScore) if field.name != "index")


@dataclass(frozen=True)
class CaseScore:
    """All scored frames of one method on one case."""

    method: str
    case: str
    seconds_per_frame: float | None
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


def score_case(
    cut: CutCase,
    outputs: Mapping[str, Iterable[NDArray[np.uint8]]],
    *,
    perceptual: bool = False,
    lpips: Lpips = "none",
) -> dict[str, tuple[FrameScore, ...]]:
    """Score several methods on one case together, so that what concerns the truth alone is worked out only once.

    Args:
        cut: The case; without a truth, only its temporal figures are worked out.
        outputs: For every method its output frames, as many as the case has.
        perceptual: Also the embedded perceptual distance.
        lpips: Also LPIPS, on this network.

    Returns:
        For every method the scores of the frames that have a hole.
    """
    scores: dict[str, list[FrameScore]] = {name: [] for name in outputs}
    previous: dict[str, NDArray[np.uint8]] = {}
    for index, (truth, hole, *frames) in enumerate(zip(cut.truth, cut.holes, *outputs.values(), strict=True)):
        current = dict(zip(outputs, frames, strict=True))
        if hole.any():
            if cut.has_truth:
                frame = _TrueFrame(cut, index, truth, hole, perceptual, lpips)
                rows = {name: frame.score(output, previous.get(name)) for name, output in current.items()}
            else:
                rows = {
                    name: _without_truth(index, truth, hole, output, previous.get(name))
                    for name, output in current.items()
                }
            for name, row in rows.items():
                scores[name].append(row)
        previous = current
    return {name: tuple(rows) for name, rows in scores.items()}


class _TrueFrame:
    """One frame of the truth, with all that every method is compared with."""

    def __init__(
        self, cut: CutCase, index: int, truth: NDArray[np.uint8], hole: HoleArray, perceptual: bool, lpips: Lpips
    ) -> None:
        self._index, self._truth, self._hole = index, truth, hole
        self._rim, self._bands = rim(hole), complex_bands(truth)
        self._before = cut.truth[index - 1] if index else None
        self._motion: TruthMotion | None = None if self._before is None else truth_motion(truth, self._before)
        self._both = hole & cut.holes[index - 1] if index else np.zeros_like(hole)
        self._features = self._lpips = None
        if perceptual:
            from stranet.evaluation.perceptual import FeatureDistance, embedded_network  # loads torch

            self._features = FeatureDistance(embedded_network(), truth, hole)
        if lpips != "none":
            from stranet.evaluation.perceptual import LpipsDistance, lpips_network

            self._lpips = LpipsDistance(lpips_network(lpips), truth, hole)

    def score(self, output: NDArray[np.uint8], previous: NDArray[np.uint8] | None) -> FrameScore:
        truth, hole, edge = self._truth, self._hole, self._rim
        has_edge = bool(edge.any())  # a hole over the whole frame has none
        similarity = Ssim(truth, output)
        warp = wavering = None
        if previous is not None and self._motion is not None and self._before is not None:
            warp = warp_error(self._motion, output, previous, hole)
            wavering = flicker(truth, self._before, output, previous, self._both)
        return FrameScore(
            index=self._index,
            hole_area=float(hole.mean()),
            l1=l1(truth, output),
            psnr=psnr(truth, output),
            ssim=similarity.mean(),
            cw_ssim=compare_bands(self._bands, complex_bands(output)),
            hole_l1=l1(truth, output, hole),
            hole_psnr=psnr(truth, output, hole),
            hole_ssim=similarity.mean(hole),
            rim_l1=l1(truth, output, edge) if has_edge else None,
            rim_psnr=psnr(truth, output, edge) if has_edge else None,
            rim_ssim=similarity.mean(edge) if has_edge else None,
            perceptual=self._features and self._features.distance(output),
            lpips=self._lpips and self._lpips.distance(output),
            warp=warp,
            flicker=wavering,
            outside=largest_difference(truth, output, ~hole),
        )


def _without_truth(
    index: int,
    frame: NDArray[np.uint8],
    hole: HoleArray,
    output: NDArray[np.uint8],
    previous: NDArray[np.uint8] | None,
) -> FrameScore:
    warp = None if previous is None else own_warp_error(output, previous, hole)
    outside = largest_difference(frame, output, ~hole)
    return FrameScore(index=index, hole_area=float(hole.mean()), warp=warp, outside=outside)


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the values that are there, or None when none is."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None
