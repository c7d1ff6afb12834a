"""The embedded tracker: needs no weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from stranet.tracking.prompts import Prompt
from stranet.tracking.segment import segment_frame
from stranet.tracking.tracker import FrameStore, Tracked
from stranet.types import HoleArray


class EmbeddedTracker:
    """Optical flow carries the mask from frame to frame."""

    def segment(
        self, frames: FrameStore, index: int, prompts: Sequence[Prompt], before: HoleArray | None
    ) -> HoleArray:
        """See `Tracker.segment`."""
        return segment_frame(frames[index], prompts, before)

    def follow(self, frames: FrameStore, order: range, hole: HoleArray) -> Iterator[Tracked]:
        """See `Tracker.follow`."""
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        previous = cv2.cvtColor(frames[order[0]], cv2.COLOR_RGB2GRAY)
        soft = hole.astype(np.float32)
        height, width = hole.shape
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
        for index in order[1:]:
            gray = cv2.cvtColor(frames[index], cv2.COLOR_RGB2GRAY)
            flow = search.calc(gray, previous, None)  # type: ignore[call-overload]
            soft = cv2.remap(soft, grid + flow, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
            yield Tracked(soft > 0.5, 1.0)
            previous = gray
