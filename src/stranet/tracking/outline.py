"""The outline of an object from a few marks on one frame, with what its neighbours tell about motion.

Inside the marks' reach every pixel starts with log odds from where it lies in the box, from how well it is fenced off
from what is outside the box, as far as motion agrees, and from how it moves. Looks are then learned from these odds
against what is certainly not the object, above all what moves there, the odds are brought up to date with the looks,
and so on; a minimum cut ends it. Looks are those of single pixels and of a network that knows photographs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stranet.tracking.appearance import Floats, pixel_features
from stranet.tracking.clicks import clicked, corrected
from stranet.tracking.fence import agreement, fenced
from stranet.tracking.generous import possible_near
from stranet.tracking.graph_cut import cut
from stranet.tracking.guided_filter import pasted_along_edges
from stranet.tracking.looks import Looks, seen_at
from stranet.tracking.marks import Marks
from stranet.tracking.motion import Flow
from stranet.tracking.prompts import Prompt
from stranet.tracking.region import Region, without_crumbs
from stranet.tracking.rivals import counterexamples
from stranet.tracking.scene import changed
from stranet.tracking.tracker import Tracked
from stranet.types import HoleArray, Size

PIXELS = 230 * 230
"""Most pixels at which an outline is looked for."""
MARGIN = 0.35
"""Surroundings, in multiples of the object's size."""
ROUNDS = 4
"""Rounds of learning looks and updating the odds."""
LOOKS = 8.0
"""Log odds to a score of one."""
PHOTO, STRENGTH = 0.4, 0.3
"""Share of the photo network's score, and regularisation: weaker than while tracking, as the first odds are a guess."""
FINE = 24 + 40
"""The network's features at 1/4 and 1/8; those at 1/16 see where in the box they are, and learn the guess by heart."""
FENCED = 4.0
"""Log odds for a pixel that is fenced off by a quarter of the highest barrier more than the threshold."""
MOVES = 4.0
"""Log odds for a pixel that differs from the scene by twice the noise, and against one that does not differ."""
NOISE = 1.5
"""Differences of so many times those of the surroundings are noise."""
SHARP = 2.0
"""How decided the odds are taken when looks are learned from them."""
LATE = 0.5
"""Weight of what was found not to be the object inside the box, against all that is outside of it."""
LEAST = 0.02
"""Share of the box that must move for motion to count."""
LIMB, WHOLE = 0.25, 0.35
"""Shares of the box's width or height: what moves and reaches less far than this is a limb of something that stands."""
ENDS = 2, 98
"""Percentiles between which something reaches."""
CRUMBS = 0.05
"""Pieces below this share of the largest are noise."""


def find_outline(
    rgb: NDArray[np.uint8],
    prompts: Sequence[Prompt],
    before: HoleArray | None = None,
    chain: Sequence[NDArray[np.uint8]] = (),
) -> Tracked:
    """Find an object in one frame.

    Args:
        rgb: (H, W, 3).
        prompts: marks of one object, in pixels of ``rgb``; they count together.
        before: (H, W) bool, a mask that points and strokes correct, near them only; None = there is none.
        chain: frames of the same shot, ever farther away, see `chain_of`; none = motion is not known.

    Returns:
        What was found, with a confidence of 1: the user has marked it. A mask among the prompts comes back as it is,
        but for points and strokes that correct it.
    """
    frame = Size(rgb.shape[1], rgb.shape[0])
    marks = Marks.of(prompts, before, frame)
    if marks.exact:
        return Tracked(marks.known, 1.0)  # type: ignore[arg-type]
    region = Region.around(marks.rect, frame, MARGIN, PIXELS)
    grid = region.grid()
    here = marks.on(region)
    if marks.known is not None:
        return Tracked(marks.applied(corrected(rgb, region, marks.known, here, marks.extent * region.scale)), 1.0)
    own, moving = _motion(rgb, chain, grid, marks, frame)
    colours = region.cut(rgb)
    features, lab = pixel_features(colours, np.zeros_like(grid), own, np.zeros_like(moving))
    photo = seen_at(rgb, region)[..., :FINE]
    looks = Looks(features, photo, PHOTO, STRENGTH)
    seen = looks.seen(features, photo, (grid.shape[0], grid.shape[1]))

    fence = fenced(lab, moving, here.outside)
    prior = here.prior + FENCED * agreement(fence, moving, here.outside) * fence + MOVES * moving
    prior += clicked(lab, here, marks.extent * region.scale)
    prior[here.yes], prior[here.no] = 8, -8
    certain = (here.outside | here.no).ravel().astype(np.float32)
    surroundings = counterexamples(here.outside | here.no, moving)
    likely = _likely(SHARP * prior, here.outside)
    log_odds = prior
    for number in range(ROUNDS):
        against = surroundings
        if number:
            rest = (1 - certain) * (1 - likely)
            against = (1 - LATE) * against + LATE * rest / max(1, rest.sum())
        # A pixel speaks for the object as far as it is likely to be of it, and against as far as it is not.
        weights = (each.reshape(prior.shape).astype(np.float32) for each in (likely, against))
        looks.learn_weighted(seen, *weights, anew=True)
        log_odds = LOOKS * (looks.score(seen) - _even_score(likely, here.outside)) + prior
        likely = _likely(SHARP * log_odds, here.outside)
    found = cut(log_odds, lab, here.outside | here.no)
    found = without_crumbs(found | here.yes, CRUMBS)
    hole = marks.applied(pasted_along_edges(found, colours, region, rgb))
    possible = region.paste(possible_near(found, log_odds) & ~(here.outside | here.no), frame)
    return Tracked(hole, 1.0, hole | possible)


def _likely(log_odds: Floats, outside: HoleArray) -> Floats:
    """(h * w,): how likely each pixel is the object's, 0 outside."""
    return np.where(outside, 0, 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))).ravel().astype(np.float32)


def _even_score(likely: Floats, outside: HoleArray) -> float:
    """The score of looks that are as common in the object as in the rest of the box, 0 to 1/3.

    What is not the object is in the box too. If a share s of the box is the object, background is seen 1 - s times as
    often inside as outside; from twice that on, looks are more often the object's than not.
    """
    share = float(likely.sum()) / max(1, int((~outside).sum()))
    ratio = 2 * (1 - share)
    return max(0.0, (ratio - 1) / (ratio + 1))


def _motion(
    rgb: NDArray[np.uint8], chain: Sequence[NDArray[np.uint8]], grid: Floats, marks: Marks, frame: Size
) -> tuple[Floats, Floats]:
    """Motion relative to the camera, (h, w, 2) in fiftieths of the object's size, and how clearly there is any.

    The second, (h, w), is -1 where nothing moves to 2; 0 everywhere when hardly anything in the box does. A box is
    drawn around a whole object, so if all that moves in it is a limb, what stands still may be the object as well.
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
    if (moving[inside] > 0).mean() <= LEAST:
        return own, nothing
    places = grid[without_crumbs((moving > 0) & inside, CRUMBS)]
    reaches = float((np.ptp(np.percentile(places, ENDS, axis=0), axis=0) / (width, height)).min())
    return own, np.where(moving < 0, moving * np.clip((reaches - LIMB) / (WHOLE - LIMB), 0, 1), moving)
