"""The embedded tracker: needs nothing but what comes with the package.

Every frame: optical flow carries the mask over; what was learned about the object's looks scores the pixels around it;
both make the log odds of which a minimum cut finds the outline, on a coarse grid; a guided filter lays it along the
edges of the frame; and the result is learned from, as far as it is sure. When much of the object goes missing at once
it is hidden: nothing is learned then, its last full shape moves on as it moved before, and it is taken up again where
something that looks like it appears there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.threads import one_thread_each
from stranet.tracking.appearance import Floats, pixel_features, signed_distances
from stranet.tracking.generous import possible_near
from stranet.tracking.graph_cut import cut
from stranet.tracking.guided_filter import pasted_along_edges
from stranet.tracking.looks import Looks, Seen, seen_at
from stranet.tracking.motion import Flow
from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.tracking.region import Rect, Region, bounding_rect, without_crumbs
from stranet.tracking.scene import chain_of
from stranet.tracking.scene_along import SceneAlong, Step
from stranet.tracking.tracker import FrameStore, Tracked
from stranet.types import HoleArray, Shot, Size

LOOKS = 10.0
"""Log odds to a score of one."""
SOFTNESS = 6.0
"""Grid pixels beside the carried outline to one unit of log odds."""
MOST_FOR, MOST_AGAINST = 3.0, 6.0
"""Log odds far inside and far outside the carried mask."""
MOVES = 2.0
"""Log odds for a pixel that clearly differs from the scene behind, and against one that does not."""
SELF = 0.3
"""How much of that counts against a pixel of the carried mask: an even surface moves and looks the same."""
CHANGE = 0.6
"""Differences from the scene up to this are noise."""
BAND = 18.0
"""Grid pixels by which a mask can grow from one frame to the next."""
HIDDEN_AREA, HIDDEN_LOOKS = 0.6, 0.4
"""An object is hidden when its area or its score is below this share of what it was."""
BACK = 0.3
"""Confidence from which a lost object is taken up again."""
GONE = 0.1
"""Confidence below which an object is lost."""
RETURN = 2.0
"""Log odds against what may come back where it is expected."""
PATIENCE = 12
"""For so many frames after it was lost, what is where it is expected may be it."""
CRUMBS = 0.03
"""Pieces below this share of the largest are noise."""
KEPT_SPEED, KEPT_AREA, KEPT_LOOKS = 0.7, 0.9, 0.95
"""How slowly what is expected of the next frame changes."""
FASTEST = 8.0
"""Motion is seen up to this, in fiftieths of the object's size."""


class EmbeddedTracker:
    """A `Tracker` of flow, looks and cuts; takes about 0.1 s of one core for a frame."""

    def segment(
        self, frames: FrameStore, shot: Shot, index: int, prompts: Sequence[Prompt], before: HoleArray | None
    ) -> Tracked:
        """See `Tracker.segment`."""
        chain = [frames[other] for other in chain_of(index, shot.start, shot.stop)]
        with one_thread_each():
            return find_outline(frames[index], prompts, before, chain)

    def follow(self, frames: FrameStore, order: range, hole: HoleArray) -> Iterator[Tracked]:
        """See `Tracker.follow`."""
        if len(order) < 2:
            return
        flow = Flow(frames.size)
        # Nothing came before the first frame: the motion towards the next one, turned round.
        onward = flow.between(*(flow.reduced(frames[index]) for index in order[:2]))
        steps = SceneAlong(frames, order, flow).steps()
        with one_thread_each():
            pursuit = _Pursuit(flow, frames.size, next(steps), onward, hole)
            for step in steps:
                yield pursuit.step(step)


class _Pursuit:
    """One object on its way from frame to frame."""

    def __init__(self, flow: Flow, frame: Size, first: Step, onward: Floats, hole: HoleArray) -> None:
        """``onward``: flow from the first frame to the one after it."""
        self._flow, self._frame = flow, frame
        self._hole, self._known = hole, hole
        rect = bounding_rect(hole)
        self._centre, self._extent = _middle(rect), (rect[2] * rect[3]) ** 0.5
        self._known_centre = self._centre
        self._speed = np.zeros(2, np.float32)
        self._area, self._hidden, self._lost = float(hole.sum()), False, 0
        region = Region.around(rect, self._frame)
        moved = -self._own_motion(region.grid(), onward, flow.camera(onward, hole))
        features, _ = self._features(region.cut(first.rgb), first.change, region.grid(), moved)
        photo = seen_at(first.rgb, region)
        self._looks = Looks(features, photo)
        small = region.cut_hole(hole)
        seen = self._looks.seen(features, photo, small.shape)
        self._looks.learn(seen, small)
        score = self._looks.score(seen)[small]
        self._score = float(score.mean()) if len(score) else 1.0

    def step(self, step: Step) -> Tracked:
        """Find it in the next frame."""
        flow = step.flow
        camera = self._flow.camera(flow, self._hole if self._hole.any() else self._known)
        # The homography leads back to the frame before.
        expected = self._flow.moved(np.linalg.inv(camera), self._centre) + self._speed
        offset = expected - self._known_centre
        region = Region.around(self._search_rect(flow, offset), self._frame, margin=0.3 + min(0.6, 0.08 * self._lost))
        grid = region.grid()
        back = self._flow.sampled(flow, grid)
        carried = _sampled(self._hole, grid + back)
        self._centre = expected
        if carried.sum() > 10 and not self._lost and not self._hidden:
            rect = bounding_rect(carried)
            self._centre = grid[
                min(int(_middle(rect)[1]), len(grid) - 1), min(int(_middle(rect)[0]), grid.shape[1] - 1)
            ]
            self._extent = (rect[2] * rect[3]) ** 0.5 / region.scale

        own = self._own_motion(grid, flow, camera, back)
        colours = region.cut(step.rgb)
        features, lab = self._features(colours, step.change, grid, own)
        seen = self._looks.seen(features, seen_at(step.rgb, region), carried.shape)
        score = self._looks.score(seen)
        prior, outside = self._prior(carried, grid, offset)
        prior += self._moving(carried, features[:, -1].reshape(carried.shape))
        log_odds = LOOKS * score + prior
        found = without_crumbs(cut(log_odds, lab, outside), CRUMBS)
        whole = pasted_along_edges(found, colours, region, step.rgb)
        tracked = self._judge(found, whole, score, log_odds, seen, region, own, expected)
        return tracked._replace(possible=tracked.hole | self._possible(found, log_odds, region, offset))

    def _search_rect(self, flow: Floats, offset: Floats) -> Rect:
        """Where to look, in frame pixels: around the carried mask, and where a hidden object is expected."""
        x, y, width, height = bounding_rect(self._known)
        known = float(x + offset[0]), float(y + offset[1]), width, height
        if self._lost:
            return known
        rect = self._flow.enlarged(bounding_rect(self._flow.carried(self._hole, flow)))
        if not rect[2]:
            self._lost = 1
            return known
        if not self._hidden:
            return rect
        x0, y0 = min(rect[0], known[0]), min(rect[1], known[1])
        x1, y1 = (max(rect[i] + rect[i + 2], known[i] + known[i + 2]) for i in (0, 1))
        return x0, y0, x1 - x0, y1 - y0

    def _own_motion(
        self, grid: Floats, flow: Floats, camera: NDArray[np.floating], back: Floats | None = None
    ) -> Floats:
        """(h, w, 2) motion relative to the camera, back to the frame before, in frame pixels."""
        back = self._flow.sampled(flow, grid) if back is None else back
        return back - (self._flow.moved(camera, grid) - grid)

    def _features(self, colours: NDArray[np.uint8], change: Floats, grid: Floats, own: Floats) -> tuple[Floats, Floats]:
        where = (grid - self._centre) / np.float32(self._extent)
        motion = np.clip(own * np.float32(50 / self._extent), -FASTEST, FASTEST)
        return pixel_features(colours, where, motion, self._flow.sampled_plane(change, grid))

    def _prior(self, carried: HoleArray, grid: Floats, offset: Floats) -> tuple[Floats, HoleArray]:
        """Log odds before looks are known, and where the object cannot be."""
        prior, away = np.full(carried.shape, -MOST_AGAINST, np.float32), np.full(carried.shape, np.inf, np.float32)
        if carried.any():
            inside, away = signed_distances(carried)
            prior = np.minimum(inside / SOFTNESS, MOST_FOR) - np.minimum(away / SOFTNESS, MOST_AGAINST)
        outside = away > BAND
        if self._hidden or self._lost:
            expected = _sampled(self._known, grid - offset)
            _, away = signed_distances(expected)
            slack = SOFTNESS * (2 + self._lost)
            prior = np.maximum(prior, -RETURN - np.minimum(away / slack, MOST_AGAINST))
            outside &= away > BAND * (1 + self._lost)
        return prior, outside

    def _moving(self, carried: HoleArray, change: Floats) -> Floats:
        """Log odds from what differs from the scene behind, as far as the object as a whole does."""
        if not carried.any():
            return np.zeros_like(change)
        clear = np.clip(np.percentile(change[carried], 70) / CHANGE - 1, 0, 1)
        against = np.where(carried, -SELF, -1)
        return MOVES * clear * np.clip(change / CHANGE - 1, against, 1)

    def _possible(self, found: HoleArray, log_odds: Floats, region: Region, offset: Floats) -> HoleArray:
        """(H, W) bool: what may be the object, in the whole frame."""
        near = found if not self._lost else np.zeros_like(found)
        if (self._hidden or self._lost) and self._lost < PATIENCE:
            near = near | _sampled(self._known, region.grid() - offset)
        return region.paste(possible_near(near, log_odds), self._frame)

    def _judge(
        self,
        found: HoleArray,
        whole: HoleArray,
        score: Floats,
        log_odds: Floats,
        seen: Seen,
        region: Region,
        own: Floats,
        expected: Floats,
    ) -> Tracked:
        """How much of it is there, and what is learned from that."""
        area = float(found.sum()) / region.scale**2
        share = min(1.0, area / max(self._area, 1.0))
        looks = float(score[found].mean()) / max(self._score, 1e-3) if found.any() else 0.0
        confidence = share * min(max(looks, 0.0), 1.0)
        self._hidden = not (share > HIDDEN_AREA and looks > HIDDEN_LOOKS)
        if confidence < (BACK if self._lost else GONE) or not whole.any():
            self._lost += 1
            whole = np.zeros_like(whole)
            confidence = 0.0
        else:
            self._lost = 0
        self._hole = whole
        if self._hidden or self._lost:
            self._centre = expected
            return Tracked(whole, confidence)
        # A pixel that could be either teaches the mistake that is about to be made.
        self._looks.learn(seen, found, np.abs(np.tanh(log_odds / 2)))
        self._speed = KEPT_SPEED * self._speed - (1 - KEPT_SPEED) * np.median(own[found], axis=0)
        self._area = KEPT_AREA * self._area + (1 - KEPT_AREA) * area
        self._score = KEPT_LOOKS * self._score + (1 - KEPT_LOOKS) * float(score[found].mean())
        self._known, self._known_centre = whole, self._centre
        return Tracked(whole, confidence)


def _middle(rect: Sequence[float]) -> Floats:
    return np.array((rect[0] + rect[2] / 2, rect[1] + rect[3] / 2), np.float32)


def _sampled(hole: HoleArray, places: Floats) -> HoleArray:
    """A mask at (h, w, 2) places of its frame; nothing is marked outside."""
    places = places.astype(np.float32)
    return cv2.remap(hole.astype(np.float32), places, None, cv2.INTER_LINEAR) > 0.5  # type: ignore[call-overload]
