"""The affine branch: identity at first, rounds that add up, a fit that leaves out what it is told to."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from stranet.errors import ConfigError
from stranet.geometry.scale import Scale
from stranet.geometry.theta import compose_theta, identity_theta, theta_positions
from stranet.model import affine
from stranet.model.affine import AffineNet, AffineRegistration, fit_affine
from stranet.model.low_frame import LowFrame
from stranet.types import Size
from textures import texture

HEIGHT, WIDTH = 36, 50


@pytest.fixture(autouse=True)
def _small_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affine, "INPUT_SIDE", 64)


def network(untrained: bool = False, **options: int) -> AffineNet:
    """A small one; unless ``untrained``, with a last layer that sees motion everywhere."""
    torch.manual_seed(0)
    net = AffineNet(channels=(4, 8, 8), keys=4, width=8, radius=2, **options)
    if not untrained:
        torch.nn.init.normal_(net.regressor.last.weight, std=0.1)
    return net


def planes(batch: int, seed: int = 0) -> Tensor:
    pictures = np.stack([texture(HEIGHT, WIDTH, seed + index) for index in range(batch)])
    colour = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    visible = torch.ones(batch, 1, HEIGHT, WIDTH)
    visible[..., 8:20, 10:25] = 0
    return torch.cat((colour, visible), 1)


def low(seed: int) -> LowFrame:
    return LowFrame.of(texture(HEIGHT, WIDTH, seed), None, Scale(Size(WIDTH, HEIGHT), 1))


def test_untrained_network_sees_no_motion():
    assert torch.equal(network(untrained=True)(planes(2), planes(2, 5)), identity_theta(2))


def test_rounds_compose():
    """Each adds to the one before; with a regressor that always says the same, they are its powers."""

    class Always(torch.nn.Module):
        def forward(self, seen: Tensor, both: Tensor) -> Tensor:
            return rest.expand(len(seen), -1, -1)

    rest = identity_theta(1) + 0.05 * torch.arange(6.0).view(1, 2, 3)
    net = network(iterations=3)
    net.regressor = Always()  # type: ignore[assignment]
    first, second, third = net.rounds(net.encode(planes(2)), net.encode(planes(2)))
    torch.testing.assert_close(first, rest.expand(2, -1, -1))
    torch.testing.assert_close(second, compose_theta(rest, first))
    torch.testing.assert_close(third, compose_theta(rest, second))


def test_later_rounds_see_the_reference_as_the_earlier_left_it():
    """A first round that finds the whole motion leaves nothing: the next compares the target with itself."""
    seen: list[Tensor] = []
    shift = identity_theta(1)
    shift[0, 0, 2] = 0.5  # a quarter of the frame to the right

    class FirstOnly(torch.nn.Module):
        def forward(self, compared: Tensor, both: Tensor) -> Tensor:
            seen.append(compared)
            return shift if len(seen) == 1 else identity_theta(1)

    net = network(iterations=3)
    net.regressor = FirstOnly()  # type: ignore[assignment]
    target = net.encode(planes(1))
    reference = tuple(scale.roll(scale.shape[-1] // 4, -1) for scale in target)
    net.rounds(target, reference)
    same = 2 * (2 * net.radius + 1) + net.radius  # the channel of no shift, in the cost volume
    before, after = (compared[0, same, :, :5] for compared in seen[:2])  # columns that are found inside
    torch.testing.assert_close(after, torch.ones_like(after), atol=1e-3, rtol=0)
    assert before.mean() < 0.99


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_every_parameter_receives_a_gradient(iterations):
    net = network(iterations=iterations)
    sum(theta.square().sum() for theta in net.rounds(net.encode(planes(2)), net.encode(planes(2, 5)))).backward()
    single = {"fine_key.weight", "fine_key.bias"} if iterations == 1 else set()
    without = {name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()}
    assert without == single


def test_pairs_of_a_batch_do_not_mix():
    net = network().eval()
    target, reference = planes(3), planes(3, 5)
    together = net(target, reference)
    alone = torch.cat([net(target[i : i + 1], reference[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    assert (together - identity_theta(3)).abs().max() > 1e-3


@pytest.mark.parametrize("size", [(1, 1), (7, 33), (97, 20)])
def test_frames_of_any_size(size):
    theta = network()(torch.rand(1, 4, *size), torch.rand(1, 4, *size))
    assert theta.shape == (1, 2, 3)
    assert theta.isfinite().all()


def test_fit_recovers_an_affine_motion_and_leaves_out_what_weighs_nothing():
    wanted = torch.tensor([[[0.3, -0.2, 0.1], [0.05, 0.4, -0.6]]])
    side = 12
    unit = (2 * theta_positions(identity_theta(1), side, side) + 1) / side - 1
    shift = torch.einsum("bij,bjhw->bihw", wanted[..., :2], unit) + wanted[..., 2, None, None]
    weight = torch.rand(1, 1, side, side, generator=torch.Generator().manual_seed(0))
    weight[..., 3:9, :5] = 0
    shift[..., 3:9, :5] = 50  # something moves on its own
    torch.testing.assert_close(fit_affine(shift, weight), wanted, atol=0.01, rtol=0)


def test_fit_to_nothing_is_no_motion():
    assert not fit_affine(torch.ones(2, 2, 4, 4), torch.zeros(2, 1, 4, 4)).any()


def test_registration_is_a_homography_between_low_frames():
    net = network(untrained=True)
    np.testing.assert_allclose(AffineRegistration(net)(low(0), low(1)), np.eye(3), atol=1e-9)

    torch.nn.init.constant_(net.regressor.last.bias, 0.5)  # half a position to the right and down, in every round
    found = AffineRegistration(net)(low(0), low(1))
    assert found is not None
    assert found.dtype == np.float64
    # 64 / 8 positions across in two rounds, 64 / 4 in the last; the ridge takes a thousandth.
    cells = 0.5 / 8 + 0.5 / 8 + 0.5 / 16
    np.testing.assert_allclose(found[:2, 2], [cells * WIDTH, cells * HEIGHT], rtol=0.01)


def test_registration_refuses_what_no_camera_does():
    net = network(untrained=True)
    torch.nn.init.zeros_(net.regressor.last.bias)
    net.forward = lambda target, reference: -identity_theta(1) * torch.tensor([[1.0], [-1.0]])  # mirrored
    assert AffineRegistration(net)(low(0), low(1)) is None


def test_no_rounds_are_refused():
    with pytest.raises(ConfigError, match=r"^iterations is 0, but must be at least 1$"):
        AffineNet(iterations=0)
