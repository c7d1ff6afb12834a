"""The light offset: smooth, limited, and taken from what both show."""

from __future__ import annotations

import torch

from stranet.geometry.scale import to_tensor
from stranet.model.light import LARGEST, light_offset
from textures import texture

HEIGHT, WIDTH = 64, 96


def ring() -> torch.Tensor:
    shown = torch.ones(1, 1, HEIGHT, WIDTH, dtype=torch.bool)
    shown[..., 20:44, 30:66] = False
    return shown


def picture() -> torch.Tensor:
    return to_tensor(texture(HEIGHT, WIDTH)) * 0.6 + 0.2


def test_a_constant_offset_is_recovered_everywhere():
    image = picture()
    shift = torch.tensor([0.05, -0.04, 0.02]).view(1, 3, 1, 1)
    offset = light_offset(image + shift, image, ring(), 2)
    torch.testing.assert_close(offset, shift.expand_as(offset), atol=1e-5, rtol=0)


def test_a_slow_slope_of_light_is_followed_into_the_hole():
    image = picture()
    slope = torch.linspace(-0.04, 0.04, WIDTH).expand(1, 3, HEIGHT, WIDTH)
    offset = light_offset(image + slope, image, ring(), 1)
    assert (offset - slope).abs().max() < 0.02


def test_every_reference_has_its_own_light():
    image = picture()
    shift = torch.tensor([0.05, -0.05, 0.0]).view(3, 1, 1, 1)
    offset = light_offset(image, image + shift, ring().expand(3, -1, -1, -1), 1)
    torch.testing.assert_close(offset, (-shift).expand_as(offset), atol=1e-5, rtol=0)


def test_another_object_is_not_another_light():
    image = picture()
    assert not light_offset(image + 2 * LARGEST, image, ring(), 1).any()


def test_never_more_than_the_largest():
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.rand(1, 3, HEIGHT, WIDTH, generator=generator) for _ in range(2))
    assert light_offset(one, other, ring(), 2).abs().max() <= LARGEST


def test_what_lies_in_the_hole_has_no_say():
    image = picture()
    aligned = image - 0.03
    poisoned = torch.where(ring(), image, image + 0.05)
    torch.testing.assert_close(light_offset(poisoned, aligned, ring(), 1), light_offset(image, aligned, ring(), 1))


def test_nothing_shown_by_both_gives_no_offset():
    image = picture()
    assert not light_offset(image, image + 0.05, torch.zeros_like(ring()), 1).any()
