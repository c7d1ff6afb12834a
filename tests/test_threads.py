"""Libraries keep to one core while small operations follow each other, and only then."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from stranet.threads import one_thread_each


def threads() -> tuple[int, int, list[int]]:
    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return torch.get_num_threads(), cv2.getNumThreads(), blas


@pytest.fixture(autouse=True)
def _several() -> Iterator[None]:
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(3)
    cv2.setNumThreads(4)
    with threadpool_limits(2, user_api="blas"):
        yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def test_one_thread_each_and_back() -> None:
    before = threads()
    assert before[:2] == (3, 4)
    with one_thread_each():
        of_torch, of_opencv, of_blas = threads()
        assert (of_torch, of_opencv) == (1, 1)
        assert set(of_blas) <= {1}
    assert threads() == before


def test_back_after_an_error() -> None:
    before = threads()
    with pytest.raises(KeyError), one_thread_each():
        raise KeyError
    assert threads() == before
