"""STRANet.forward, the whole figure on tensors."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stranet.geometry.scale import downsample, to_tensor, upsample
from stranet.model.config import STRANetConfig
from stranet.model.spatial import SpatialConfig
from stranet.model.stranet import STRANet, full_positions, low_planes
from stranet.model.temporal import TemporalConfig
from textures import texture

SMALL = STRANetConfig(
    TemporalConfig(fine=4, coarse=8, keys=8, decoder=16),
    SpatialConfig(half=8, quarter=8, eighth=16, dilations=(1, 2), score_channels=8),
)


def network(seed: int = 0) -> STRANet:
    torch.manual_seed(seed)
    return STRANet(SMALL)


def still_clip(factor: int, height: int = 32, width: int = 48) -> tuple[Tensor, Tensor, Tensor]:
    """A camera at rest: frames (1, 3, 3, H, W), holes, truth (1, 3, H, W)."""
    truth = to_tensor(texture(height * factor, width * factor))
    holes = torch.zeros(1, 3, 1, height * factor, width * factor, dtype=torch.bool)
    for index in range(3):
        left = (8 + 10 * index) * factor
        holes[0, index, 0, 10 * factor : 20 * factor, left : left + 10 * factor] = True
    frames = truth[:, None].expand(-1, 3, -1, -1, -1) * ~holes
    return frames, holes, truth


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_an_untrained_network_copies_a_still_scene_with_its_detail(factor):
    frames, holes, truth = still_clip(factor)
    with torch.no_grad():
        output = network()(frames, holes, factor)
    missed = (output.image - truth).abs()[holes[:, 0].expand(-1, 3, -1, -1)]
    plain = (upsample(output.temporal.image, factor) - truth).abs()[holes[:, 0].expand(-1, 3, -1, -1)]
    assert missed.mean() < 0.01
    assert missed.mean() < 0.5 * plain.mean() or factor == 1  # detail comes from full resolution
    assert torch.equal(output.image[~holes[:, 0].expand(-1, 3, -1, -1)], truth[~holes[:, 0].expand(-1, 3, -1, -1)])
    assert not output.temporal.leftover.any()


def test_what_nobody_shows_is_filled_by_the_spatial_aggregation():
    frames, holes, _ = still_clip(2)
    holes[:] = holes[:, :1]
    frames = frames * ~holes
    with torch.no_grad():
        output = network()(frames, holes, 2)
    assert torch.equal(output.temporal.leftover, downsample(holes[:, 0].float(), 2) > 0)
    assert output.image.isfinite().all()
    inside = output.image[holes[:, 0].expand(-1, 3, -1, -1)]
    assert inside.mean() > 0.2  # no blank is left


def test_a_batch_is_its_clips():
    first, second = still_clip(2), still_clip(2)
    frames = torch.cat((first[0], second[0].flip(-1)))
    holes = torch.cat((first[1], second[1].flip(-1)))
    net = network()
    with torch.no_grad():
        both = net(frames, holes, 2).image
        for index in range(2):
            alone = net(frames[index : index + 1], holes[index : index + 1], 2).image
            torch.testing.assert_close(both[index : index + 1], alone, atol=1e-4, rtol=0)


def test_every_box_can_learn_from_the_result():
    frames, holes, truth = still_clip(2)
    holes[:, :, :, 12:52, 30:80] = True  # and something that nobody shows
    net = network()
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    output = net(frames * ~holes, holes, 2)
    ((output.image - truth).abs().mean() + output.position.mean() * 1e-3).backward()
    for box in ("affine", "flow", "temporal", "spatial"):
        gradients = [p.grad for p in getattr(net, box).parameters() if p.grad is not None]
        assert sum(float(g.abs().sum()) for g in gradients) > 0, box


def test_low_planes_show_nothing_of_the_hole():
    frames, holes, _ = still_clip(4)
    spoilt = torch.where(holes, torch.rand(frames.shape), frames)
    torch.testing.assert_close(
        low_planes(spoilt.flatten(0, 1), holes.flatten(0, 1), 4),
        low_planes(frames.flatten(0, 1), holes.flatten(0, 1), 4),
    )


def test_full_positions_of_no_motion_are_the_grid():
    from stranet.geometry.theta import position_grid

    torch.testing.assert_close(full_positions(position_grid(6, 8), 3), position_grid(18, 24))
