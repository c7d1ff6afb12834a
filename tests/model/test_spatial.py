"""What no frame shows is made of what the target itself shows, by a network."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.errors import ConfigError
from stranet.geometry.diffuse import diffuse
from stranet.model.patch_attention import PatchAttention, list_cells, most_attended, transfer
from stranet.model.patch_spatial import PatchSpatialAggregation
from stranet.model.spatial import SpatialAggregation, SpatialConfig

TINY = SpatialConfig(half=4, quarter=6, eighth=8, dilations=(1, 2), score_channels=8)
SMOOTH = replace(TINY, coarse="smooth")
MIDDLE = (slice(18, 31), slice(22, 42))


def network(config: SpatialConfig = TINY, correcting: bool = True, seed: int = 0) -> SpatialAggregation:
    """An untrained network; ``correcting``: its last convolution is not zero."""
    torch.manual_seed(seed)
    spatial = SpatialAggregation(config)
    if correcting:
        torch.nn.init.normal_(spatial.correct.weight, std=0.1)
    return spatial


def colours(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def a_hole(height: int, width: int, box: tuple[slice, slice] = MIDDLE) -> Tensor:
    hole = torch.zeros(1, 1, height, width, dtype=torch.bool)
    hole[(..., *box)] = True
    return hole


def own_positions(height: int, width: int) -> Tensor:
    return torch.stack(torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij"))


def check_sources(source: Tensor, leftover: Tensor, known: Tensor) -> None:
    """They point at known positions, and a known position at itself."""
    for index in range(len(source)):
        rows, columns = source[index][:, leftover[index, 0]]
        assert known[index, 0, rows, columns].all()
        own = own_positions(*source.shape[-2:])
        assert torch.equal(source[index][:, known[index, 0]], own[:, known[index, 0]])


@pytest.mark.parametrize("size", [(50, 64), (48, 64), (33, 47), (9, 23), (7, 5), (1, 1), (3, 40)])
def test_any_size_keeps_what_is_known_and_takes_from_what_is_known(size):
    image = colours(2, 3, *size)
    leftover = colours(2, 1, *size, seed=1) > 0.7
    leftover[..., size[0] // 3 : size[0] // 2 + 1, : size[1] // 2] = True
    known = ~leftover & (colours(2, 1, *size, seed=2) > 0.05)
    known[..., -1, -1], leftover[..., -1, -1] = True, False
    output = network()(image, leftover, known)
    same = ~leftover.expand_as(image)
    assert output.image.shape == image.shape
    assert output.image.isfinite().all()
    assert torch.equal(output.image[same], image[same])
    assert output.source.dtype == torch.long
    check_sources(output.source, leftover, known)


def test_the_leftover_is_filled():
    image, hole = colours(1, 3, 50, 64), a_hole(50, 64)
    inside = hole.expand_as(image)
    assert (network()(image, hole, ~hole).image[inside] != image[inside]).all()


def test_an_empty_leftover_changes_nothing():
    image, nothing = colours(1, 3, 20, 30), torch.zeros(1, 1, 20, 30, dtype=torch.bool)
    output = network()(image, nothing, ~nothing)
    assert torch.equal(output.image, image)
    assert torch.equal(output.source[0], own_positions(20, 30))


def test_an_untrained_network_gives_what_the_patches_compose():
    image, hole = colours(2, 3, 50, 64), a_hole(50, 64).expand(2, -1, -1, -1)
    output, unlearned = network(correcting=False)(image, hole, ~hole), PatchSpatialAggregation()
    for index in range(2):
        one = slice(index, index + 1)
        alone = unlearned(image[one] * ~hole[one], hole[one], ~hole[one])
        torch.testing.assert_close(output.image[one], alone.image)
        assert torch.equal(output.source[one], alone.source)


def test_an_unknown_coarse_fill_is_refused():
    with pytest.raises(ConfigError, match="coarse is 'rough'; it must be patches or smooth"):
        replace(TINY, coarse="rough")


def test_an_unknown_correction_is_refused():
    with pytest.raises(ConfigError, match="corrects is 'all'; it must be colours or pixels"):
        replace(TINY, corrects="all")


def test_colours_are_corrected_without_touching_detail():
    """Neighbouring pixels are changed by nearly the same, however large the correction; a decoder knows no bounds."""
    image, hole = colours(1, 3, 64, 64), a_hole(64, 64)
    composed = PatchSpatialAggregation()(image * ~hole, hole, ~hole).image
    steps = {}
    for corrects in ("colours", "pixels"):
        added = network(replace(TINY, corrects=corrects))(image, hole, ~hole).image - composed
        inside = -F.max_pool2d(-hole.float(), 9, 1, 4) > 0  # away from the rim, where the correction ends
        both = inside[..., 1:] & inside[..., :-1]
        steps[corrects] = ((added.diff(dim=3).abs() * both).sum() / (added.abs() * inside).sum()).item()
        assert (added.abs() * inside).max() > 1e-3
    assert steps["colours"] < 0.5 * steps["pixels"]


def test_where_nothing_is_known_there_is_only_the_smooth_guess():
    image = colours(2, 3, 20, 30)
    leftover = torch.ones(2, 1, 20, 30, dtype=torch.bool)
    leftover[1, :, :, 15:] = False
    output = network()(image, leftover, ~leftover)
    assert torch.equal(output.image[0], diffuse(image[:1], torch.zeros(1, 1, 20, 30))[0])
    assert torch.equal(output.source[0], own_positions(20, 30))
    alone = network()(image[1:], leftover[1:], ~leftover[1:])
    torch.testing.assert_close(output.image[1:], alone.image)


@pytest.mark.parametrize("multiscale", [True, False])
def test_what_is_not_known_has_no_say(multiscale):
    """Neither the leftover's content nor that of other positions that may not be copied."""
    image, leftover = colours(1, 3, 50, 64), a_hole(50, 64)
    known = ~leftover & ~a_hole(50, 64, (slice(0, 10), slice(0, 12)))
    spatial = network(SpatialConfig(half=4, quarter=6, eighth=8, multiscale=multiscale))
    one = spatial(image, leftover, known)
    shuffled = torch.where(known, image, image.flip(-1) * 0.3)
    other = spatial(shuffled, leftover, known)
    inside = leftover.expand_as(image)
    assert torch.equal(one.image[inside], other.image[inside])
    assert torch.equal(one.source, other.source)


def test_what_is_known_has_a_say():
    image, hole = colours(1, 3, 50, 64), a_hole(50, 64)
    spatial, inside = network(correcting=False), hole.expand_as(image)
    changed = spatial(1 - image, hole, ~hole).image
    assert (spatial(image, hole, ~hole).image[inside] - changed[inside]).abs().mean() > 0.01


@pytest.mark.parametrize("period", [2, 4, 8])
def test_attention_alone_continues_a_pattern(period):
    """The average over a cell is the same everywhere, the detail repeats: whatever is attended to, it fits."""
    tile = colours(3, period, period, seed=period)
    image = tile.repeat(1, 72 // period, 80 // period)[None]
    hole = a_hole(72, 80, (slice(24, 40), slice(32, 56)))
    filled = network(SMOOTH, correcting=False)(image * ~hole, hole, ~hole).image
    smooth = diffuse(image, (~hole).float())
    error, before = ((other - image)[hole.expand_as(image)].abs().mean() for other in (filled, smooth))
    assert error < 0.35 * before


def test_without_multiscale_transfer_nothing_of_the_image_is_copied():
    image, hole = colours(1, 3, 48, 64), a_hole(48, 64)
    spatial = network(replace(SMOOTH, multiscale=False), correcting=False)
    torch.testing.assert_close(spatial(image, hole, ~hole).image, diffuse(image, (~hole).float()))


@pytest.mark.parametrize("multiscale", [True, False])
def test_every_parameter_receives_a_gradient(multiscale):
    image, hole = colours(1, 3, 48, 64), a_hole(48, 64)
    spatial = network(SpatialConfig(half=4, quarter=6, eighth=8, multiscale=multiscale))
    spatial(image, hole, ~hole).image.square().sum().backward()
    without = [name for name, p in spatial.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_gradients_are_finite_where_nothing_is_known_or_missing():
    image = colours(3, 3, 24, 32)
    leftover = torch.cat((torch.ones(1, 1, 24, 32), torch.zeros(1, 1, 24, 32), a_hole(24, 32).float())).bool()
    spatial = network()
    spatial(image, leftover, ~leftover).image.square().sum().backward()
    assert all(p.grad.isfinite().all() for p in spatial.parameters())


def test_a_batch_equals_its_singles():
    image = colours(3, 3, 48, 64)
    leftover = torch.cat((a_hole(48, 64), a_hole(48, 64, (slice(0, 8), slice(0, 8))), a_hole(48, 64).flip(-1)))
    together = network()(image, leftover, ~leftover)
    for index in range(3):
        one = slice(index, index + 1)
        alone = network()(image[one], leftover[one], ~leftover[one])
        torch.testing.assert_close(together.image[one], alone.image)
        assert torch.equal(together.source[one], alone.source)


def test_channels_last_changes_the_layout_only():
    image, hole = colours(1, 3, 50, 64), a_hole(50, 64)
    plain = network()(image, hole, ~hole)
    moved = network().to(memory_format=torch.channels_last)(
        image.contiguous(memory_format=torch.channels_last), hole, ~hole
    )
    torch.testing.assert_close(plain.image, moved.image, atol=1e-5, rtol=1e-5)


def test_half_precision_is_about_as_good_and_keeps_what_is_known():
    image, hole = colours(1, 3, 48, 64), a_hole(48, 64)
    spatial, same = network(), ~hole.expand_as(image)
    with torch.autocast("cpu", torch.bfloat16):
        rough = spatial(image, hole, ~hole).image
    assert rough.dtype == torch.float32
    assert torch.equal(rough[same], image[same])
    assert (rough - spatial(image, hole, ~hole).image)[~same].abs().mean() < 0.03  # colours spread over 0.29
    rough.square().sum().backward()
    assert all(p.grad.isfinite().all() for p in spatial.parameters())


def test_attention_is_a_distribution_over_the_offered():
    attention, features = PatchAttention(6, 5, most_keys=100), colours(2, 6, 5, 7)
    missing, offered = torch.zeros(2, 2, 1, 5, 7, dtype=torch.bool)
    missing[:, :, 1:3, 2:5] = True
    offered[0, :, :, 5:] = True  # the second sample offers less
    offered[1, :, 4, :2] = True
    scores = attention(features, missing, offered)
    torch.testing.assert_close(scores.weight.sum(2), torch.ones(2, 6))
    assert offered[1].flatten()[scores.keys[1][scores.weight[1].sum(0) > 0]].all()
    assert torch.equal(scores.queries[0].sort().values, missing[0].flatten().nonzero()[:, 0])
    none = attention(features, missing, torch.zeros_like(offered))
    assert not none.weight.any()


def test_the_number_of_keys_is_capped():
    features, missing = colours(1, 6, 8, 8), torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    missing[..., :2, :2] = True
    scores = PatchAttention(6, 5, most_keys=10)(features, missing, ~missing)
    assert scores.weight.shape == (1, 4, 10)
    assert len(scores.keys[0].unique()) == 10
    torch.testing.assert_close(scores.weight.sum(2), torch.ones(1, 4))


def test_alike_and_near_cells_are_preferred():
    """One missing cell, five offered: only two look like it, and one of them is nearer."""
    attention = PatchAttention(2, 2, most_keys=9)
    torch.nn.init.eye_(attention.embed.weight.data[..., 0, 0])
    missing, offered = torch.zeros(2, 1, 1, 1, 6, dtype=torch.bool)
    missing[..., 1], offered[..., [0, 2, 3, 4, 5]] = True, True
    features = torch.zeros(1, 2, 1, 6)
    features[0, :, 0] = torch.tensor([[0.0, 1, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1]])
    scores = attention(features, missing, offered)
    near, far = (scores.weight[0, 0, scores.keys[0] == cell].item() for cell in (2, 4))
    assert near > far
    assert near + far > 0.999
    assert most_attended(scores, 6)[0].tolist() == [0, 2, 2, 3, 4, 5]


@pytest.mark.parametrize("side", [1, 2, 4])
def test_a_transfer_moves_whole_patches_of_every_scale(side):
    """A picture of cell numbers: after a hard transfer each missing cell shows the places of the cell it attends to."""
    missing, offered = torch.zeros(2, 1, 1, 3, 4, dtype=torch.bool)
    missing[..., 0, :2], offered[..., 1:, :] = True, True
    attention = PatchAttention(5, 5, most_keys=99)
    attention.log_sharpness.data.fill_(9.0)
    scores = attention(colours(1, 5, 3, 4), missing, offered)
    planes = colours(1, 2, 3 * side, 4 * side)
    moved, best = transfer(scores, planes, side), most_attended(scores, 12)[0]
    for cell in range(2):
        row, column = divmod(int(best[cell]), 4)
        patch = planes[..., row * side : (row + 1) * side, column * side : (column + 1) * side]
        torch.testing.assert_close(moved[..., :side, cell * side : (cell + 1) * side], patch, atol=1e-4, rtol=1e-4)


def test_cells_are_listed_once_and_thinned_evenly():
    chosen = torch.zeros(2, 20, dtype=torch.bool)
    chosen[0, 3:15], chosen[1, 7] = True, True
    numbers, valid = list_cells(chosen, 99)
    assert numbers[0].tolist() == list(range(3, 15))
    assert valid.sum(1).tolist() == [12, 1]
    assert int(numbers[1, 0]) == 7
    assert len(numbers[1].unique()) == 12
    thinned, _ = list_cells(chosen, 4)
    assert thinned[0].tolist() == [3, 6, 9, 12]


@pytest.mark.parametrize(
    ("key", "value"), [("half", 0), ("eighth", -1), ("most_keys", 0), ("dilations", (1, 0)), ("score_channels", 0)]
)
def test_a_config_that_cannot_work_is_refused(key, value):
    with pytest.raises(ConfigError, match=rf"{key} is .*at least 1"):
        SpatialConfig(**{key: value})


def test_the_default_is_light():
    count = sum(p.numel() for p in SpatialAggregation().parameters())
    assert 200_000 < count < 600_000
