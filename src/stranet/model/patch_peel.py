"""A first fill of a leftover, from its rim inward (after Criminisi et al. 2004, all of a rim at once)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.patches import extract_patches
from stranet.model.patch_search import offered, places, thinned


def peel(image: Tensor, known: Tensor, side: int, most_keys: int, nearness: float) -> Tensor:
    """Each position takes the colour at the middle of the known patch that agrees best with what its own patch already
    shows.

    Args:
        image: (1, 3, h, w); what is not known has no influence.
        known: (1, 1, h, w) bool.
        side, most_keys, nearness: as in `PatchSpatialAggregation`.
    """
    keys, width = thinned(offered(known, side), most_keys), image.shape[-1]
    if not len(keys):
        return diffuse(image, known.float())
    filled, done = image * known, known.clone()
    patches = extract_patches(filled, side)[keys]  # (k, 3*side*side)
    colours, there = image[0].flatten(1)[:, keys], places(keys, width)
    while not done.all():
        rim = (F.max_pool2d(done.float(), 3, 1, 1) > 0) & ~done
        if not rim.any():
            break
        queries = rim.flatten().nonzero()[:, 0]
        shown = extract_patches(done.float().expand(-1, 3, -1, -1), side)[queries]
        wanted = extract_patches(filled, side)[queries] * shown
        way = nearness * torch.cdist(places(queries, width), there)
        distance = shown @ (patches**2).T - 2 * wanted @ patches.T + way
        filled[0].view(3, -1)[:, queries] = colours[:, distance.argmin(1)]
        done |= rim
    return filled
