"""Square patches of an image as vectors, and back."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def extract_patches(image: Tensor, side: int) -> Tensor:
    """The patch around every position; beyond the edge the edge is replicated.

    Args:
        image: (1, C, h, w).
        side: odd.

    Returns:
        (h * w, C * side * side), positions in row-major order.
    """
    margin = side // 2
    return F.unfold(F.pad(image, (margin,) * 4, mode="replicate"), side)[0].T


def fold_patches(patches: Tensor, size: tuple[int, int], side: int) -> Tensor:
    """Sum of patches laid back around their positions; what falls beyond the edge is dropped.

    Args:
        patches: (h * w, C * side * side); zero rows add nothing.
        size: (h, w).
        side: odd.

    Returns:
        (1, C, h, w). Folding ones instead of colours gives the number of patches that cover each position.
    """
    margin = side // 2
    height, width = size
    whole = F.fold(patches.T[None], (height + 2 * margin, width + 2 * margin), side)
    return whole[..., margin : margin + height, margin : margin + width]
