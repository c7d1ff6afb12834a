"""Arrays outside the heap."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stranet.device import room
from stranet.pages import on_own_pages


@pytest.mark.parametrize("shape", [(3, 5, 2), (0, 2), (1,), ()])
@pytest.mark.parametrize("dtype", [np.bool_, np.float16, np.float32])
def test_a_copy_is_equal_and_stands_alone(shape: tuple[int, ...], dtype: type) -> None:
    array = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    copy = on_own_pages(array)
    assert copy.dtype == array.dtype
    np.testing.assert_array_equal(copy, array, strict=True)
    copy[...] = 1 - array.astype(np.float32)
    assert not (copy == array).any()


def test_a_view_is_copied_as_it_is_seen() -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6)
    np.testing.assert_array_equal(on_own_pages(array.T[::-1]), array.T[::-1])


@pytest.mark.parametrize("kind", [torch.bool, torch.float16, torch.float32])
@pytest.mark.parametrize("side", [3, 1100])  # in the heap, and on pages of its own
def test_room_for_a_tensor_is_its_own(kind: torch.dtype, side: int) -> None:
    shape = (2, side, side)
    one, other = (room(shape, kind, torch.device("cpu")) for _ in range(2))
    assert (one.shape, one.dtype, one.device.type) == (shape, kind, "cpu")
    values = torch.rand(shape, generator=torch.Generator().manual_seed(side)).round().to(kind)
    one.copy_(values)
    other.fill_(0)
    del other
    torch.testing.assert_close(one, values, atol=0, rtol=0)
    assert one.is_contiguous()
