"""Cases as folders of pictures, so that any other system can be run on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from stranet.errors import ConfigError
from stranet.evaluation.protocol import Case, blank
from stranet.types import Size
from stranet.video.images import write_png


def export_case(folder: Path, case: Case, size: Size, count: int) -> int:
    """Write ``SIZE/CASE/frames/00000.png`` (the hole painted grey) and ``SIZE/CASE/masks/00000.png`` (white = missing).

    Returns:
        Frames written.

    Raises:
        ConfigError: It cannot be written.
    """
    place = folder / str(size) / case.name
    index = -1
    try:
        for part in ("frames", "masks"):
            (place / part).mkdir(parents=True, exist_ok=True)
        for index, (frame, hole) in enumerate(case.stream(size, count)):
            write_png(place / f"frames/{index:05d}.png", blank(frame, hole))
            write_png(place / f"masks/{index:05d}.png", hole.astype(np.uint8) * 255)
    except OSError as error:
        raise ConfigError(f"{place}: cannot be written ({error.strerror})") from error
    return index + 1


def export_all(folder: Path, cases: Mapping[Size, Sequence[Case]], count: int) -> list[str]:
    """Export the cases of every size; returns a line for each."""
    return [
        f"{folder / str(size) / case.name}: {export_case(folder, case, size, count)} frames"
        for size, chosen in cases.items()
        for case in chosen
    ]
