"""How near the network comes to what the machine can do: operations and bytes counted, rate reached.

    python experiments/roofline.py [--references 20] [--box 192x184] [--frame 480x270]

Counted are the encoder on a whole frame and the temporal aggregation on the box of a hole, with two candidates a
reference, and the spatial correction of a box. Every operator counts with the bytes that it reads and writes, as if
nothing stayed in a cache, and with its multiplications and additions: those of convolutions and matrix products from
their shapes, one for each value that comes out of any other. The two limits are measured: a matrix product of 1024
squared, and a copy of 64 MB. One thread, as each of the frames that are worked on at once has.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import cv2
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from stranet.model.aggregation import FEATURE_SIDE, Candidates, Target
from stranet.model.candidates import Reference, align_candidates
from stranet.model.compositions import compose
from stranet.model.weights import load_model
from stranet.words import parse_size

FREE = ("view", "as_strided", "expand", "permute", "transpose", "slice", "select", "unsqueeze", "squeeze", "detach")
"""Operators that move nothing."""


class Count(TorchDispatchMode):
    """Bytes, and operations but for convolutions and matrix products."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = self.operations = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not any(name in func.__name__ for name in FREE):
            made = [leaf for leaf in tree_leaves(out) if isinstance(leaf, Tensor)]
            read = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
            self.bytes += sum(leaf.numel() * leaf.element_size() for leaf in (*made, *read))
            self.operations += sum(leaf.numel() for leaf in made)
        return out


def best_of(work: Callable[[], object], repeats: int = 7) -> float:
    """Least seconds."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def limits() -> tuple[float, float]:
    """Operations and bytes a second."""
    square, long = torch.rand(1024, 1024), torch.rand(16 << 20)
    there = torch.empty_like(long)
    product = 2 * 1024**3 / best_of(lambda: square @ square)
    copy = 2 * 4 * len(long) / best_of(lambda: there.copy_(long))
    return product, copy


@torch.inference_mode()
def main() -> None:
    """Count, measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--references", type=int, default=20)
    words.add_argument("--box", type=parse_size, default=parse_size("192x184"))
    words.add_argument("--frame", type=parse_size, default=parse_size("480x270"))
    given = words.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    peak, copy = limits()
    print(f"limits: {peak / 1e9:.0f} GFLOP/s, {copy / 1e9:.1f} GB/s; balance {peak / copy:.0f} operations a byte")
    print(f"{'part':<24}{'GFLOP':>8}{'GB':>8}{'ms':>8}{'GFLOP/s':>9}{'GB/s':>7}{'of the limit':>14}")
    for name, work in parts(given.references, given.box, given.frame).items():
        with FlopCounterMode(display=False) as flops, Count() as count:
            work()
        operations, seconds = flops.get_total_flops() + count.operations, best_of(work)
        bound = max(operations / peak, count.bytes / copy)
        print(
            f"{name:<24}{operations / 1e9:8.2f}{count.bytes / 1e9:8.3f}{1e3 * seconds:8.1f}"
            f"{operations / seconds / 1e9:9.1f}{count.bytes / seconds / 1e9:7.1f}{bound / seconds:14.0%}"
        )


def parts(count: int, box: Any, frame: Any) -> dict[str, Callable[[], object]]:
    """What is counted, on made-up pictures."""
    torch.manual_seed(0)
    model = load_model()
    planes = torch.rand(1, 5, frame.height, frame.width)
    planes[:, 3:] = 1
    features = model.temporal.encode(planes)
    hole = torch.zeros(1, 1, box.height, box.width, dtype=torch.bool)
    hole[..., 40:-40, 40:-40] = True
    grid = torch.stack(torch.meshgrid(torch.arange(box.width), torch.arange(box.height), indexing="xy")).float()
    position = (grid + 0.3)[None, None].repeat(1, 2 * count, 1, 1, 1)
    reference, is_flow = torch.arange(count).repeat(2), torch.arange(2 * count) >= count
    own = tuple(
        part[..., : -(-box.height // FEATURE_SIDE), : -(-box.width // FEATURE_SIDE)].float() for part in features
    )
    target = Target(planes[:, :3, : box.height, : box.width], ~hole, own)

    def warped() -> Candidates:
        references = (Reference(planes, tuple(part.float() for part in features)) for _ in range(count))
        return align_candidates(target, references, position, reference, is_flow, torch.ones(1, count), light=True)

    candidates = warped()
    composed = compose(target.image, ~hole)
    return {
        "encoder, whole frame": lambda: model.temporal.encode(planes),
        "warping, light": warped,
        "temporal aggregation": lambda: model.temporal(target, candidates),
        "spatial correction": lambda: model.spatial(target.image, hole, ~hole, composed),
    }


if __name__ == "__main__":
    main()
