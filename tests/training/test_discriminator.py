"""The critic of the spatial stage, against critics whose slope is known."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from stranet.training.discriminator import (
    PENALTY_WEIGHT,
    SpatialDiscriminator,
    critic_loss,
    critic_terms,
    gradient_penalty,
)

SIZE = 32


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def leftover(batch: int = 2) -> Tensor:
    where = torch.zeros(batch, 1, SIZE, SIZE, dtype=torch.bool)
    where[:, :, 8:20, 4:24] = True
    return where


@pytest.fixture
def critic() -> SpatialDiscriminator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return SpatialDiscriminator(width=4)


@pytest.mark.parametrize("spectral", [False, True])
def test_layers_are_those_of_the_paper(spectral: bool):
    critic = SpatialDiscriminator(spectral=spectral)
    shapes = [tuple(layer.weight.shape) for layer in critic.layers if isinstance(layer, nn.Conv2d)]
    widths = (4, 64, 128, 256, 256, 256)
    expected = [(outputs, inputs, 5, 5) for inputs, outputs in pairwise(widths)]
    assert shapes == [*expected, (1, 256, 1, 1)]


def test_spectral_norm_bounds_every_convolution():
    critic = SpatialDiscriminator(width=4, spectral=True)
    for _ in range(30):  # its power iteration moves one step with every pass
        critic(noise(1, 3, SIZE, SIZE), leftover(1))
    for layer in critic.layers:
        if isinstance(layer, nn.Conv2d):
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("size", [(1, 1), (7, 50), (64, 64)])
def test_one_score_per_image_whatever_the_size(critic: SpatialDiscriminator, size: tuple[int, int]):
    image, where = noise(3, 3, *size), noise(3, 1, *size) > 0.5
    scores = critic(image, where)
    assert scores.shape == (3,)
    torch.testing.assert_close(critic(image[1:2], where[1:2]), scores[1:2])


def test_score_depends_on_image_and_leftover_and_trains_every_parameter(critic: SpatialDiscriminator):
    image, where = noise(2, 3, SIZE, SIZE), leftover()
    scores = critic(image, where)
    assert (critic(image.flip(1), where) != scores).all()
    assert (critic(image, ~where) != scores).all()
    scores.sum().backward()
    for name, parameter in critic.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any(), name


def linear(weight: Tensor):
    """A critic whose gradient is ``weight``, whatever the image."""
    return lambda image, where: (image * weight).sum((1, 2, 3))


def test_penalty_of_a_linear_critic_is_the_length_of_its_weights_in_the_leftover():
    weight = noise(3, SIZE, SIZE, seed=1) / 10
    where = leftover()
    where[1] = ~where[1]
    lengths = ((weight * where) ** 2).sum((1, 2, 3)).sqrt()
    assert lengths.amin() > 1
    real, fake = noise(2, 3, SIZE, SIZE), noise(2, 3, SIZE, SIZE, seed=2)
    value = gradient_penalty(linear(weight), real, fake, where)
    assert value.item() == pytest.approx(((lengths - 1) ** 2).mean().item(), rel=1e-5)
    unit = weight / lengths[0]
    assert gradient_penalty(linear(unit), real[:1], fake[:1], where[:1]).item() == pytest.approx(0, abs=1e-10)


def test_penalty_is_taken_between_truth_and_result():
    """The slope of half a square is the place itself: its length lies between those of truth and result."""
    real, fake = torch.full((64, 3, 4, 4), 1.0), torch.full((64, 3, 4, 4), 0.5)
    where = torch.ones(64, 1, 4, 4, dtype=torch.bool)
    seen: list[Tensor] = []

    def square(image: Tensor, where: Tensor) -> Tensor:
        seen.append(image.detach()[:, 0, 0, 0])
        return image.square().sum((1, 2, 3)) / 2

    value = gradient_penalty(square, real, fake, where)
    shares = seen[0]
    assert ((shares >= 0.5) & (shares <= 1)).all()
    assert shares.std() > 0.1
    torch.testing.assert_close(value, ((shares * 48**0.5 - 1) ** 2).mean())


def test_penalty_of_an_empty_leftover_is_zero_and_trains_nothing(critic: SpatialDiscriminator):
    real, fake = noise(2, 3, SIZE, SIZE), noise(2, 3, SIZE, SIZE, seed=1)
    value = gradient_penalty(critic, real, fake, torch.zeros(2, 1, SIZE, SIZE, dtype=torch.bool))
    gradients = torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)
    assert value.item() == 0
    assert not any(gradient.any() for gradient in gradients if gradient is not None)


def test_penalty_trains_the_critic_towards_slope_one(critic: SpatialDiscriminator):
    real, fake, where = noise(2, 3, SIZE, SIZE), noise(2, 3, SIZE, SIZE, seed=1), leftover()
    optimizer = torch.optim.Adam(critic.parameters(), 0.03)
    first = gradient_penalty(critic, real, fake, where)
    for _ in range(25):
        optimizer.zero_grad()
        gradient_penalty(critic, real, fake, where).backward()
        optimizer.step()
    assert gradient_penalty(critic, real, fake, where).item() < 0.5 * first.item()


def test_critic_terms_learn_to_tell_truth_from_results(critic: SpatialDiscriminator):
    real, where = noise(2, 3, SIZE, SIZE), leftover()
    fake = torch.where(where, torch.tensor(0.5), real).requires_grad_()
    optimizer = torch.optim.Adam(critic.parameters(), 0.03, betas=(0.5, 0.9))
    for _ in range(10):
        optimizer.zero_grad()
        torch.stack(list(critic_terms(critic, real, fake, where).values())).sum().backward()
        optimizer.step()
    assert fake.grad is None
    assert (critic(real, where) > critic(fake, where)).all()


def test_critic_terms_are_the_scores_and_ten_times_the_penalty():
    weight = torch.zeros(3, SIZE, SIZE)
    weight[0, 10, 10] = 3.0
    real, fake = torch.full((1, 3, SIZE, SIZE), 0.5), torch.full((1, 3, SIZE, SIZE), 0.25)
    terms = critic_terms(linear(weight), real, fake, leftover(1))
    assert terms["critic"].item() == pytest.approx(3 * 0.25 - 3 * 0.5)
    assert terms["gradient_penalty"].item() == pytest.approx(PENALTY_WEIGHT * (3 - 1) ** 2)
    assert critic_loss(torch.tensor([2.0, 4.0]), torch.tensor([1.0, 0.0])).item() == -2.5
