"""How near a fill comes to the truth: the clips of the bench show all that their holes hide."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from stranet.video.reader import VideoReader

EVERY = 4
"""Of so many frames one is looked at: neighbours say the same."""


def hole_psnr(video: Path, mask: Path, output: Path) -> float | None:
    """PSNR inside the hole, dB, over every so many frames of a clip; None where nothing was filled.

    Args:
        video: what was read, whole.
        mask: white where it was filled.
        output: what was written; coding noise counts.
    """
    squares, count = 0.0, 0
    with VideoReader(video) as wanted, VideoReader(mask) as holes, VideoReader(output) as found:
        for index, (true, hole, ours) in enumerate(zip(wanted, holes, found, strict=True)):
            if index % EVERY:
                continue
            where = hole.rgb[..., 0] > 127
            squares += float(np.square(true.rgb[where].astype(np.float64) - ours.rgb[where]).sum())
            count += 3 * int(where.sum())
    if not count:
        return None
    return 10 * math.log10(255**2 / max(squares / count, 1e-3))
