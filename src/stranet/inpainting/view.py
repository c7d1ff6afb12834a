"""What is known of one target while it is filled."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from stranet.inpainting.detail import TargetCrop
from stranet.inpainting.window import WindowFrame
from stranet.model.chain import Chain
from stranet.types import Box


class View(NamedTuple):
    """One target and what it may copy from."""

    target: WindowFrame
    frames: list[WindowFrame]
    """R references."""
    chain: Chain
    """From the target to them."""

    @property
    def before(self) -> int | None:
        """Which of the references is the frame before the target; None: none."""
        return next((order for order, frame in enumerate(self.frames) if frame.index == self.target.index - 1), None)


class BoxFill(NamedTuple):
    """One box of a target, once everything is copied that some reference shows."""

    crop: TargetCrop
    before: Tensor | None
    """(N, 2, h, w): where in the frame before a target pixel of the box is found, the best guess first, in
    low-resolution pixels, (x, y); None where that frame is no reference."""
    box: Box
    """At low resolution."""
    inner: Box
    """The part of the box that is filled, counted from its corner."""
    image: Tensor
    """(1, 3, H, W) in [0, 1], changed in place."""
    left: Tensor
    """(1, 1, H, W) bool, what is left of the hole, changed in place."""

    @property
    def factor(self) -> int:
        """Full-resolution pixels along one side of a low-resolution pixel."""
        return self.image.shape[-1] // (self.box.x1 - self.box.x0)
