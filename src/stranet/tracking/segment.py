"""The outline of an object from a few marks on one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.types import HoleArray


def segment_frame(rgb: NDArray[np.uint8], prompts: Sequence[Prompt], before: HoleArray | None = None) -> HoleArray:
    """Find an object in one picture; see `find_outline`, which also uses neighbouring frames."""
    return find_outline(rgb, prompts, before)
