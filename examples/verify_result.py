"""Remove something losslessly, then prove that not one pixel outside the mask changed.

python examples/verify_result.py VIDEO MASK OUT.mkv
"""

import sys

from stranet import JobOptions, OutputOptions, inpaint_video, verify_video


def main(video: str, mask: str, output: str) -> None:
    report = inpaint_video(
        video,
        mask,
        output,
        output_options=OutputOptions(lossless=True),  # any other encoder changes pixels everywhere, if only a little
        job=JobOptions(end=10),  # the first ten seconds
    )
    check = verify_video(video, output, mask, dilate=report.dilate, end=10)
    print(f"{check.changed_pixels} of {check.outside_pixels} pixels outside the mask changed")
    print("\n".join(check.differences) or "frames, times, tags and tracks are the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
