"""Every term of the loss on cases small enough to work out by hand, and where its gradients go."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from stranet.errors import ConfigError
from stranet.geometry.theta import identity_theta, position_grid, theta_positions
from stranet.training import losses
from stranet.training.loss_weights import LossWeights

SIZE = 6


def flat(value: float, batch: int = 1) -> Tensor:
    return torch.full((batch, 3, SIZE, SIZE), value)


def region(*clips: tuple[slice, slice] | None) -> Tensor:
    """(B, 1, SIZE, SIZE) bool, one rectangle or nothing per clip."""
    planes = torch.zeros(len(clips), 1, SIZE, SIZE, dtype=torch.bool)
    for plane, clip in zip(planes, clips, strict=True):
        if clip is not None:
            plane[0, clip[0], clip[1]] = True
    return planes


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


PAPER = ("align", "hole_visible", "hole_leftover", "non_hole", "perceptual", "style", "reconstruction", "adversarial")
LEFT = (slice(None), slice(0, 3))
TOP = (slice(0, 2), slice(None))


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


# --- what exact truth adds ---


def test_selection_is_the_regret_of_the_choice_and_trains_the_choice_only():
    truth = flat(0.5)
    aligned = torch.stack((flat(0.6), flat(0.9)), 1).requires_grad_()  # errors 0.1 and 0.4
    attention = torch.tensor([0.75, 0.25])[None, :, None, None, None].repeat(1, 1, 1, SIZE, SIZE).requires_grad_()
    value = losses.selection_loss(attention, aligned, truth, region(LEFT))
    assert value.item() == pytest.approx(0.25 * 0.3)
    value.backward()
    assert aligned.grad is None
    assert attention.grad is not None
    torch.testing.assert_close(attention.grad[0, :, 0, 0, 0], torch.tensor([0.1, 0.4]) / 18)
    assert not attention.grad[..., 3:].any()


def test_selection_of_a_perfect_choice_is_zero_even_if_a_better_candidate_is_not_visible():
    aligned, truth = noise(2, 4, 3, SIZE, SIZE), noise(2, 3, SIZE, SIZE, seed=1)
    everywhere = torch.ones(2, 1, SIZE, SIZE, dtype=torch.bool)
    error = (aligned - truth[:, None]).abs().mean(2, keepdim=True)
    best = torch.zeros_like(error).scatter(1, error.argmin(1, keepdim=True), 1.0)
    assert losses.selection_loss(best, aligned, truth, everywhere).item() == pytest.approx(0, abs=1e-7)
    visible = best == 0  # the best may not be chosen
    second = error.masked_fill(~visible, 9).argmin(1, keepdim=True)
    choice = torch.zeros_like(error).scatter(1, second, 1.0)
    assert losses.selection_loss(choice, aligned, truth, everywhere, visible).item() == pytest.approx(0, abs=1e-7)
    assert losses.selection_loss(choice, aligned, truth, everywhere).item() > 0.01


def test_energy_is_to_be_the_colour_error_where_a_candidate_is_needed_and_visible():
    truth, aligned = flat(0.5), torch.stack((flat(0.6), flat(0.9)), 1)
    visible = torch.stack((region(LEFT), region(TOP)), 1)
    hole = region(LEFT)  # 18 pixels of the first, 6 of the second
    energy = torch.full((1, 2, 1, SIZE, SIZE), 0.1, requires_grad=True)
    value = losses.energy_loss(energy, aligned, visible, truth, hole)
    assert value.item() == pytest.approx(6 * 0.3 / 24, abs=1e-6)
    value.backward()
    assert energy.grad is not None
    assert not energy.grad[~(visible & hole[:, None])].any()


def test_detail_sees_steps_and_no_constant():
    truth, where = flat(0.2), region(LEFT)
    assert losses.detail_loss(flat(0.7), truth, where).item() == pytest.approx(0, abs=1e-7)
    ramp = torch.arange(SIZE).float() * 0.1
    across = ramp.expand(1, 3, SIZE, SIZE)
    assert losses.detail_loss(across, truth, where).item() == pytest.approx(0.05)  # 0.1 along x, 0 along y
    assert losses.detail_loss(across.mT, truth, where).item() == pytest.approx(0.05)


def endpoint(pixels: float) -> float:
    return (pixels**2 + losses.SUBPIXEL**2) ** 0.5 - losses.SUBPIXEL


def test_flow_error_is_the_length_of_the_difference_at_every_level():
    true_flow = torch.zeros(1, 2, 8, 8)
    shown = torch.ones(1, 1, 8, 8, dtype=torch.bool)
    fine = torch.tensor([3.0, 4.0])[None, :, None, None].expand(1, 2, 8, 8)
    coarse = torch.tensor([0.0, 1.0])[None, :, None, None].expand(1, 2, 2, 2)
    expected = (endpoint(5) + endpoint(1)) / 2
    assert losses.flow_loss((coarse, fine), true_flow, shown).item() == pytest.approx(expected)


def test_flow_looks_at_what_is_known_and_shown_only():
    true_flow = noise(1, 2, 8, 8) * 10
    shown = torch.ones(1, 1, 8, 8, dtype=torch.bool)
    shown[..., :4, :] = False
    true_flow[..., 7, :] = float("nan")
    known = true_flow[..., 4:7, :]
    fine = torch.full((1, 2, 8, 8), 50.0)
    fine[..., 4:7, :] = known
    coarse = torch.full((1, 2, 2, 2), 50.0)
    coarse[..., 1, :] = torch.stack((known[..., :4].mean((2, 3)), known[..., 4:].mean((2, 3))), 2)
    fine.requires_grad_()
    value = losses.flow_loss((fine, coarse), true_flow, shown)
    assert value.item() == pytest.approx(0, abs=1e-5)
    (value + losses.flow_loss((fine - 1,), true_flow, shown)).backward()
    assert fine.grad is not None
    assert fine.grad.isfinite().all()
    assert fine.grad[..., 4:7, :].all()
    assert not fine.grad[..., :4, :].any()
    assert not fine.grad[..., 7, :].any()


def test_unknown_motion_costs_nothing():
    nowhere = torch.full((2, 2, 8, 8), float("nan"))
    flow = torch.ones(2, 2, 4, 4, requires_grad=True)
    theta = identity_theta(2).requires_grad_()
    shown = torch.ones(2, 1, 8, 8, dtype=torch.bool)
    value = losses.flow_loss((flow,), nowhere, shown) + losses.corner_loss(theta, nowhere)
    value.backward()
    assert value.item() == 0
    assert flow.grad is not None
    assert theta.grad is not None
    assert not flow.grad.any()
    assert not theta.grad.any()


def test_corner_is_the_distance_in_pixels():
    theta = identity_theta(1)
    still = position_grid(8, 16)
    assert losses.corner_loss(theta, still).item() == pytest.approx(0, abs=1e-5)
    moved = theta.clone()
    moved[0, 0, 2], moved[0, 1, 2] = 3 * 2 / 16, 4 * 2 / 8  # (3, 4) pixels
    assert losses.corner_loss(moved, still).item() == pytest.approx(endpoint(5), rel=1e-5)
    assert losses.corner_loss(moved, theta_positions(moved, 8, 16)).item() == pytest.approx(0, abs=1e-5)


def test_corner_keeps_its_precision_under_autocast():
    theta = identity_theta(1) + 0.01 * noise(1, 2, 3)
    true_position = theta_positions(theta, 8, 480)
    with torch.autocast("cpu", torch.bfloat16):
        assert losses.corner_loss(theta, true_position).item() == pytest.approx(0, abs=1e-5)
