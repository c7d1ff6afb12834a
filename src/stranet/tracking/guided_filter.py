"""From a mask on the tracker's coarse grid to one that follows the edges of the frame to the pixel.

A guided filter (He, Sun, Tang 2013): around every grid pixel the mask is fitted by a linear function of colour, which
is then read with the colours of the frame itself (as in He and Sun 2015): what is thinner than the grid is found again.
"""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.region import Region, bounding_rect
from stranet.types import HoleArray

Floats = NDArray[np.floating]

RADIUS = 6
"""Grid pixels around each over which it is fitted."""
NOISE = 6.0
"""Variance of colour, in squared levels of 0 to 255, that is no edge."""
TOLD = 0.2
"""Share of the mask's variance that colours must explain to count in full."""


def pasted_along_edges(
    found: HoleArray, colours: NDArray[np.uint8], region: Region, rgb: NDArray[np.uint8]
) -> HoleArray:
    """A mask of a region's grid, in the whole frame.

    Args:
        found: (h, w) bool, on the grid of the region.
        colours: (h, w, 3) uint8, the frame on that grid.
        region: where that grid lies.
        rgb: (H, W, 3) uint8, the frame.

    Returns:
        (H, W) bool.
    """
    whole = np.zeros(rgb.shape[:2], bool)
    x, y, width, height = bounding_rect(found)
    if not width:
        return whole
    # The fit at an outline looks one radius beyond it, and is averaged over another.
    room = 2 * RADIUS + 1
    left, top = max(0, x - room), max(0, y - room)
    part = np.s_[top : y + height + room, left : x + width + room]
    line = _fitted(found[part].astype(np.float32), colours[part].astype(np.float32))

    # Pixel centres lie at integers, in the frame as on the grid.
    across, down = region.size.width / (region.x1 - region.x0), region.size.height / (region.y1 - region.y0)
    x0, y0 = region.x0 + int(left / across), region.y0 + int(top / down)
    x1 = min(region.x1, region.x0 + ceil((left + line[0].shape[1]) / across))
    y1 = min(region.y1, region.y0 + ceil((top + line[0].shape[0]) / down))
    onto_grid = np.array(
        (
            (across, 0, (x0 - region.x0 + 0.5) * across - 0.5 - left),
            (0, down, (y0 - region.y0 + 0.5) * down - 0.5 - top),
        )
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    *slopes, fine = (
        cv2.warpAffine(plane, onto_grid, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for plane in line
    )
    for channel, slope in enumerate(slopes):
        fine += slope * rgb[y0:y1, x0:x1, channel]
    whole[y0:y1, x0:x1] = fine > 0.5
    return whole


def _fitted(mask: Floats, guide: Floats) -> list[Floats]:
    """Planes (h, w), three slopes and an offset, so that mask = slope . guide + offset around every pixel."""
    colours = [np.ascontiguousarray(guide[..., channel]) for channel in range(3)]
    means, mean = [_mean(colour) for colour in colours], _mean(mask)
    with_mask = [_mean(colour * mask) - middle * mean for colour, middle in zip(colours, means, strict=True)]

    def covariance(one: int, other: int) -> Floats:
        return _mean(colours[one] * colours[other]) - means[one] * means[other]

    rr, gg, bb = (covariance(channel, channel) + NOISE for channel in range(3))
    rg, rb, gb = covariance(0, 1), covariance(0, 2), covariance(1, 2)
    # Least squares by Cramer's rule, in planes: many times faster than a solver's call for every pixel.
    inverse = (
        (gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb),
        (gb * rb - rg * bb, rr * bb - rb * rb, rb * rg - rr * gb),
        (rg * gb - gg * rb, rb * rg - rr * gb, rr * gg - rg * rg),
    )
    determinant = rr * inverse[0][0] + rg * inverse[0][1] + rb * inverse[0][2]
    slopes = [sum(map(np.multiply, row, with_mask)) / determinant for row in inverse]
    offset = mean - sum(map(np.multiply, slopes, means))
    # Where colours do not tell the two sides apart, averages would wear thin things away.
    variance = np.maximum(mean - mean * mean, 1e-6)
    told = np.clip(sum(map(np.multiply, slopes, with_mask)) / (TOLD * variance), 0, 1)
    *slopes, offset = (_mean(told * plane) for plane in (*slopes, offset))
    return [*slopes, offset + (1 - _mean(told)) * mask]


def _mean(values: Floats) -> Floats:
    return cv2.boxFilter(values, -1, (2 * RADIUS + 1, 2 * RADIUS + 1), borderType=cv2.BORDER_REFLECT)  # type: ignore[return-value]
