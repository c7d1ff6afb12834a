"""How well objects are tracked: clips with true masks, prompted on their first frame only.

    python experiments/track_masks.py DATA [--clips dog car-shadow] [--prompts box mask] [--pictures FOLDER]

DATA holds a folder per clip with ``frames/`` and ``masks/`` (white or any label = the object), as DAVIS-2016 does. The
prompt is the bounding box of the first true mask, or that mask itself. Printed per clip, over all frames but the first:

- IoU of the tracked mask;
- recall: share of the object's pixels under the mask that ``stranet inpaint --box`` removes by default, generous and
  grown, precision: share of that mask that is the object, and how large it is, in multiples of the object;
- frames per second of reading and tracking together, and CPU time per frame.

Boxes leave the first frame in: its outline is found, not given.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt
from stranet.tracking.session import TrackSession
from stranet.tracking.write import tint
from stranet.types import HoleArray
from stranet.video.dilate import auto_dilate, effective_hole
from stranet.video.images import list_images, write_png
from stranet.video.marked import read_mask


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--clips", nargs="*", help="names; default: all")
    parser.add_argument("--prompts", nargs="*", default=["box", "mask"], choices=["box", "mask"])
    parser.add_argument("--pictures", type=Path, help="folder for every tenth frame with mask (red) and truth (green)")
    parser.add_argument("--tracker", default="embedded")
    parser.add_argument("--exact", action="store_true", help="remove no more than what is taken for the object")
    parser.add_argument("--grow", type=int, default=0, help="as of stranet track, in pixels")
    parser.add_argument("--soften-time", type=int, default=0, help="as of stranet track, in frames")
    words = parser.parse_args()
    options = TrackOptions(
        tracker=words.tracker, generous=not words.exact, grow=words.grow, soften_time=words.soften_time
    )
    clips = sorted(folder for folder in words.data.iterdir() if (folder / "masks").is_dir())
    for kind in words.prompts:
        rows = []
        print(f"{kind:<18}{'IoU':>7}{'recall':>8}{'prec':>7}{'size':>6}{'doubt':>7}{'fps':>7}{'CPU ms':>8}")
        for clip in clips:
            if words.clips and clip.name not in words.clips:
                continue
            row = measure(clip, kind, options, words.pictures)
            rows.append(row)
            print(line(clip.name, row), flush=True)
        print(line("mean", np.mean(rows, axis=0)) + "\n")


def line(name: str, row: Sequence[float]) -> str:
    """A row of the table, see `measure`."""
    return f"{name:<18}{row[0]:7.3f}{row[1]:8.3f}{row[2]:7.3f}{row[3]:6.2f}{row[4]:7.2f}{row[5]:7.1f}{row[6]:8.0f}"


def measure(clip: Path, kind: str, options: TrackOptions, pictures: Path | None) -> tuple[float, ...]:
    """(IoU, recall, precision, size, share of doubtful frames, frames per second, CPU milliseconds per frame)."""
    truths = [read_mask(file) for file in list_images(clip / "masks")]
    x, y, width, height = cv2.boundingRect(truths[0].view(np.uint8))
    prompt = Prompt(frame=0, mask=truths[0]) if kind == "mask" else Prompt(frame=0, box=(x, y, width, height))
    began, cpu = time.perf_counter(), time.process_time()
    with TrackSession(clip / "frames", options) as session:
        session.track([prompt])
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        holes = [session.object_hole(prompt.object, index) for index in session.range]
        removed = [session.hole(index) for index in session.range]
        if pictures is not None:
            show(session, removed, truths, pictures / kind / clip.name)
        doubtful = sum(shot.stop - shot.start for shot in session.doubtful) / len(holes)
    first = 1 if kind == "mask" else 0
    pairs = list(zip(holes, truths, strict=True))[first:]
    overlaps = [iou(hole, truth) for hole, truth in pairs]
    grown = [effective_hole(hole, auto_dilate(session.size), (0, 0)) for hole in removed[first:]]
    recalls = [(wide & truth).sum() / truth.sum() for wide, (_, truth) in zip(grown, pairs, strict=True) if truth.any()]
    sizes = [wide.sum() / truth.sum() for wide, (_, truth) in zip(grown, pairs, strict=True) if truth.any()]
    precisions = [
        (wide & truth).sum() / wide.sum() for wide, (_, truth) in zip(grown, pairs, strict=True) if wide.any()
    ]
    means = (np.mean(each) for each in (overlaps, recalls, precisions, sizes))
    count = len(holes)
    return tuple(map(float, (*means, doubtful, count / seconds, 1e3 * cpu / count)))


def iou(hole: HoleArray, truth: HoleArray) -> float:
    """Intersection over union; 1 where both are empty."""
    union = (hole | truth).sum()
    return float((hole & truth).sum() / union) if union else 1.0


def show(session: TrackSession, holes: list[HoleArray], truths: list[HoleArray], folder: Path) -> None:
    """Every tenth frame: the mask in red, and the outline of the truth in green."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in sorted({*range(0, len(holes), 10), len(holes) - 1}):
        picture = tint(session.frame(index), holes[index])
        truth = cv2.resize(truths[index].view(np.uint8), session.frames.size, interpolation=cv2.INTER_NEAREST)  # type: ignore[call-overload]
        outline = cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        picture[outline] = (0, 255, 0)
        write_png(folder / f"{index:05d}.png", picture)


if __name__ == "__main__":
    main()
