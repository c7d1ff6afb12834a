"""The masked softmax, and the greedy choice of few sources."""

from __future__ import annotations

import torch

from stranet.model.attention import choose_sources, few_sources, masked_softmax


def test_softmax_sums_to_one_where_visible_and_to_zero_elsewhere():
    generator = torch.Generator().manual_seed(0)
    score = torch.randn(6, 1, 9, 11, generator=generator) * 1000
    visible = torch.rand(6, 1, 9, 11, generator=generator) > 0.7
    weight = masked_softmax(score.clone(), visible, axis=0)
    torch.testing.assert_close(weight.sum(0), visible.any(0).float())
    assert not weight[~visible].any()
    among = score.masked_fill(~visible, float("-inf"))
    expected = torch.where(visible.any(0), among.softmax(0), 0.0)
    torch.testing.assert_close(weight, expected)


def test_few_sources_give_detail_only_where_they_offer_it():
    generator = torch.Generator().manual_seed(1)
    energy = torch.rand(5, 1, 12, 10, generator=generator) * 0.2
    offered = torch.rand(5, 1, 12, 10, generator=generator) > 0.5
    offered[0] = False
    hole = torch.ones(1, 1, 12, 10, dtype=torch.bool)
    sources = few_sources(energy, offered, hole, 0.004)
    assert sources.candidates
    assert 0 not in sources.candidates
    torch.testing.assert_close(sources.attention.sum(0), offered[sources.candidates].any(0).float())
    nothing = few_sources(energy, torch.zeros_like(offered), hole, 0.004)
    assert nothing.candidates == []
    assert nothing.attention.shape == (0, 1, 12, 10)


def test_greedy_choice_takes_coverage_first_then_the_best_then_stops():
    energy = torch.tensor([[0.1, 0.1, 0.1, 0.1], [0.0, 0.0, 0.0, 0.0], [0.2, 0.2, 0.2, 0.2]]).view(3, 1, 2, 2)
    usable = torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]]).bool().view(3, 1, 2, 2)
    assert choose_sources(energy, usable, most=3, worthwhile=1e-4) == [0, 2, 1]
    assert choose_sources(energy, usable, most=2, worthwhile=1e-4) == [0, 2]
    assert choose_sources(energy, usable, most=3, worthwhile=0.06) == [0, 2]
    assert choose_sources(energy, torch.zeros_like(usable), most=3, worthwhile=1e-4) == []


def test_greedy_choice_is_distinct_bounded_and_covers_what_it_can():
    generator = torch.Generator().manual_seed(2)
    for _ in range(20):
        energy = torch.rand(8, 1, 6, 6, generator=generator) * 0.25
        usable = torch.rand(8, 1, 6, 6, generator=generator) > 0.6
        chosen = choose_sources(energy, usable, most=8, worthwhile=1e-6)
        assert len(set(chosen)) == len(chosen) <= 8
        assert torch.equal(usable[chosen].any(0), usable.any(0))
        assert choose_sources(energy, usable, most=3, worthwhile=1e-6) == chosen[:3]
