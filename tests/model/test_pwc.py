"""The flow network: its sizes and units, its protocol, and its checkpoints."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from stranet.errors import WeightsError
from stranet.model.flow import FlowEstimator
from stranet.model.pwc import NetworkFlow, PWCFlow, load_flow_checkpoint
from textures import texture


def network(untrained: bool = False) -> PWCFlow:
    """A small one; unless ``untrained``, with last layers that see motion everywhere."""
    torch.manual_seed(0)
    net = PWCFlow(channels=(4, 8, 8), keys=4, width=8, radius=1)
    if not untrained:
        nn.init.normal_(net.decoder.first.weight, std=0.1)
        nn.init.normal_(net.decoder.second.weight, std=0.1)
    return net


def grays(batch: int, height: int, width: int, seed: int = 0) -> Tensor:
    pictures = [cv2.cvtColor(texture(height, width, seed + index), cv2.COLOR_RGB2GRAY) for index in range(batch)]
    return torch.from_numpy(np.stack(pictures))[:, None].float() / 255


def test_untrained_network_sees_no_motion():
    assert not network(untrained=True)(grays(2, 32, 40), grays(2, 32, 40, 5)).flow.any()


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (33, 47), (5, 64)])
def test_sizes(size):
    height, width = size
    output = network()(torch.rand(2, 1, *size), torch.rand(2, 1, *size))
    assert output.flow.shape == (2, 2, *size)
    assert [level.shape[-2:] for level in output.levels] == [(-(-height // s), -(-width // s)) for s in (8, 4)]
    assert output.flow.isfinite().all()


def test_levels_are_in_pixels_of_the_frame():
    """A decoder that adds one position to the right at every level: 8 pixels at 1/8, then 4 more at 1/4."""

    class OneRight(nn.Module):
        def forward(self, seen: Tensor, flow: Tensor) -> Tensor:
            return flow + torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)

    net = network()
    net.decoder = OneRight()  # type: ignore[assignment]
    output = net(grays(1, 30, 44), grays(1, 30, 44))
    for plane, wanted in ((output.levels[0], 8), (output.levels[1], 12), (output.flow, 12)):
        assert (plane[:, 0] == wanted).all()
        assert not plane[:, 1].any()


def test_finer_levels_see_the_reference_as_the_coarser_left_it():
    """A decoder that finds the whole motion at 1/8: at 1/4 the target then agrees best where it is."""
    seen: list[Tensor] = []

    class Knows(nn.Module):
        def forward(self, compared: Tensor, flow: Tensor) -> Tensor:
            seen.append(compared)
            return flow + torch.tensor([1.0, 0.0]).view(1, 2, 1, 1) if len(seen) == 1 else flow

    net = network()
    net.decoder = Knows()  # type: ignore[assignment]
    scene = grays(1, 64, 104)
    net(scene[..., 8:], scene[..., :-8])  # found 8 pixels to the right
    before, after = 1 - seen[0][0, 4, 2:-2, 2:-3], 1 - seen[1][0, 4, 4:-4, 4:-6]  # the channel of no shift
    assert after.mean() < 0.03
    assert before.mean() > 0.5


def test_every_parameter_receives_a_gradient():
    net = network()
    output = net(grays(2, 32, 40), grays(2, 32, 40, 5))
    sum(level.abs().sum() for level in output.levels).backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in net.parameters())


def test_pairs_of_a_batch_do_not_mix():
    net = network().eval()
    target, reference = grays(3, 32, 40), grays(3, 32, 40, 5)
    together = net(target, reference).flow
    alone = torch.cat([net(target[i : i + 1], reference[i : i + 1]).flow for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)
    assert together.abs().max() > 0.01


def test_every_level_shares_one_decoder():
    counted = [sum(p.numel() for p in net.decoder.parameters()) for net in (PWCFlow(), PWCFlow((16, 32, 48)))]
    assert counted[0] == counted[1]
    assert 300_000 < sum(p.numel() for p in PWCFlow().parameters()) < 700_000


def test_network_is_a_flow_estimator():
    estimate: FlowEstimator = NetworkFlow(network())
    target, reference = (np.uint8(255 * grays(1, 33, 47, seed)[0, 0].numpy()) for seed in (0, 5))
    flow = estimate(target, reference)
    assert flow.shape == (33, 47, 2)
    assert flow.dtype == np.float32
    pair = [torch.from_numpy(plane)[None, None].float() / 255 for plane in (target, reference)]
    np.testing.assert_allclose(flow, network()(*pair).flow[0].detach().permute(1, 2, 0), atol=1e-5)


def test_checkpoint_of_half_precision_is_taken_as_it_is(tmp_path: Path):
    saved = {name: value.half() for name, value in network().state_dict().items()}
    save_file(saved, tmp_path / "flow.safetensors")
    loaded = load_flow_checkpoint(tmp_path / "flow.safetensors", network(untrained=True)).state_dict()
    assert all(torch.equal(loaded[name], value.float()) for name, value in saved.items())


def drop(tensors: dict[str, Tensor]) -> None:
    del tensors["decoder.first.bias"]


def add(tensors: dict[str, Tensor]) -> None:
    tensors["decoder.firmly"] = torch.ones(1)


def reshape(tensors: dict[str, Tensor]) -> None:
    tensors["decoder.first.bias"] = torch.zeros(3)


def spoil(tensors: dict[str, Tensor]) -> None:
    tensors["decoder.first.bias"] = torch.full((2,), torch.nan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop, "'decoder.first.bias' is missing"),
        (add, "'decoder.firmly' is not known"),
        (reshape, r"'decoder.first.bias' is \(3,\), but the network has \(2,\)"),
        (spoil, "'decoder.first.bias' holds values that are not finite"),
    ],
)
def test_checkpoint_of_another_network_is_refused(tmp_path: Path, change, message):
    tensors, path = network().state_dict(), tmp_path / "flow.safetensors"
    change(tensors)
    save_file(tensors, path)
    before = network(untrained=True)
    with pytest.raises(WeightsError, match=f"^{path}: tensor {message}"):
        load_flow_checkpoint(path, before)
    assert not before.decoder.first.weight.any(), "nothing is taken of a file that is refused"


@pytest.mark.parametrize("content", [None, b"", b"not weights at all"])
def test_unreadable_checkpoint_is_refused(tmp_path: Path, content):
    path = tmp_path / "flow.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=f"^{path}: flow weights cannot be read"):
        load_flow_checkpoint(path)
