"""The frames of one shot that are in memory, with what is known about each: computed once, and only when needed."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.geometry.homography import IDENTITY
from stranet.geometry.scale import Scale
from stranet.inpainting.plan import HELD, NEAR, serves
from stranet.model.aggregation import Features
from stranet.model.chain import Chain, Step
from stranet.model.low_frame import CUBIC_TAPS, LowFrame, cubic_reach
from stranet.model.refine import FineFrame
from stranet.model.registration import FrameMotion, Registration
from stranet.packed_hole import PackedHole
from stranet.pages import on_own_pages
from stranet.types import Box, HoleArray, Picture, RgbArray, Size


class Shut(NamedTuple):
    """Where a reference shows nothing of its own."""

    pixels: PackedHole
    """(box height, box width), True where a cubic sample would read the hole; beyond the box none does."""
    box: Box


class WindowFrame:
    """One frame in memory."""

    def __init__(self, index: int, picture: Picture, hole: HoleArray, scale: Scale) -> None:
        self.index, self.scale = index, scale
        self._picture: Picture | None = picture
        self._hole = PackedHole(hole) if hole.any() else None
        self.blind = bool(hole.all())
        """Nothing of the frame was ever visible."""
        self.shut = _shut(hole) if self._hole is not None else None
        self.to_next: Step | None = None
        """To the next frame of the shot."""
        self.matched: FrameMotion | None = None
        """What registration with the next frame found, as soon as it has been tried."""
        self.features: Features | None = None
        """What a network made of the frame before its hole was filled."""
        self._low: LowFrame | None = None

    @property
    def rgb(self) -> RgbArray:
        """(H, W, 3); until it is released."""
        if self._picture is None:
            raise RuntimeError(f"frame {self.index} is asked for after it was released")
        return self._picture.rgb

    @property
    def missing(self) -> bool:
        """Whether there is a hole that is not yet filled."""
        return self._hole is not None

    @property
    def hole(self) -> HoleArray | None:
        """(H, W), unpacked anew every time; None once nothing is missing."""
        return None if self._hole is None else self._hole.unpack()

    @property
    def low(self) -> LowFrame:
        if self._low is None:
            self._low = LowFrame.of(self.rgb, self.hole, self.scale)
        return self._low

    def fine(self) -> FineFrame:
        """For the correction of alignments; as for ``low``, a fill is not visible in it. Not kept: few are asked."""
        return FineFrame.of(self.rgb, self.low.visible, self.scale)

    def shrink(self) -> None:
        """Make ``low`` now rather than when it is first asked for, so that its time is counted as its own."""
        held = self._picture is None or self._picture.held
        _ = self.low
        if not held:
            self.rest()

    @property
    def prepared(self) -> bool:
        """Whether `shrink` and `encode` are done."""
        return self.features is not None

    def encode(self, encoder: Callable[[Tensor], Features], device: torch.device) -> None:
        """Work out once, before its hole is filled, what is known of the whole frame; kept in half precision."""
        if self.features is None:
            self.features = tuple(_kept(scale.half()) for scale in encoder(self.low.planes(device)))

    def rest(self) -> None:
        """Let the colours go, if they can be made again: they are far from being looked at."""
        if self._picture is not None:
            self._picture.let_go()

    def release(self) -> None:
        """Drop what only a reference needs; the small copy stays until it has its place in the chain of registrations.

        Chains never reach further back than the one before.
        """
        if self.prepared:
            self._picture, self.features = None, ()
            if self.to_next is not None:
                self._low = None

    def finish(self, filled: RgbArray) -> None:
        """The next frame may continue the fill; for others the frame shows what it showed, see ``low`` and ``shut``."""
        self.rest()
        self._picture, self._hole = Picture(filled), None


def _kept(tensor: Tensor) -> Tensor:
    """The same; in the computer's memory on pages of its own, for it waits as long as its frame."""
    return torch.from_numpy(on_own_pages(tensor.numpy())) if tensor.device.type == "cpu" else tensor


def _shut(hole: HoleArray) -> Shut:
    x, y, width, height = cv2.boundingRect(hole.view(np.uint8))
    box = Box(max(0, x - CUBIC_TAPS), max(0, y - CUBIC_TAPS), x + width + CUBIC_TAPS, y + height + CUBIC_TAPS)
    return Shut(PackedHole(cubic_reach(hole[box.slices]).view(bool)), box)


class ShotWindow:
    """A sliding window over one shot: ``reach`` frames ahead of the target, and of those behind what still `serves`."""

    def __init__(self, reach: int, register: Registration) -> None:
        self._reach, self._register = reach, register
        self._frames: deque[WindowFrame] = deque()

    def __getitem__(self, index: int) -> WindowFrame:
        return self._frames[index - self.start]

    @property
    def start(self) -> int:
        return self._frames[0].index

    @property
    def stop(self) -> int:
        return self._frames[-1].index + 1

    def push(self, frame: WindowFrame) -> None:
        self._frames.append(frame)

    def forget_before(self, target: int) -> None:
        """Drop what neither ``target`` nor a later one copies from."""
        while self._frames and self._frames[0].index < target - self._reach:
            self._frames.popleft()
        for frame in itertools.islice(self._frames, max(0, target - NEAR - self.start)):
            if not serves(frame.index, target):
                frame.release()

    def rest(self, target: int) -> None:
        """Of frames further ahead than `HELD` only what was decoded stays; few of them are copied from."""
        for frame in itertools.islice(self._frames, max(0, target + HELD + 1 - self.start), None):
            frame.rest()

    def chain(self, target: int, references: tuple[int, ...]) -> Chain:
        """From a frame to others, from neighbour to neighbour; all frames between them are in memory."""
        first, last = min((*references, target)), max((*references, target))
        return Chain(target, references, first, [self._step(index) for index in range(first, last)])

    def match(self, index: int) -> FrameMotion:
        """Register a frame with the next one, once; both are prepared. Frames may be matched in several threads."""
        frame = self[index]
        if frame.matched is None:
            frame.matched = self._register(frame.low, self[index + 1].low)
        return frame.matched

    def _step(self, index: int) -> Step:
        frame = self[index]
        if frame.to_next is None:
            motion = self.match(index)
            before = self[index - 1].to_next if index > self.start else None
            # Where nothing can be registered, the camera is taken to move on as it did.
            usual = before.whole if before else IDENTITY
            height, width = frame.low.visible.shape
            frame.to_next = Step(usual if motion.whole is None else motion.whole, motion, Size(width, height))
        return frame.to_next
