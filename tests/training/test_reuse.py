"""Batches that serve several times: every pass sees all of them, and a resumed training sees the same ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from stranet.data.images import ProceduralImages
from stranet.data.silhouettes import ProceduralSilhouettes
from stranet.data.synthetic import SyntheticClips, SyntheticOptions
from stranet.geometry.warp import warp
from stranet.training.batch import TrainingBatch, load_batches
from stranet.training.reuse import mirrored, reused

DISTINCT, SEED, CPU = 3, 7, torch.device("cpu")
SOURCE = SyntheticClips(ProceduralImages(size=(96, 128)), ProceduralSilhouettes(), SyntheticOptions(48, 2, 6), seed=5)


def load(asked: list[int] | None = None):
    """Loads batches, and notes which."""

    def batches(wanted: list[int]) -> Iterator[TrainingBatch]:
        for number, batch in zip(wanted, load_batches(SOURCE, 2, wanted), strict=True):
            if asked is not None:
                asked.append(number)
            yield batch

    return batches


def numbers(batches: list[TrainingBatch]) -> list[int]:
    """Which of the distinct batches each is, mirrored or not."""
    known = list(load_batches(SOURCE, 2, range(DISTINCT)))
    return [
        next(n for n, one in enumerate(known) if any(torch.equal(batch.image, o.image) for o in (one, mirrored(one))))
        for batch in batches
    ]


def test_every_pass_sees_every_batch_and_each_is_made_once():
    asked: list[int] = []
    seen = numbers(list(reused(load(asked), range(3 * DISTINCT), DISTINCT, SEED, CPU)))
    for turn in range(3):
        assert sorted(seen[turn * DISTINCT : (turn + 1) * DISTINCT]) == list(range(DISTINCT))
    assert sorted(asked) == list(range(DISTINCT))


def test_a_resumed_training_sees_what_an_unbroken_one_would_have_seen():
    whole = list(reused(load(), range(8), DISTINCT, SEED, CPU))
    rest = list(reused(load(), range(5, 8), DISTINCT, SEED, CPU))
    for one, other in zip(whole[5:], rest, strict=True):
        assert all(torch.equal(*pair) or pair[0].isnan().any() for pair in zip(one, other, strict=True))


def test_some_are_mirrored_and_some_are_not():
    known = list(load_batches(SOURCE, 2, range(DISTINCT)))
    plain = [any(torch.equal(b.image, k.image) for k in known) for b in reused(load(), range(12), DISTINCT, SEED, CPU)]
    assert any(plain)
    assert not all(plain)


@pytest.mark.parametrize("kind", ["position", "true_position"])
def test_a_mirrored_reference_is_found_where_the_mirrored_positions_say(kind):
    batch = next(load_batches(SOURCE, 2, range(1)))
    flipped = mirrored(batch)
    for one in range(2):
        position, reflected = (getattr(b, kind)[one, :1] for b in (batch, flipped))
        there = warp(batch.image[one, 1:2], position).image
        torch.testing.assert_close(warp(flipped.image[one, 1:2], reflected).image, there.flip(-1), atol=1e-4, rtol=0)


def test_mirrored_twice_is_the_same():
    batch = next(load_batches(SOURCE, 2, range(1)))
    for one, other in zip(batch, mirrored(mirrored(batch)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0, equal_nan=True)
