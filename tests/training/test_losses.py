"""Every term of the loss on cases small enough to work out by hand, and where its gradients go."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from small_planes import LEFT, SIZE, TOP, flat, noise, region
from torch import Tensor

from stranet.errors import ConfigError
from stranet.training import losses
from stranet.training.loss_weights import LossWeights

PAPER = ("align", "hole_visible", "hole_leftover", "non_hole", "perceptual", "style", "reconstruction", "adversarial")


# --- equation 1 ---


def test_total_weighs_the_terms_as_equation_1_does():
    terms = {name: torch.tensor(1.0) for name in PAPER}
    assert losses.total(terms, LossWeights()).item() == pytest.approx(5 + 10 + 20 + 6 + 0.01 + 24 + 1.2 + 0.001)
    assert losses.total({"style": torch.tensor(0.5)}, LossWeights()).item() == 12
    others = {field.name for field in dataclasses.fields(LossWeights)} - set(PAPER)
    assert {getattr(LossWeights(), name) for name in others} == {0}


def test_total_refuses_unknown_terms_and_leaves_out_what_weighs_nothing():
    with pytest.raises(ValueError, match=r"no weight for the loss sytle; known are align, .*style"):
        losses.total({"sytle": torch.tensor(1.0)}, LossWeights())
    terms = {"flow": torch.tensor(float("nan")), "align": torch.tensor(2.0)}
    assert losses.total(terms, LossWeights()).item() == 10
    assert losses.total({}, LossWeights()).item() == 0


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_weights_are_finite_and_not_negative(value: float):
    with pytest.raises(ConfigError, match=r"style is .*, but must be 0 or more"):
        LossWeights(style=value)


# --- equations 2 to 5 and 8: colours in regions ---


def test_align_counts_every_pixel_that_both_show_once():
    image = flat(0.5)
    aligned = torch.stack((flat(0.6), flat(0.9)), 1)  # off by 0.1 and by 0.4
    visible = torch.stack((region(LEFT), region(TOP)), 1)  # 18 and 12 pixels
    no_hole = region(None)
    assert losses.align_loss(aligned, visible, image, no_hole).item() == pytest.approx((18 * 0.1 + 12 * 0.4) / 30)
    hole = region((slice(None), slice(0, 1)))  # takes 6 and 2 of them
    assert losses.align_loss(aligned, visible, image, hole).item() == pytest.approx((12 * 0.1 + 10 * 0.4) / 22)


def test_hole_losses_each_look_at_their_own_pixels():
    truth = flat(0.0)
    hole, seen = region(LEFT), region(TOP)
    image = torch.where(hole & seen, 0.1, torch.where(hole, 0.2, 0.4)).expand(1, 3, -1, -1)
    assert losses.hole_visible_loss(image, truth, hole, seen).item() == pytest.approx(0.1)
    assert losses.hole_leftover_loss(image, truth, hole & ~seen).item() == pytest.approx(0.2)
    assert losses.non_hole_loss(image, truth, hole).item() == pytest.approx(0.4)
    assert losses.reconstruction_loss(image, truth, hole & ~seen).item() == pytest.approx(0.2 + (0.6 + 7.2) / 24)


def test_a_mean_is_per_clip_and_a_clip_without_the_region_counts_as_nothing():
    truth = flat(0.0, 3)
    image = truth + torch.tensor([0.1, 0.5, 0.9])[:, None, None, None]
    small, large = region((slice(0, 1), slice(0, 1)), LEFT, None), region(LEFT, LEFT, None)
    assert losses.hole_leftover_loss(image, truth, small).item() == pytest.approx((0.1 + 0.5 + 0) / 3)
    assert losses.hole_leftover_loss(image, truth, large).item() == pytest.approx((0.1 + 0.5 + 0) / 3)


def colour_losses(image: Tensor, truth: Tensor, where: Tensor) -> dict[str, Tensor]:
    """All losses of an image in a region, with the hole everywhere else where two regions are wanted."""
    everything = torch.ones_like(where)
    return {
        "align": losses.align_loss(image[:, None], where[:, None], truth, ~everything),
        "hole_visible": losses.hole_visible_loss(image, truth, everything, where),
        "hole_leftover": losses.hole_leftover_loss(image, truth, where),
        "non_hole": losses.non_hole_loss(image, truth, ~where),
        "detail": losses.detail_loss(image, truth, where),
    }


NAMES = ("align", "hole_visible", "hole_leftover", "non_hole", "detail")


@pytest.mark.parametrize("name", NAMES)
def test_colour_losses_vanish_on_truth_and_pull_inside_the_region_only(name: str):
    truth, where = noise(2, 3, SIZE, SIZE), region(LEFT, TOP)
    assert colour_losses(truth, truth, where)[name].item() == 0
    image = noise(2, 3, SIZE, SIZE, seed=1).requires_grad_()
    colour_losses(image, truth, where)[name].backward()
    assert image.grad is not None
    if name == "detail":  # steps into a pixel and out of it may cancel
        assert not (image.grad * ~where).any()
        assert image.grad.count_nonzero() > 30
    else:
        expected = where / (3 * where.sum((1, 2, 3), keepdim=True)) / 2  # two clips
        torch.testing.assert_close(image.grad.abs(), expected.expand_as(image))


@pytest.mark.parametrize("name", NAMES)
def test_colour_losses_of_an_empty_region_are_zero_with_a_zero_gradient(name: str):
    image = noise(2, 3, SIZE, SIZE).requires_grad_()
    value = colour_losses(image, flat(0.3, 2), region(None, None))[name]
    value.backward()
    assert value.item() == 0
    assert image.grad is not None
    assert not image.grad.any()


def test_reconstruction_of_an_empty_leftover_is_the_rest():
    image = noise(1, 3, SIZE, SIZE).requires_grad_()
    value = losses.reconstruction_loss(image, flat(0.0), region(None))
    value.backward()
    assert value.item() == pytest.approx(image.mean().item())
    assert image.grad is not None
    assert image.grad.isfinite().all()


# --- equations 6, 7 and 9 ---


def test_perceptual_is_the_mean_difference_of_maps_of_any_size():
    ours = (torch.zeros(2, 3, 4, 4), torch.zeros(2, 5, 2, 2))
    true = (torch.full((2, 3, 4, 4), 0.5), torch.full((2, 5, 2, 2), -2.0))
    assert losses.perceptual_loss(ours, true).item() == pytest.approx((0.5 + 2) / 2)
    assert losses.perceptual_loss(true, true).item() == 0


def test_gram_is_what_an_explicit_loop_makes_it():
    features = noise(2, 3, 2, 5)
    expected = torch.zeros(2, 3, 3)
    for clip in range(2):
        for first in range(3):
            for second in range(3):
                for y in range(2):
                    for x in range(5):
                        expected[clip, first, second] += features[clip, first, y, x] * features[clip, second, y, x]
    torch.testing.assert_close(losses.gram(features), expected / (3 * 2 * 5))


def test_style_compares_correlations_whatever_their_place():
    ours, true = torch.full((1, 2, 2, 2), 2.0), torch.ones(1, 2, 2, 2)
    # Every inner product is 4 * 4 against 4 * 1, over 2 * 2 * 2 values.
    assert losses.style_loss((ours,), (true,)).item() == pytest.approx((16 - 4) / 8)
    features = noise(1, 4, 3, 5)
    assert losses.style_loss((features.flip(3),), (features,)).item() == pytest.approx(0, abs=1e-7)
    assert losses.perceptual_loss((features.flip(3),), (features,)).item() > 0.1


def test_gram_keeps_its_precision_under_autocast():
    features = noise(1, 3, 16, 16) + 8
    exact = losses.gram(features)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(losses.gram(features), exact)


def test_adversarial_wants_high_scores():
    scores = torch.tensor([1.0, 3.0], requires_grad=True)
    value = losses.adversarial_loss(scores)
    value.backward()
    assert value.item() == -2
    assert scores.grad is not None
    assert scores.grad.tolist() == [-0.5, -0.5]
