"""The outline of an object from a few marks on one frame, with what its neighbours tell about motion.

Inside the marks' reach every pixel starts with log odds from where it lies in the box, from how well it is fenced off
from what is outside the box, and from how it moves. Looks are then learned from these odds against what is certainly
not the object, the odds are brought up to date with the looks, and so on; a minimum cut ends it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.appearance import Appearance, Floats, pixel_features
from stranet.tracking.barrier import barrier_distance
from stranet.tracking.graph_cut import cut
from stranet.tracking.marks import Marks
from stranet.tracking.motion import Flow
from stranet.tracking.prompts import Prompt
from stranet.tracking.region import Region, without_crumbs
from stranet.tracking.scene import changed
from stranet.types import HoleArray, Size

PIXELS = 150 * 150
"""Most pixels at which an outline is looked for; then once more, at this many times as many, along the outline."""
MARGIN = 0.35
ROUNDS = 4
"""Rounds of learning looks and updating the odds."""
LOOKS = 6.0
"""Log odds to a score of one."""
CORNER = 1.0
"""Log odds against a pixel at the middle of a side of the box; twice that in its corners."""
FENCED = 4.0
"""Log odds for a pixel that is fenced off by a quarter of the highest barrier more than the threshold."""
MOVES = 4.0
"""Log odds for a pixel that differs from the scene twice as much as what counts as noise, and against one that does not."""
NOISE = 1.5
"""Differences of so many times those of the surroundings are noise."""
LATE = 0.5
"""Weight of what was found not to be the object inside the box, against all that is outside of it."""
BARRIER_WIDTH = 96
CRUMBS = 0.05


def find_outline(
    rgb: NDArray[np.uint8],
    prompts: Sequence[Prompt],
    before: HoleArray | None = None,
    chain: Sequence[NDArray[np.uint8]] = (),
) -> HoleArray:
    """Find an object in one frame.

    Args:
        rgb: (H, W, 3).
        prompts: marks of one object, in pixels of ``rgb``; they count together.
        before: (H, W) bool, a mask that points and strokes correct; None = there is none.
        chain: frames of the same shot, ever farther away, see `chain_of`; none = motion is not known.

    Returns:
        (H, W) bool; a mask among the prompts comes back as it is, but for points and strokes that correct it.
    """
    frame = Size(rgb.shape[1], rgb.shape[0])
    marks = Marks.of(prompts, before, frame)
    if marks.exact:
        return marks.known  # type: ignore[return-value]
    region = Region.around(marks.rect, frame, MARGIN, PIXELS)
    grid = region.grid()
    here = marks.on(region)
    own, moving = _motion(rgb, chain, grid, marks, frame)
    features, lab = pixel_features(region.cut(rgb), np.zeros_like(grid), own)
    looks = Appearance(features)
    units = looks.units(features)

    prior = here.prior + FENCED * _fenced(lab, own, here.outside) + MOVES * moving
    prior[here.yes], prior[here.no] = 8, -8
    certain = (here.outside | here.no).ravel().astype(np.float32)
    likely = _likely(2 * prior, here.outside)
    for number in range(ROUNDS):
        against = certain / max(1, certain.sum())
        if number:
            rest = (1 - certain) * (1 - likely)
            against = (1 - LATE) * against + LATE * rest / max(1, rest.sum())
        # A pixel speaks for the object as far as it is likely to be of it, and against as far as it is not.
        both = np.concatenate((units, units))
        sign = np.repeat(np.float32((1, -1)), len(units))
        looks.learn_weighted(both, sign, np.concatenate((likely, against)), anew=True)
        score = looks.score(units).reshape(prior.shape)
        log_odds = LOOKS * np.clip(score, -1.2, 1.2) + prior
        likely = _likely(log_odds, here.outside)
    found = cut(log_odds, lab, here.outside | here.no)
    found = without_crumbs(found | here.yes, CRUMBS)
    return marks.applied(region.paste(found, frame))


def _likely(log_odds: Floats, outside: HoleArray) -> Floats:
    """(h * w,): how likely each pixel is the object's, 0 outside."""
    return np.where(outside, 0, 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))).ravel().astype(np.float32)


def _fenced(lab: Floats, own: Floats, outside: HoleArray) -> Floats:
    """(h, w), -0.375 to 0.375: barrier towards the outside, against Otsu's threshold between low and high ones."""
    height, width = outside.shape
    scale = BARRIER_WIDTH / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    colours = cv2.resize(lab, size, interpolation=cv2.INTER_AREA) + (0, 128, 128)
    colours = cv2.medianBlur(colours.clip(0, 255).astype(np.uint8), 3).astype(np.float32)
    channels = np.concatenate((colours, 3 * cv2.resize(own, size, interpolation=cv2.INTER_AREA)), -1)
    seeds = cv2.resize(outside.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    barrier = barrier_distance(channels, seeds)
    inside = barrier[~seeds]
    if not seeds.any() or not inside.size or not inside.max():
        return np.zeros(outside.shape, np.float32)
    relative = barrier / max(float(np.percentile(inside, 95)), 1e-3)
    levels = (255 * relative.clip(0, 1)).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.clip(cv2.resize(relative, (width, height)) - threshold / 255, -0.375, 0.375).astype(np.float32)


def _motion(
    rgb: NDArray[np.uint8], chain: Sequence[NDArray[np.uint8]], grid: Floats, marks: Marks, frame: Size
) -> tuple[Floats, Floats]:
    """Motion relative to the camera, (h, w, 2) in fiftieths of the object's size, and how clearly there is any.

    The second, (h, w), is -1 where nothing moves to 2; 0 everywhere when hardly anything in the box does, or nearly all.
    """
    nothing = np.zeros(grid.shape[:2], np.float32)
    if not chain:
        return np.zeros_like(grid), nothing
    flow, reach = Flow(frame), marks.reach(frame)
    gray, x, y, width, height = flow.reduced(rgb), *marks.rect
    near = Region.around(marks.rect, frame, MARGIN)
    around = np.zeros_like(reach)
    around[near.y0 : near.y1, near.x0 : near.x1] = True
    around &= ~reach
    dense = flow.between(gray, flow.reduced(chain[0]))
    camera = flow.camera(dense, reach)
    moved = flow.sampled(dense, grid) - (flow.moved(camera, grid) - grid)
    own = np.clip(-moved * np.float32(25 / (width * height) ** 0.5), -8, 8).astype(np.float32)
    different = changed(flow, rgb, chain, reach, around)
    if different is None:
        return own, nothing
    moving = np.clip(flow.sampled_plane(different, grid) / NOISE - 1, -1, 2).astype(np.float32)
    inside = (np.abs(grid - (x + width / 2, y + height / 2)) <= (width / 2, height / 2)).all(-1)
    return own, moving if (moving[inside] > 0).mean() > 0.05 else nothing
