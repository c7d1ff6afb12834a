"""Gain and offset of light: limited, and taken from what both show."""

from __future__ import annotations

import pytest
import torch

from stranet.geometry.scale import to_tensor
from stranet.model.light import GAINS, LARGEST, light_gain, match_light
from textures import texture

HEIGHT, WIDTH = 64, 96


def light_offset(target, aligned, both, factor):
    """What matching adds."""
    return match_light(target, aligned, both, factor).on(aligned) - aligned


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
    assert light_offset(image + 2 * LARGEST, image, ring(), 1).abs().max() < 1e-5


def test_never_more_than_the_largest():
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.rand(1, 3, HEIGHT, WIDTH, generator=generator) for _ in range(2))
    low, high = GAINS
    for target in (one, one * 0.2, one * 3):
        gain = light_gain(target, other, ring(), 1)
        assert ((gain >= low) & (gain <= high)).all()
        assert (light_offset(target, other, ring(), 1) - (gain - 1) * other).abs().max() <= LARGEST


def test_what_lies_in_the_hole_has_no_say():
    image = picture()
    aligned = image - 0.03
    poisoned = torch.where(ring(), image, image + 0.05)
    torch.testing.assert_close(light_offset(poisoned, aligned, ring(), 1), light_offset(image, aligned, ring(), 1))


def test_nothing_shown_by_both_gives_no_offset():
    image = picture()
    assert not light_offset(image, image + 0.05, torch.zeros_like(ring()), 1).any()


EXPOSURES = [(0.8, 0.05), (0.75, 0.0), (1.25, -0.05), (1.3, 0.0), (1.0, 0.0)]


def exposed(image: torch.Tensor, gain: float, offset: float) -> torch.Tensor:
    return (image - offset) / gain


@pytest.mark.parametrize(("gain", "offset"), EXPOSURES)
@pytest.mark.parametrize("factor", [1, 2])
def test_a_change_of_exposure_is_undone_also_inside_the_hole(gain, offset, factor):
    image = picture()
    aligned = exposed(image, gain, offset)
    assert (light_gain(image, aligned, ring(), factor) - gain).abs().max() < 1e-2
    matched = aligned + light_offset(image, aligned, ring(), factor)
    torch.testing.assert_close(matched, image, atol=1e-2, rtol=0)


def test_every_colour_has_its_own_gain():
    image = picture()
    gains = torch.tensor([0.8, 1.0, 1.2]).view(1, 3, 1, 1)
    assert (light_gain(image * gains, image, ring(), 1) - gains).abs().max() < 1e-2


@pytest.mark.parametrize(("gain", "offset"), EXPOSURES)
def test_another_object_in_the_ring_has_no_say(gain, offset):
    image = picture()
    aligned = exposed(image, gain, offset)
    target = image.clone()
    target[..., :20, :40] = torch.tensor([0.1, 0.9, 0.3]).view(3, 1, 1)  # a sixth of what both show
    assert (light_gain(target, aligned, ring(), 1) - gain).abs().max() < 1e-2


def test_noise_in_both_does_not_pull_the_gain():
    """A regression gives 0.88 here."""
    image, generator = picture(), torch.Generator().manual_seed(1)
    noise = 0.04 * torch.randn(2, 12, *image.shape, generator=generator)
    gains = torch.stack([light_gain(image + one, image + other, ring(), 1) for one, other in zip(*noise, strict=True)])
    assert abs(gains.mean() - 1) < 0.02


def test_a_slope_of_light_is_not_a_gain():
    image = picture()
    slope = torch.linspace(-0.04, 0.04, WIDTH).expand(1, 3, HEIGHT, WIDTH)
    assert (light_gain(image + slope, image, ring(), 1) - 1).abs().max() < 0.03


def test_flat_areas_show_no_gain():
    generator = torch.Generator().manual_seed(2)
    flat = torch.full((1, 3, HEIGHT, WIDTH), 0.5)
    grain = 0.002 * torch.randn(flat.shape, generator=generator)
    assert (light_gain(flat + 2 * grain, flat + grain, ring(), 1) - 1).abs().max() < 0.1
    assert (light_gain(flat * 0.9, flat, ring(), 1) - 1).abs().max() < 1e-3
    matched = flat + light_offset(flat * 0.9, flat, ring(), 1)
    torch.testing.assert_close(matched, flat * 0.9, atol=1e-3, rtol=0)


def test_a_thin_ring_says_less():
    """Unrelated detail in a few pixels is no evidence; where all agrees, a few are enough."""
    image = picture()
    thin = torch.zeros_like(ring())
    thin[..., 16:48, 26:30] = True
    clear = light_gain(image * 0.8, image, thin, 1)
    assert (clear - 0.8).abs().max() < 0.05
    generator = torch.Generator().manual_seed(3)
    blurred = image * 0.8 + 0.03 * torch.randn(image.shape, generator=generator)
    doubtful, sure = (light_gain(blurred, image, shown, 1) for shown in (thin, ring()))
    assert ((sure - 1).abs() > (doubtful - 1).abs()).all()


def test_unrelated_pictures_have_no_gain():
    generator = torch.Generator().manual_seed(4)
    one, other = (torch.rand(1, 3, HEIGHT, WIDTH, generator=generator) for _ in range(2))
    assert (light_gain(one * 0.8, other, ring(), 1) - 1).abs().max() < 0.05


def test_an_empty_ring_gives_no_gain():
    image = picture()
    assert (light_gain(image, image * 0.8, torch.zeros_like(ring()), 1) == 1).all()


def test_the_gain_is_a_constant_for_gradients():
    image = picture()
    aligned = exposed(image, 0.8, 0.0).requires_grad_()
    (aligned + light_offset(image, aligned, ring(), 1)).sum().backward()
    assert aligned.grad is not None
    assert aligned.grad.isfinite().all()
