"""The spatial stage: what is asked of the network, and on which holes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from stranet.model.compositions import Compositions, compose
from stranet.model.spatial import SpatialAggregation, SpatialConfig
from stranet.training.batch import TrainingBatch, leftover_of
from stranet.training.discriminator import SpatialDiscriminator
from stranet.training.loss_weights import LossWeights
from stranet.training.losses import total
from stranet.training.spatial_steps import spatial_critic_terms, spatial_step

SIZE = 40


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_batch(seed: int = 0) -> TrainingBatch:
    """Two clips of three frames: a hole that stays nearly where it is, and one that jumps away."""
    image = torch.rand(2, 3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
    hole = torch.zeros(2, 3, 1, SIZE, SIZE, dtype=torch.bool)
    for frame in range(3):
        hole[0, frame, :, 10:20, 12 + 2 * frame : 24 + 2 * frame] = True
        hole[1, frame, :, 20:30, 10 * frame : 10 * frame + 10] = True
    values = {name: torch.zeros(0) for name in TrainingBatch._fields}
    return TrainingBatch(**(values | {"image": image, "hole": hole, "leftover": leftover_of(hole)}))


def make_network(seed: int = 0) -> SpatialAggregation:
    torch.manual_seed(seed)
    spatial = SpatialAggregation(SpatialConfig(half=4, quarter=6, eighth=8, dilations=(1,), score_channels=8))
    torch.nn.init.normal_(spatial.correct.weight, std=0.1)
    return spatial


def make_critic() -> SpatialDiscriminator:
    torch.manual_seed(1)
    return SpatialDiscriminator(width=2)


def pooled(image: Tensor) -> tuple[Tensor, ...]:
    """A feature network: the image at two sizes."""
    return image, torch.nn.functional.avg_pool2d(image, 4)


def test_leftovers_are_what_two_holes_have_in_common_or_the_whole_hole():
    batch = make_batch()
    leftover = leftover_of(batch.hole)
    assert torch.equal(leftover[0], batch.hole[0, 0] & batch.hole[0, 1])
    assert torch.equal(leftover[1], batch.hole[1, 0])


def test_terms_are_those_of_equation_1_and_the_critic_is_optional():
    batch, spatial = make_batch(), make_network()
    plain = spatial_step(spatial, batch).terms
    full = spatial_step(spatial, batch, pooled, make_critic()).terms
    assert set(plain) == {"hole_leftover", "reconstruction", "detail", "log_leftover"}
    assert set(full) == set(plain) | {"perceptual", "style", "adversarial"}
    for name, term in plain.items():
        torch.testing.assert_close(term, full[name])
    assert total(full, LossWeights()).isfinite()


def test_what_was_composed_beforehand_is_what_the_network_would_compose():
    batch, spatial = make_batch(), make_network()
    composed = compose(batch.image[:, 0], ~batch.leftover).images
    beforehand = spatial_step(spatial, batch._replace(composed=composed))
    torch.testing.assert_close(beforehand.output.image, spatial_step(spatial, batch).output.image)
    other = spatial_step(spatial, batch._replace(composed=composed * batch.leftover[:, None] * 0.5))
    assert not torch.equal(beforehand.output.image, other.output.image)


def test_outside_of_the_leftover_nothing_is_wrong():
    """So that both halves of equation 8 and equation 4 are one and the same here."""
    step = spatial_step(make_network(), make_batch())
    torch.testing.assert_close(step.terms["reconstruction"], step.terms["hole_leftover"])
    assert step.terms["hole_leftover"] > 0


def test_a_network_that_knows_the_truth_has_no_error():
    batch = make_batch()
    truth = batch.image[:, 0]

    def oracle(image: Tensor, leftover: Tensor, known: Tensor, composed: Compositions | None):
        assert not (leftover & known).any()
        return make_network()(image, leftover, known)._replace(image=truth)

    terms = spatial_step(oracle, batch, pooled).terms
    assert all(float(term) == 0 for term in terms.values())


def test_the_truth_in_the_leftover_is_hidden_from_the_network():
    batch, spatial = make_batch(), make_network()
    other = batch.image.clone()
    other[:, 0] = torch.where(batch.leftover, 1 - other[:, 0], other[:, 0])
    one, changed = spatial_step(spatial, batch), spatial_step(spatial, batch._replace(image=other))
    assert torch.equal(one.output.image, changed.output.image)
    assert not torch.equal(one.terms["hole_leftover"], changed.terms["hole_leftover"])


@pytest.mark.parametrize("name", ["hole_leftover", "reconstruction", "detail", "perceptual", "style", "adversarial"])
def test_every_term_reaches_every_parameter(name):
    spatial = make_network()
    step = spatial_step(spatial, make_batch(), pooled, make_critic())
    gradients = torch.autograd.grad(step.terms[name], list(spatial.parameters()))
    assert all(gradient.isfinite().all() and gradient.any() for gradient in gradients)


def test_the_critic_learns_and_the_network_gets_no_gradient_from_it():
    batch, spatial, critic = make_batch(), make_network(), make_critic()
    terms = spatial_critic_terms(spatial, batch, critic)
    assert set(terms) == {"critic", "gradient_penalty"}
    sum(terms.values(), start=torch.zeros(())).backward()
    assert all(p.grad is None for p in spatial.parameters())
    weights = [p.grad for p in critic.parameters() if p.ndim > 1]  # a bias may shift true and false scores alike
    assert all(gradient is not None and gradient.any() for gradient in weights)


def test_a_batch_without_holes_asks_for_nothing():
    batch, spatial = make_batch(), make_network()
    empty = batch._replace(leftover=torch.zeros_like(batch.leftover))
    step = spatial_step(spatial, empty, pooled, make_critic())
    assert torch.equal(step.output.image, batch.image[:, 0])
    assert step.terms["hole_leftover"].item() == 0
    total(step.terms, LossWeights()).backward()
    assert not any(p.grad.any() for p in spatial.parameters() if p.grad is not None)


def test_a_few_steps_lower_the_loss_several_fold():
    batch, spatial = make_batch(), make_network()
    smooth = torch.nn.functional.interpolate(batch.image[:, :, :, ::8, ::8].flatten(0, 1), size=SIZE, mode="bilinear")
    batch = batch._replace(image=smooth.view_as(batch.image))
    optimizer = torch.optim.Adam(spatial.parameters(), 1e-2)
    losses = []
    for _ in range(25):
        loss = spatial_step(spatial, batch).terms["hole_leftover"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 3
