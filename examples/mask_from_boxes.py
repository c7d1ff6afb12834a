"""Write a mask by hand: a logo in a corner throughout, and a passer-by for a moment. Coordinates are pixels.

python examples/mask_from_boxes.py VIDEO OUT
"""

import sys
from pathlib import Path

from stranet import inpaint_video, probe_video

MASK = """
size = [1920, 1080]     # what the coordinates below refer to; the video may have another resolution

[[box]]                 # the logo
x = 1700
y = 40
width = 180
height = 90

[[polygon]]             # the passer-by, from 1.5 s up to 4 s
points = [[900, 300], [1000, 300], [1030, 700], [880, 700]]
start = "0:01.5"
end = 4
"""


def main(video: str, output: str) -> None:
    info = probe_video(video)
    print(f"{info.display_size}, {info.frame_count_hint} frames, {info.codec}")
    mask = Path(output).with_suffix(".mask.toml")
    mask.write_text(MASK, encoding="utf-8")
    report = inpaint_video(video, mask, output)
    print(f"{report.filled} of {report.frames} frames had something to remove")


if __name__ == "__main__":
    main(*sys.argv[1:])
