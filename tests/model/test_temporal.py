"""The temporal network: begins as the unlearned aggregation, and learns without breaking its promises."""

from __future__ import annotations

import sys

import pytest
import torch
from torch import Tensor, nn

from stranet.device import at_once
from stranet.geometry.scale import to_tensor
from stranet.geometry.theta import position_grid
from stranet.model.aggregation import Candidates, Target
from stranet.model.candidates import Reference, align_candidates, sample_features
from stranet.model.energy import TOGETHER
from stranet.model.fixed_temporal import FixedTemporalAggregation, enlarge
from stranet.model.temporal import TemporalAggregation, TemporalConfig
from textures import texture

HEIGHT, WIDTH, REFERENCES = 40, 56, 3


def network(seed: int = 0, trained: bool = False, multiscale: bool = True) -> TemporalAggregation:
    """A small one; ``trained``: no weight is zero any more."""
    torch.manual_seed(seed)
    made = TemporalAggregation(TemporalConfig(fine=4, coarse=8, keys=8, decoder=16, multiscale=multiscale))
    if trained:
        for parameter in made.parameters():
            nn.init.normal_(parameter, std=0.1)
    return made


def frames(seed: int = 0) -> Tensor:
    """(T, 5, H, W) planes: target first, then brighter and noisier ones, each with a hole of its own."""
    generator = torch.Generator().manual_seed(seed)
    truth = to_tensor(texture(HEIGHT, WIDTH, seed))
    noise = torch.rand(REFERENCES + 1, 3, HEIGHT, WIDTH, generator=generator) - 0.5
    colour = truth + noise * torch.linspace(0, 0.15, REFERENCES + 1)[:, None, None, None]
    visible = torch.ones(REFERENCES + 1, 1, HEIGHT, WIDTH)
    visible[0, :, 10:30, 16:40] = 0
    visible[1:, :, 16:22, 20:30] = 0  # nobody shows this
    visible[2, :, 10:20, 30:50] = 0
    return torch.cat((colour * visible, visible, visible), 1)


def clip(
    net: TemporalAggregation,
    planes: Tensor,
    order: Tensor | None = None,
    light: bool = False,
    half: bool = False,
) -> tuple[Target, Candidates]:
    """Every reference twice, as the two branches give it, a little apart."""
    order = torch.arange(REFERENCES) if order is None else order
    own, others = planes[:1], planes[1:][order]
    grid = position_grid(HEIGHT, WIDTH)
    features = net.encode(planes)
    target = Target(own[:, :3], own[:, 3:4] > 0.5, tuple(scale[:1] for scale in features))
    references = [Reference(others[i : i + 1], net.encode(others[i : i + 1])) for i in range(REFERENCES)]
    shift = torch.tensor([0.0, 0.5])[:, None].repeat(1, REFERENCES).flatten()  # the second branch is half a pixel off
    position = grid[:, None] + shift[None, :, None, None, None] * torch.tensor([1.0, 0.0]).view(1, 1, 2, 1, 1)
    apart = (1.0 + order)[None]
    reference, is_flow = torch.arange(REFERENCES).repeat(2), torch.arange(2 * REFERENCES) >= REFERENCES
    return target, align_candidates(target, references, position, reference, is_flow, apart, light, half)


def test_untrained_it_is_nearly_the_unlearned_aggregation():
    net = network()
    with torch.no_grad():
        net.sharpness[0] = -20  # the cosine of untrained features says nothing
        target, candidates = clip(net, frames())
        learned, fixed = net(target, candidates), FixedTemporalAggregation()(target, candidates)
    torch.testing.assert_close(learned.energy, fixed.energy, atol=1e-5, rtol=0)
    torch.testing.assert_close(learned.attention, fixed.attention, atol=1e-3, rtol=0)
    hole = ~target.visible
    assert (learned.image - fixed.image)[hole.expand(-1, 3, -1, -1)].abs().max() < 0.01
    assert torch.equal(learned.leftover, fixed.leftover)


@pytest.mark.parametrize("multiscale", [True, False])
def test_attention_is_a_distribution_over_the_visible_and_leftover_is_seen_by_none(multiscale):
    net = network(trained=True, multiscale=multiscale)
    target, candidates = clip(net, frames())
    output = net(target, candidates)
    torch.testing.assert_close(output.attention.sum(1), candidates.visible.any(1).float())
    assert not output.attention[~candidates.visible].any()
    assert torch.equal(output.leftover, ~target.visible & ~candidates.visible.any(1))
    assert output.leftover.any()
    assert ((output.detail >= 0) & (output.detail <= 1)).all()


def test_permuting_references_permutes_attention_and_nothing_else():
    net = network(trained=True)
    order = torch.tensor([2, 0, 1])
    with torch.no_grad():
        plain = net(*clip(net, frames()))
        permuted = net(*clip(net, frames(), order))
    both = torch.cat((order, order + REFERENCES))
    torch.testing.assert_close(permuted.attention, plain.attention[:, both], atol=1e-4, rtol=0)
    torch.testing.assert_close(permuted.image, plain.image, atol=1e-4, rtol=0)


def test_doubt_is_the_energy_of_what_is_copied_however_many_there_are(monkeypatch: pytest.MonkeyPatch):
    """A few candidates at a time; in one sum they give the same."""
    monkeypatch.setattr("stranet.device.LARGE", 1)  # else so small ones are taken all at once
    generator = torch.Generator().manual_seed(0)
    attention = torch.rand(2, 2 * TOGETHER + 3, 1, 10, 13, generator=generator)
    prior = torch.rand(2, 2 * TOGETHER + 3, 1, 3, 4, generator=generator)
    found = network()._doubt(attention, prior)
    torch.testing.assert_close(found, (attention * enlarge(prior, attention[:, 0])).sum(1), atol=1e-5, rtol=0)


def test_every_parameter_receives_a_gradient():
    net = network(trained=True)
    output = net(*clip(net, frames()))
    (output.image.square().sum() + output.detail.sum() + output.energy.square().sum()).backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_reference_has_no_say_where_it_shows_nothing():
    net = network(trained=True)
    target, candidates = clip(net, frames())
    hidden = ~candidates.visible.expand(-1, -1, 3, -1, -1)
    other = candidates._replace(image=torch.where(hidden, torch.rand(candidates.image.shape), candidates.image))
    with torch.no_grad():
        torch.testing.assert_close(net(target, other).image, net(target, candidates).image, atol=1e-4, rtol=0)


def test_a_batch_is_its_clips():
    net = network(trained=True)
    clips = [clip(net, frames(seed)) for seed in (0, 1)]
    targets, candidates = zip(*clips, strict=True)

    def together(parts):
        first = parts[0]
        merged = {}
        for name in first._fields:
            values = [getattr(part, name) for part in parts]
            if name in ("reference", "is_flow"):
                merged[name] = values[0]
            elif isinstance(values[0], tuple):
                merged[name] = tuple(torch.cat(scale) for scale in zip(*values, strict=True))
            else:
                merged[name] = torch.cat(values)
        return type(first)(**merged)

    with torch.no_grad():
        batch = net(together(targets), together(candidates))
        for index, (target, candidate) in enumerate(clips):
            alone = net(target, candidate)
            torch.testing.assert_close(batch.image[index : index + 1], alone.image, atol=1e-4, rtol=0)
            torch.testing.assert_close(batch.attention[index : index + 1], alone.attention, atol=1e-4, rtol=0)


def test_all_candidates_at_once_as_on_an_accelerator_give_what_few_at_a_time_give(monkeypatch: pytest.MonkeyPatch):
    net = network(trained=True)
    monkeypatch.setattr("stranet.device.LARGE", 1)  # else so small ones are taken all at once on the CPU, too
    for module in ("candidates", "energy", "temporal"):
        monkeypatch.setattr(f"stranet.model.{module}.TOGETHER", 2)
    with torch.no_grad():
        few = net(*clip(net, frames(), light=True))
        for module in ("candidates", "energy", "temporal", "fixed_temporal"):
            monkeypatch.setattr(f"stranet.model.{module}.at_once", lambda few, device, positions=0: sys.maxsize)
        together = net(*clip(net, frames(), light=True))
    for name, plane in few._asdict().items():
        torch.testing.assert_close(getattr(together, name), plane, atol=1e-5, rtol=1e-5)


def test_on_the_cpu_few_planes_are_worked_on_at_once_and_elsewhere_all():
    assert at_once(8, torch.device("cpu")) == 8
    assert at_once(8, torch.device("cpu"), 1000 * 1000) == 8
    assert at_once(8, torch.device("cpu"), 100 * 100) == 32
    assert at_once(8, torch.device("cuda")) > 1_000_000


def test_half_precision_changes_less_than_an_eighth_of_a_level():
    net = network()
    with torch.no_grad():
        (target, whole), (_, half) = (clip(net, frames(), half=half) for half in (False, True))
        one, other = net(target, whole), net(target, half)
    assert {plane.dtype for plane in (half.image, *half.features)} == {torch.float16}
    torch.testing.assert_close(half.image.float(), whole.image, atol=2**-11, rtol=0)
    assert other.image.dtype == torch.float32
    assert (other.image - one.image).abs().mean() < 1 / 255 / 8


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (17, 30)])
def test_small_and_odd_boxes(size):
    net = network(trained=True)
    height, width = size
    planes = torch.rand(2, 5, HEIGHT, WIDTH)
    planes[:, 3:] = 1
    features = net.encode(planes[:1])
    grid = position_grid(height, width) + 3
    shown = torch.zeros(1, 1, height, width, dtype=torch.bool)
    target = Target(planes[:1, :3, 3 : 3 + height, 3 : 3 + width], shown, sample_features(features, grid))
    position = grid[:, None]
    reference = [Reference(planes[1:], net.encode(planes[1:]))]
    only, registered = torch.tensor([0]), torch.tensor([False])
    candidates = align_candidates(target, reference, position, only, registered, torch.ones(1, 1), light=True)
    with torch.no_grad():
        output = net(target, candidates)
    assert output.image.shape == (1, 3, height, width)
    assert output.image.isfinite().all()


def test_features_sampled_where_nothing_moves_are_the_features():
    net = network(trained=True)
    with torch.no_grad():
        features = net.encode(frames()[:1])
    for moved, plain in zip(sample_features(features, position_grid(HEIGHT, WIDTH)), features, strict=True):
        torch.testing.assert_close(moved, plain, atol=1e-4, rtol=1e-4)


def test_a_tiny_network_overfits_one_clip():
    """Every reference is darker than the target; copying cannot mend that, the decoder can."""
    torch.manual_seed(0)
    net, planes = network(), frames()
    truth = to_tensor(texture(HEIGHT, WIDTH, 0))
    planes[1:, :3] *= 0.8
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    errors: list[float] = []
    for _ in range(60):
        target, candidates = clip(net, planes)
        output = net(target, candidates)
        where = (~target.visible & output.seen).float()
        error = ((output.image - truth).abs() * where).sum() / where.sum()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(float(error.detach()))
    assert errors[-1] < 0.5 * errors[0]
