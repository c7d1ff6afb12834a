"""The search for like patches, against looking at every colour of every patch."""

from __future__ import annotations

import pytest
import torch

from stranet.geometry.patches import extract_patches
from stranet.model.patch_search import KnownPatches, offered, thinned

HEIGHT, WIDTH, SIDE = 36, 44, 5


def picture(seed: int = 0) -> torch.Tensor:
    """Smooth in the large, noisy in the small, as photographs are; (1, 3, h, w)."""
    generator = torch.Generator().manual_seed(seed)
    rough = torch.rand(1, 3, 6, 7, generator=generator)
    smooth = torch.nn.functional.interpolate(rough, (HEIGHT, WIDTH), mode="bicubic")
    return smooth + 0.02 * torch.randn(smooth.shape, generator=generator)


def known_but(rows: slice, columns: slice) -> torch.Tensor:
    known = torch.ones(1, 1, HEIGHT, WIDTH, dtype=torch.bool)
    known[..., rows, columns] = False
    return known


def by_all_colours(image: torch.Tensor, keys: torch.Tensor, queries: torch.Tensor, nearness: float) -> torch.Tensor:
    """(q, k) squared difference and cost of the way."""
    patches = extract_patches(image, SIDE)
    there, here = (torch.stack((at // WIDTH, at % WIDTH), 1).float() for at in (keys, queries))
    return torch.cdist(patches[queries], patches[keys]).square() + nearness * torch.cdist(here, there)


@pytest.mark.parametrize("nearness", [0.0, 0.01])
def test_the_patch_that_is_found_is_nearly_the_most_similar_one(nearness):
    image, known = picture(), known_but(slice(12, 22), slice(14, 28))
    search = KnownPatches(image, known, SIDE, 10_000, nearness)
    queries = (~known).flatten().nonzero()[:, 0]
    codes = search.encode(extract_patches(image, SIDE)[queries])
    found = search.anywhere(codes, queries)
    costs = by_all_colours(image, search.keys, queries, nearness)
    taken = costs.gather(1, (search.keys[None] == found[:, None]).int().argmax(1, keepdim=True))[:, 0]
    assert (taken <= costs.amin(1) * 1.1 + 1e-4).float().mean() > 0.9
    assert taken.mean() < 0.2 * costs.mean()


def test_a_copy_of_a_patch_is_found_exactly():
    image, known = picture(), known_but(slice(0, 8), slice(0, 8))
    search = KnownPatches(image, known, SIDE, 10_000, 0.0)
    some = search.keys[::7]
    codes = search.encode(extract_patches(image, SIDE)[some])
    assert torch.equal(search.anywhere(codes, some, search.way_to_keys(some)), some)


def test_near_what_was_attended_to_a_shift_is_continued():
    """All but one position know where they come from; that one finds it through its neighbours."""
    image, known = picture(), known_but(slice(12, 20), slice(14, 26))
    search = KnownPatches(image.roll(9, 2), known, SIDE, 10_000, 0.0)
    rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    source = torch.stack(((rows + 9).clamp(max=HEIGHT - 3), columns))
    source[:, 15, 20] = torch.tensor([2, 2])
    query = torch.tensor([15 * WIDTH + 20])
    codes = search.encode(extract_patches(image, SIDE)[query])
    assert search.nearby(codes, query, source).item() == 24 * WIDTH + 20


def test_only_whole_patches_are_offered_unless_there_are_none():
    known = known_but(slice(10, 20), slice(10, 20))
    whole = offered(known, SIDE).view(HEIGHT, WIDTH)
    assert not whole[8:22, 8:22].any()
    assert whole[7, 7]
    thin = torch.zeros(1, 1, HEIGHT, WIDTH, dtype=torch.bool)
    thin[..., 3, :] = True
    assert torch.equal(offered(thin, SIDE), thin.flatten())


@pytest.mark.parametrize("most", [1, 10, 97, 5000])
def test_keys_are_thinned_out_evenly(most):
    positions = torch.rand(4000, generator=torch.Generator().manual_seed(1)) > 0.4
    keys = thinned(positions, most)
    assert positions[keys].all()
    assert min(most, int(positions.sum())) / 2 <= len(keys) <= most
    if len(keys) > 2:
        gaps = positions.cumsum(0)[keys].diff()
        assert gaps.min() == gaps.max()
