"""Remove what a mask marks from a video file: the Python form of `stranet inpaint`.

python examples/inpaint_file.py VIDEO MASK OUT
"""

import sys

from stranet import InpaintOptions, JobOptions, OutputOptions, inpaint_video


def main(video: str, mask: str, output: str) -> None:
    report = inpaint_video(
        video,
        mask,
        output,
        options=InpaintOptions(quality="fast"),
        output_options=OutputOptions(crf=18),  # a little smaller than the default
        job=JobOptions(dilate=6),  # the mask is drawn tightly: grow it by six pixels
        progress=lambda done: print(f"{done.frames} of {done.total}", end="\r"),
    )
    print(f"{report.frames} frames, {report.seconds_per_frame:.2f} s each, {report.leftover_share:.1%} invented")


if __name__ == "__main__":
    main(*sys.argv[1:])
