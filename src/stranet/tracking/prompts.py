"""What a user marks: boxes, points, strokes and masks on any frame, of any object.

Coordinates are those of the upright picture at its full resolution; (0, 0) is the top left corner of its top left
pixel, as in lists of shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from stranet.errors import HoleError
from stranet.types import HoleArray, Size
from stranet.video.hole_shapes import parse_time

Point = tuple[float, float]
"""(x, y) in pixels."""


@dataclass(frozen=True, eq=False)
class Prompt:
    """Marks of one object on one frame. Those of the same object and frame count together.

    A mask is taken as it is; a box, points and strokes say roughly where the object is, and its outline is found. Marks
    on a further frame correct what was tracked: from there on, in both directions, the object is followed anew.
    """

    object: str = "1"
    """Which object, by any name; objects are tracked apart and marked together."""
    frame: int | None = None
    """The frame, counted from 0; None = by ``time``."""
    time: float | str | None = None
    """Or the time of the frame: seconds or h:mm:ss from the first frame; None = the first frame."""
    box: tuple[float, float, float, float] | None = None
    """(x, y, width, height) around the whole object."""
    points: tuple[Point, ...] = ()
    """(x, y) on the object."""
    not_points: tuple[Point, ...] = ()
    """(x, y) beside the object."""
    strokes: HoleArray | None = None
    """(H, W) bool: brushed over parts of the object; of any size with the aspect ratio of the video."""
    not_strokes: HoleArray | None = None
    """(H, W) bool: brushed over parts of what is not the object."""
    mask: HoleArray | None = None
    """(H, W) bool: exactly the object; nothing marked = it is not to be seen in this frame."""

    def __post_init__(self) -> None:
        if self.frame is not None and self.time is not None:
            raise HoleError(f"prompt: give a frame ({self.frame}) or a time ({self.time}), not both")
        if self.frame is not None and self.frame < 0:
            raise HoleError(f"prompt: frame is {self.frame}, but must be 0 or more")
        if self.seconds is not None and self.seconds < 0:
            raise HoleError(f"prompt: time is {self.time}, but must be 0 or later")
        if self.box is not None and not (np.isfinite(self.box).all() and min(self.box[2:]) > 0):
            raise HoleError(f"prompt: box {self.box}: width and height must be more than 0")
        if self.empty:
            raise HoleError("prompt: nothing is marked; give a box, a point, strokes or a mask")

    @property
    def empty(self) -> bool:
        """True when it marks nothing."""
        pictures = (self.strokes, self.not_strokes, self.mask)
        return self.box is None and not self.points and not self.not_points and all(each is None for each in pictures)

    @property
    def seconds(self) -> float | None:
        """`time` in seconds."""
        return None if self.time is None else float(parse_time(self.time))

    @property
    def refines(self) -> bool:
        """True when it only corrects a mask that must be there already: points and strokes, no box and no mask."""
        return self.box is None and self.mask is None

    def scaled(self, given: Size, size: Size) -> Prompt:
        """The same marks on a picture of another resolution.

        Args:
            given: resolution in which the coordinates are meant.
            size: resolution of the picture.

        Raises:
            HoleError: something marked lies outside the picture, or a mask has another aspect ratio.
        """
        across, down = size.width / given.width, size.height / given.height
        for name, points in (("point", self.points), ("not-point", self.not_points)):
            for x, y in points:
                if not (0 <= x < given.width and 0 <= y < given.height):
                    raise HoleError(f"{name} {x:g},{y:g} lies outside the picture, which is {given}")
        box = self.box
        if box is not None:
            x, y, width, height = box
            if x >= given.width or y >= given.height or x + width <= 0 or y + height <= 0:
                raise HoleError(f"box {x:g},{y:g},{width:g},{height:g} lies outside the picture, which is {given}")
            box = x * across, y * down, width * across, height * down
        return replace(
            self,
            box=box,
            points=tuple((x * across, y * down) for x, y in self.points),
            not_points=tuple((x * across, y * down) for x, y in self.not_points),
            strokes=_resized(self.strokes, size),
            not_strokes=_resized(self.not_strokes, size),
            mask=_resized(self.mask, size),
        )


def placed(prompts: Iterable[Prompt], times: Sequence[float]) -> dict[str, dict[int, list[Prompt]]]:
    """Prompts by object and by frame, both in the order in which they came.

    Args:
        prompts: at least one.
        times: seconds from the first frame, of every frame.

    Raises:
        HoleError: a prompt lies after the last frame, or an object has only points to correct a mask that nothing made.
    """
    by_object: dict[str, dict[int, list[Prompt]]] = {}
    for prompt in prompts:
        frame = prompt.frame
        if frame is None:
            seconds = prompt.seconds or 0.0
            # The frame that a player shows at that time: the last one that does not lie after it.
            frame = max(0, int(np.searchsorted(times, seconds + 1e-6, side="right")) - 1)
            length = times[-1] + (times[-1] / (len(times) - 1) if len(times) > 1 else 1.0)
            if seconds > length:
                raise HoleError(f"prompt at {seconds:g} s: the last frame is at {times[-1]:.3f} s")
        if frame >= len(times):
            raise HoleError(f"prompt at frame {frame}: the video has {len(times)} frames, counted from 0")
        by_object.setdefault(prompt.object, {}).setdefault(frame, []).append(prompt)
    if not by_object:
        raise HoleError("nothing is marked; give a box, a point or a mask")
    return by_object


def _resized(mask: HoleArray | None, size: Size) -> HoleArray | None:
    if mask is None or mask.shape == (size.height, size.width):
        return mask
    height, width = mask.shape
    if abs(width / height / (size.width / size.height) - 1) > 0.01:
        raise HoleError(f"the mask is {width}x{height}, but the video is shown as {size}; give the same aspect ratio")
    area = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA if width > size.width else 1)
    return area >= 0.5
