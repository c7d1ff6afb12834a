"""Terms of the loss that exact truth adds to the paper's: closed forms, and where their gradients go."""

from __future__ import annotations

import math

import pytest
import torch
from small_planes import LEFT, SIZE, TOP, flat, noise, region

from stranet.geometry.theta import identity_theta, position_grid, theta_positions
from stranet.training import losses

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


def test_log_leftover_counts_factors_and_not_differences():
    truth, where = flat(0.2), region(LEFT)
    assert losses.log_leftover_loss(truth, truth, where).item() == 0
    small, large = (losses.log_leftover_loss(flat(0.2 + by), truth, where).item() for by in (0.02, 0.2))
    assert small == pytest.approx(math.log1p(0.02**2 / losses.LEAST_ERROR), rel=1e-4)
    assert large - small == pytest.approx(math.log(100), abs=0.03)  # 20 dB
    outside = torch.where(where, truth, 0.9)
    assert losses.log_leftover_loss(outside, truth, where).item() == 0


def test_log_leftover_is_a_mean_over_clips_that_have_a_leftover():
    truth = flat(0.2).repeat(2, 1, 1, 1)
    where = torch.cat((region(LEFT), torch.zeros_like(region(LEFT))))
    both = losses.log_leftover_loss(truth + 0.1, truth, where)
    torch.testing.assert_close(both, losses.log_leftover_loss(truth[:1] + 0.1, truth[:1], where[:1]))
    assert losses.log_leftover_loss(truth + 0.1, truth, torch.zeros_like(where)).item() == 0


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
