"""Match a reference's light to the target's on the ring around the hole: no seams under auto-exposure.

Light is a gain for each colour channel, the same everywhere, and an offset that varies smoothly.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import upsample

LARGEST = 0.1
"""A difference beyond this once the gain is right, in [0, 1] colour units, is another object and not another light."""
GAINS = (0.7, 1.4)
"""The smallest and the largest gain."""
CELL = 8
"""Side of the squares over which offsets are averaged, in low-resolution pixels: light is smooth."""
SPREAD = 0.1
"""How far gains lie from 1 as a rule, on a log scale: a gain is believed as far as it is known better than this."""
CONTRAST = 0.01
"""Standard deviation of colour below which an area is flat, so that a gain cannot be told from an offset."""
STRIDE = 2
"""Of so many low-resolution pixels one is looked at for the gain, along each axis."""


def light_offset(target: Tensor, aligned: Tensor, both_visible: Tensor, factor: int) -> Tensor:
    """What to add to an aligned reference so that it continues the target's light into the hole.

    Args:
        target: (1, 3, H, W) in [0, 1], H and W multiples of ``factor``.
        aligned: (N, 3, H, W).
        both_visible: (N, 1, H, W) bool.
        factor: full-resolution pixels per low-resolution pixel.

    Returns:
        (N, 3, H, W): what the gain changes, and a smooth offset; zero where nothing is visible in both.
    """
    height, width = target.shape[-2:]
    gain = light_gain(target, aligned, both_visible, factor)
    difference = torch.addcmul(target, gain, aligned, value=-1)
    weight = (both_visible & (difference.abs().amax(1, keepdim=True) < LARGEST)).float()
    cell = CELL * factor
    mass = F.avg_pool2d(weight, cell, ceil_mode=True, count_include_pad=False)
    mean = F.avg_pool2d(difference * weight, cell, ceil_mode=True, count_include_pad=False) / mass.clamp(min=1e-6)
    offset = diffuse(mean, mass)
    offset = F.avg_pool2d(F.pad(offset, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return torch.addcmul(upsample(offset, cell)[..., :height, :width], gain - 1, aligned)


@torch.no_grad()
def light_gain(target: Tensor, aligned: Tensor, both_visible: Tensor, factor: int) -> Tensor:
    """How many times as much contrast the target has as each aligned reference, where both are visible.

    The ratio of standard deviations, which unlike a regression is 1 for two equally noisy views of the same light;
    pixels far from the line that it gives are left out, twice. It is drawn to 1 (on a log scale) the more, the less the
    two views agree, the fewer pixels they share and the flatter they are.

    Args:
        target: (1, 3, H, W) in [0, 1].
        aligned: (N, 3, H, W).
        both_visible: (N, 1, H, W) bool.
        factor: full-resolution pixels per low-resolution pixel.

    Returns:
        (N, 3, 1, 1) within `GAINS`; 1 where nothing is visible in both.
    """
    stride = STRIDE * factor
    y, x, both = (plane[..., ::stride, ::stride].flatten(2) for plane in (target, aligned, both_visible))
    low, high = GAINS
    same = both & ((y > low * x - LARGEST) & (y < high * x + LARGEST)).all(1, keepdim=True)
    views = torch.stack(torch.broadcast_tensors(torch.ones_like(x), x, y), 2)  # (N, 3, 3, P)
    gain, offset, _ = _line(views, same)
    same = both & ((y - gain * x - offset).abs() < LARGEST / 2).all(1, keepdim=True)
    gain, _, doubt = _line(views, same)
    used, shown = (pixels.sum(-1, keepdim=True) for pixels in (same, both))
    doubt = doubt / (used * (STRIDE / CELL) ** 2).clamp(min=1)  # neighbouring pixels tell the same
    trust = SPREAD**2 / (SPREAD**2 + doubt) * (2 * used / shown.clamp(min=1)).clamp(max=1)
    return (gain**trust)[..., None]


def _line(views: Tensor, used: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gain and offset of y over x, and the share of the variance that they do not explain, (N, 3, 1) each.

    Args:
        views: (N, 3, 3, P): 1, x and y for each colour.
        used: (N, 1, P) bool, where they count.
    """
    sums = (views * used[:, None]) @ views.mT  # (N, 3, 3, 3): of all products
    means = sums[..., :1, :] / sums[..., :1, :1].clamp(min=1)
    spread = sums / sums[..., :1, :1].clamp(min=1) - means.mT * means
    var_x, var_y, both = spread[..., 1, 1:2], spread[..., 2, 2:], spread[..., 1, 2:]
    flat = CONTRAST**2
    gain = ((var_y.clamp(min=0) + flat) / (var_x.clamp(min=0) + flat)).sqrt().clamp(*GAINS)
    agreement = both.clamp(min=0) ** 2 / (var_x * var_y).clamp(min=1e-12)
    return gain, means[..., 0, 2:] - gain * means[..., 0, 1:2], 1 - agreement.clamp(max=1)
