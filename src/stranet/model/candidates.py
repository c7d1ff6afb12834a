"""References brought onto the target, one candidate per reference and branch of the alignment.

Images and features are warped alike: every frame is encoded once, and what is known of it is moved, never encoded anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from stranet.device import at_once, room, sent
from stranet.geometry.scale import shrink
from stranet.geometry.warp import warp
from stranet.model.aggregation import FEATURE_SIDE, Candidates, Features, Target
from stranet.model.light import match_light
from stranet.types import Box

WHOLE = 0.999
"""A visible fraction below this is not visible: no dark rims."""


class Reference(NamedTuple):
    """One reference frame, at low resolution."""

    planes: Tensor
    """(B, 5, H, W): colour in [0, 1], visible and offered as 0 or 1; of the whole frame, or of a part `Alignment.reads`
    of it."""
    features: Features = ()
    """What the encoder made of the same; none where nothing is learned."""
    corner: tuple[int, int] = (0, 0)
    """(x, y) of the first pixel of the planes in the frame, on multiples of `FEATURE_SIDE`."""


TOGETHER = 6
"""References whose light is looked at together on the CPU, on a large box: memory does not follow their number, nor are
caches left."""


def align_candidates(
    target: Target,
    references: Iterable[Reference],
    position: Tensor,
    reference: Tensor,
    is_flow: Tensor,
    apart: Tensor,
    light: bool,
    half: bool = False,
) -> Candidates:
    """Warp every reference once per candidate.

    Args:
        target: the box that is aligned.
        references: R of them, in order, each looked at once.
        position: (B, K, 2, h, w), low-resolution pixels of the whole reference.
        reference: (K,) long, which reference each candidate comes from: all of one branch, all of the next.
        is_flow: (K,) bool, from the flow branch of the alignment.
        apart: (B, R) distance in time, in frames.
        light: match every candidate's light to the target's on the ring around the hole.
        half: keep images and features in half precision, which is exact to a sixteenth of an 8-bit level: nothing else
            takes as much memory while a target is worked on.
    """
    batch, count, _, height, width = position.shape
    like, kept = target.image, torch.float16 if half else target.image.dtype
    image = room((batch, count, 3, height, width), kept, like.device)
    visible, offered = room((2, batch, count, 1, height, width), torch.bool, like.device)
    features: Features = ()
    for index, frame in enumerate(references):
        own = slice(index, None, apart.shape[1])
        # All candidates of a reference at once, as so many clips of a batch.
        there = position[:, own]
        here = sent(there.flatten(0, 1), like.device) - like.new_tensor(frame.corner)[:, None, None]
        planes, inside = warp(repeated(frame.planes, there.shape[1]), here)
        shown = (planes[:, 3:] > WHOLE) & inside
        moved = sample_features(tuple(repeated(scale, there.shape[1]) for scale in frame.features), here)
        features = features or tuple(
            room((batch, count, *scale.shape[1:]), kept if half else scale.dtype, like.device) for scale in moved
        )
        places = (image, visible, offered, *features)
        for place, part in zip(places, (planes[:, :3], shown[:, :1], shown[:, 1:], *moved), strict=True):
            place[:, own] = part.unflatten(0, there.shape[:2])
    if light:
        _relight(target, image, visible, apart.shape[1])
    return Candidates(image, visible, offered, position, reference, is_flow, apart[:, reference], features)


def repeated(planes: Tensor, count: int) -> Tensor:
    """(B, C, H, W) -> (B * count, C, H, W), every clip so many times; without a copy where there is one clip."""
    return planes[:, None].expand(-1, count, -1, -1, -1).flatten(0, 1)


def _relight(target: Target, image: Tensor, visible: Tensor, references: int) -> None:
    """Bring all candidates, in place, to the light of the target: one light for each of so many references.

    It is found on the candidate that comes last, of flow where there is one, which aligns best.
    """
    at, step = image.shape[1] - references, at_once(TOGETHER, image.device, image[0, 0, 0].numel())
    for start in range(0, references, step):
        last = slice(at + start, min(at + start + step, at + references))
        shape = image[:, last].shape  # (B, r, 3, h, w)
        own = target.image[:, None].expand(shape).flatten(0, 1) if len(target.image) > 1 else target.image
        both = (target.visible[:, None] & visible[:, last]).flatten(0, 1)
        found = match_light(own, image[:, last].flatten(0, 1).float(), both, 1)
        gain, offset = (part.unflatten(0, shape[:2]) for part in found)
        for order in range(shape[1]):
            same = image[:, start + order :: references]
            same[...] = torch.addcmul(offset[:, order, None], gain[:, order, None], same.float())


def cut(features: Features, part: Box) -> Features:
    """Of features of a whole frame those of a part of it that begins on `FEATURE_SIDE`, in full precision."""
    side = FEATURE_SIDE
    squares = Box(part.x0 // side, part.y0 // side, -(-part.x1 // side), -(-part.y1 // side))
    return tuple(scale[(..., *squares.slices)].float() for scale in features)


def sample_features(features: Features, position: Tensor) -> Features:
    """Features of a whole frame where a box of the target is found in it.

    Args:
        features: (B, C, H/s, W/s) each, s = `FEATURE_SIDE`.
        position: (B, 2, h, w) in low-resolution pixels.

    Returns:
        (B, C, ceil(h/s), ceil(w/s)) each.
    """
    if not features:
        return ()
    there = (shrink(position, FEATURE_SIDE) - (FEATURE_SIDE - 1) / 2) / FEATURE_SIDE
    return tuple(warp(plane, there).image for plane in features)
