"""Temporal attention: a distribution over what is visible, and nothing where nothing is."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stranet.geometry.scale import to_tensor
from stranet.model.aggregation import Candidates, Target, TemporalOutput
from stranet.model.attention import Sources, few_sources
from stranet.model.fixed_temporal import FixedTemporalAggregation, enlarge
from textures import texture

HEIGHT, WIDTH, COUNT = 40, 56, 5
HOLE = (..., slice(12, 28), slice(16, 40))


def clip(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Target, its visible map, noisy aligned candidates, their visible maps, distances."""
    generator = torch.Generator().manual_seed(seed)
    truth = to_tensor(texture(HEIGHT, WIDTH, seed))
    shown = torch.ones(1, 1, HEIGHT, WIDTH, dtype=torch.bool)
    shown[HOLE] = False
    noise = torch.rand(COUNT, 3, HEIGHT, WIDTH, generator=generator) - 0.5
    aligned = truth + noise * torch.linspace(0, 0.2, COUNT)[:, None, None, None]
    coarse = torch.rand(COUNT, 1, HEIGHT // 8, WIDTH // 8, generator=generator) > 0.4
    visible = coarse.repeat_interleave(8, 2).repeat_interleave(8, 3)
    visible[..., 18:22, 20:26] = False  # no candidate shows this part of the hole ...
    visible[..., 2:5, 2:5] = False  # ... nor this part of the surroundings
    return truth * shown, shown, aligned, visible, torch.arange(1.0, COUNT + 1)


def aggregate(
    target: Tensor,
    shown: Tensor,
    aligned: Tensor,
    visible: Tensor,
    apart: Tensor,
    is_flow: Tensor | None = None,
) -> TemporalOutput:
    position = torch.zeros(1, len(aligned), 2, *aligned.shape[-2:])
    order = torch.arange(len(aligned))
    is_flow = torch.zeros(len(aligned), dtype=torch.bool) if is_flow is None else is_flow
    candidates = Candidates(aligned[None], visible[None], visible[None], position, order, is_flow, apart[None])
    return FixedTemporalAggregation()(Target(target, shown), candidates)


def sources_of(output: TemporalOutput, visible: Tensor, shown: Tensor) -> Sources:
    return few_sources(enlarge(output.energy, shown)[0], visible, ~shown, FixedTemporalAggregation().temperature)


def test_attention_is_a_distribution_over_the_visible():
    inputs = clip()
    visible = inputs[3]
    attention = aggregate(*inputs).attention
    assert attention.shape == (1, COUNT, 1, HEIGHT, WIDTH)
    torch.testing.assert_close(attention.sum(1), visible.any(0, keepdim=True).float())
    assert not attention[0][~visible].any()


def test_leftover_is_the_part_of_the_hole_that_no_candidate_shows():
    inputs = clip()
    output = aggregate(*inputs)
    assert torch.equal(output.leftover, ~inputs[1] & ~inputs[3].any(0, keepdim=True))
    assert output.leftover.sum() > 0


def test_the_image_is_within_what_the_candidates_show():
    inputs = clip()
    image, visible, aligned = aggregate(*inputs).image, inputs[3], inputs[2]
    low = aligned.masked_fill(~visible, 9).amin(0, keepdim=True)
    high = aligned.masked_fill(~visible, -9).amax(0, keepdim=True)
    seen = visible.any(0, keepdim=True).expand_as(image)
    assert (image[seen] >= low[seen] - 1e-5).all()
    assert (image[seen] <= high[seen] + 1e-5).all()
    assert image.isfinite().all()


def test_permuting_references_permutes_attention_and_nothing_else():
    target, shown, aligned, visible, apart = clip()
    order = torch.tensor([3, 0, 4, 2, 1])
    plain = aggregate(target, shown, aligned, visible, apart)
    permuted = aggregate(target, shown, aligned[order], visible[order], apart[order])
    torch.testing.assert_close(permuted.attention, plain.attention[:, order], atol=1e-4, rtol=0)
    torch.testing.assert_close(permuted.image, plain.image, atol=1e-4, rtol=0)
    assert torch.equal(permuted.leftover, plain.leftover)
    sources, others = sources_of(plain, visible, shown), sources_of(permuted, visible[order], shown)
    assert [int(order[source]) for source in others.candidates] == sources.candidates


def test_what_is_not_visible_has_no_say():
    target, shown, aligned, visible, apart = clip()
    plain = aggregate(target, shown, aligned, visible, apart)
    generator = torch.Generator().manual_seed(1)
    other_aligned = torch.where(visible, aligned, torch.rand(aligned.shape, generator=generator))
    other_target = torch.where(shown, target, torch.rand(target.shape, generator=generator))
    other = aggregate(other_target, shown, other_aligned, visible, apart)
    torch.testing.assert_close(other.attention, plain.attention, atol=1e-4, rtol=0)
    torch.testing.assert_close(other.image, plain.image, atol=1e-4, rtol=0)


def test_the_candidate_that_matches_the_surroundings_wins():
    target, shown, aligned, visible, apart = clip()
    visible = torch.ones_like(visible)
    apart = torch.ones_like(apart)
    output = aggregate(target, shown, aligned, visible, apart)
    assert output.attention[0, 0][HOLE].mean() > 0.6  # the one without noise
    assert sources_of(output, visible, shown).candidates[0] == 0


def test_equal_candidates_the_nearest_in_time_wins():
    target, shown, aligned, visible, _ = clip()
    same = aligned[:1].expand(COUNT, -1, -1, -1)
    apart = torch.tensor([9.0, 30.0, 1.0, 20.0, 15.0])
    visible = torch.ones_like(visible)
    output = aggregate(target, shown, same, visible, apart)
    assert int(output.attention[0].mean((1, 2, 3)).argmax()) == 2
    assert sources_of(output, visible, shown).candidates == [2]


def test_equal_candidates_registration_wins_over_flow():
    target, shown, aligned, visible, apart = clip()
    same, visible = aligned[:1].expand(COUNT, -1, -1, -1), torch.ones_like(visible)
    is_flow = torch.tensor([True, True, False, True, True])
    output = aggregate(target, shown, same, visible, torch.ones_like(apart), is_flow)
    assert sources_of(output, visible, shown).candidates == [2]


def test_flow_wins_where_it_fits_clearly_better():
    target, shown, aligned, visible, apart = clip()
    visible = torch.ones_like(visible)
    is_flow = torch.arange(COUNT) == 0  # the one without noise
    output = aggregate(target, shown, aligned, visible, torch.ones_like(apart), is_flow)
    assert sources_of(output, visible, shown).candidates[0] == 0


def test_nothing_visible_leaves_the_whole_hole():
    target, shown, aligned, visible, apart = clip()
    output = aggregate(target, shown, aligned, torch.zeros_like(visible), apart)
    assert torch.equal(output.leftover, ~shown)
    assert not output.attention.any()
    assert output.image.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (33, 17)])
def test_small_and_odd_boxes(size):
    aligned = torch.rand(2, 3, *size)
    visible = torch.ones(2, 1, *size, dtype=torch.bool)
    output = aggregate(torch.zeros(1, 3, *size), torch.zeros_like(visible[:1]), aligned, visible, torch.ones(2))
    assert output.attention.shape == (1, 2, 1, *size)
    torch.testing.assert_close(output.attention.sum(1), torch.ones(1, 1, *size))
