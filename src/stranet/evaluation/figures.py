"""Figures by matplotlib: attention and leftover, alignment, error over time, quality against hole area.

Each function makes one figure as the bytes of a PNG file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stranet.evaluation.bins import by_area
from stranet.evaluation.inside_view import InsideView
from stranet.evaluation.protocol import CutCase
from stranet.evaluation.score import CaseScore, mean
from stranet.evaluation.table import by_method
from stranet.plotting import as_png, new_figure


def attention_figure(view: InsideView, title: str) -> bytes:
    """From which moment and which branch every hole position is copied, and what is left over."""
    hole = view.hole
    moment = np.einsum("khw,k->hw", view.attention, view.apart)
    flow = view.attention[view.is_flow].sum(axis=0)
    certain = view.attention.max(axis=0)
    shown = hole & (view.attention.sum(axis=0) > 0)
    reach = max(1, int(np.abs(view.apart).max()))
    figure = new_figure(15, 0.9 + 2.5 * _shape(view))
    axes = figure.subplots(1, 5)
    _picture(axes[0], np.where(hole[..., None], 0.5, view.image), "input")
    _picture(axes[1], view.image, "copied, low resolution")
    planes = (
        ("frames away, weighted", moment, "coolwarm", -reach, reach),
        ("share of the flow branch", flow, "viridis", 0, 1),
        ("largest attention, red = leftover", certain, "gray", 0, 1),
    )
    for axis, (name, plane, colours, low, high) in zip(axes[2:], planes, strict=True):
        drawn = axis.imshow(np.where(shown, plane, np.nan), cmap=colours, vmin=low, vmax=high)
        figure.colorbar(drawn, ax=axis, shrink=0.7)
        axis.set_title(name, fontsize=9)
        axis.axis("off")
    leftover = np.zeros((*hole.shape, 4))
    leftover[view.leftover] = (0.85, 0.1, 0.1, 1)
    axes[4].imshow(leftover)
    figure.suptitle(title, fontsize=10)
    return as_png(figure)


def alignment_figure(view: InsideView, case: CutCase, index: int, title: str) -> bytes:
    """The nearest reference that shows most of the hole, brought onto the target by either branch, and its error."""
    truth = _low(case.truth[index], view)
    branches = [("affine branch", ~view.is_flow), ("flow branch", view.is_flow)]
    chosen = [(name, int(_fullest(view, which))) for name, which in branches if which.any()]
    figure = new_figure(3.4 * (len(chosen) + 2), 1.2 + 5.2 * _shape(view))
    axes = figure.subplots(2, len(chosen) + 2, squeeze=False)
    _picture(axes[0][0], np.where(view.hole[..., None], 0.5, truth), "input")
    _picture(axes[1][0], truth, "truth" if case.has_truth else "with the object")
    columns = [
        (f"{name}, frame {view.apart[k]:+d}", view.candidates[k], view.visible[k] & view.hole) for name, k in chosen
    ]
    columns.append(("both, by attention", view.image, view.hole & ~view.leftover))
    for (top, bottom), (name, picture, inside) in zip(axes.T[1:], columns, strict=True):
        _picture(top, np.where((inside | ~view.hole)[..., None], picture, 0.5), name)
        error = np.where(inside, np.abs(picture - truth).mean(axis=2), np.nan) if case.has_truth else None
        if error is None:
            bottom.axis("off")
            continue
        drawn = bottom.imshow(error, cmap="magma", vmin=0, vmax=0.2)
        figure.colorbar(drawn, ax=bottom, shrink=0.7)
        level = f"{np.nanmean(error):.3f}" if inside.any() else "nothing shown"
        bottom.set_title(f"L1 in the hole: {level}", fontsize=9)
        bottom.axis("off")
    figure.suptitle(title, fontsize=10)
    return as_png(figure)


def time_figure(scores: Sequence[CaseScore], case: str) -> bytes:
    """Hole PSNR and warping error of one case over its frames, a line per method."""
    figure = new_figure(10, 3.2)
    left, right = figure.subplots(1, 2)
    for score in (score for score in scores if score.case == case):
        frames = [frame.index for frame in score.frames]
        left.plot(frames, [_or_nan(frame.hole_psnr) for frame in score.frames], label=score.method)
        right.plot(frames, [_or_nan(frame.warp) for frame in score.frames], label=score.method)
    for axis, name in ((left, "hole PSNR, dB"), (right, "warping error x1e-3")):
        axis.set(xlabel="frame", ylabel=name)
        axis.grid(alpha=0.3)
    left.legend(fontsize=7)
    figure.suptitle(case, fontsize=10)
    return as_png(figure)


def area_figure(scores: Sequence[CaseScore]) -> bytes:
    """Hole PSNR against the share of the frame that is missing: a dot per frame, a line through the bins' means."""
    figure = new_figure(7, 4)
    axis = figure.subplots()
    for name, own in by_method(scores).items():
        frames = [frame for score in own for frame in score.frames]
        dots: Any = axis.scatter(
            [100 * frame.hole_area for frame in frames], [_or_nan(frame.hole_psnr) for frame in frames], s=4, alpha=0.25
        )
        bins = [members for members in by_area(own).values() if members]
        axis.plot(
            [100 * _or_nan(mean(frame.hole_area for frame in members)) for members in bins],
            [_or_nan(mean(frame.hole_psnr for frame in members)) for members in bins],
            color=dots.get_facecolor()[0][:3],
            marker="o",
            label=name,
        )
    axis.set(xlabel="hole, % of the frame", ylabel="hole PSNR, dB")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=7)
    return as_png(figure)


def forest_figure(values: Mapping[str, tuple[float, tuple[float, float] | None]], label: str) -> bytes:
    """A mean with its interval for every method."""
    figure = new_figure(7, 0.6 + 0.35 * len(values))
    axis = figure.subplots()
    for row, (_, (value, interval)) in enumerate(values.items()):
        low, high = interval or (value, value)
        axis.errorbar(value, row, xerr=[[value - low], [high - value]], fmt="o", color="tab:blue", capsize=3)
    axis.set_yticks(range(len(values)), list(values))
    axis.invert_yaxis()
    axis.set_xlabel(label)
    axis.grid(alpha=0.3, axis="x")
    return as_png(figure)


def _picture(axis: Any, picture: np.ndarray, title: str) -> None:
    axis.imshow(np.clip(picture, 0, 1))
    axis.set_title(title, fontsize=9)
    axis.axis("off")


def _shape(view: InsideView) -> float:
    """Height over width."""
    return view.hole.shape[0] / view.hole.shape[1]


def _fullest(view: InsideView, which: np.ndarray) -> np.intp:
    """Of these candidates the one that shows most of the hole; of equals the nearest."""
    shown = (view.visible & view.hole).sum(axis=(1, 2)) - np.abs(view.apart) / 1e3
    return np.where(which, shown, -np.inf).argmax()


def _low(rgb: np.ndarray, view: InsideView) -> np.ndarray:
    """(h, w, 3) float: the view's part of a frame, at its resolution."""
    import cv2

    height, width = rgb.shape[:2]
    size = (-(-width // view.factor), -(-height // view.factor))
    right, bottom = size[0] * view.factor - width, size[1] * view.factor - height
    padded = cv2.copyMakeBorder(rgb, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    small = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
    return small[view.box.slices].astype(np.float32) / 255


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
