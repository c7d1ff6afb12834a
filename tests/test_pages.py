"""Arrays outside the heap."""

from __future__ import annotations

import numpy as np
import pytest

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
