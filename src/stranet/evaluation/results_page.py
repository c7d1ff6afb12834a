"""docs/results.md: the tables as a page, with the command that makes it on top."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence

from stranet.evaluation.options import EvaluateOptions
from stranet.evaluation.protocol import PROTOCOL_VERSION
from stranet.evaluation.table import Table
from stranet.types import Size
from stranet.versions import installed_versions

_PACKAGES = ("stranet", "torch", "numpy", "opencv-python-headless")


def results_page(
    options: EvaluateOptions, cases: Mapping[Size, Sequence[str]], tables: Sequence[Table], cost: str
) -> str:
    """The whole page.

    Args:
        options: What was run.
        cases: Names of the cases at every size.
        tables: Finished ones.
        cost: What memory and time were measured on.
    """
    versions = ", ".join(f"{name} {version}" for name, version in installed_versions(_PACKAGES).items())
    counts = ", ".join(f"{len(names)} at {size}" for size, names in cases.items())
    parts = [
        "# Results",
        f"Made by this command; do not edit by hand.\n\n```sh\n{command_line(options)}\n```",
        f"**Ours** are measured on Syn-HD version {PROTOCOL_VERSION}: silhouettes of moving objects laid over other "
        f"clean clips, the first {options.count} frames of each case ({counts}), masks not grown. **The paper's** are "
        "those it gives for Syn-DS+, which is not public: other clips, other masks, other holes. So the two kinds of "
        "row do not compare with each other; what compares is the order of methods, and the step from one module to "
        "the next, within each kind. Memory and time of the paper are those of a Tesla V100.",
        "L1 is a share of the data range, PSNR in dB, SSIM that of Wang et al. with a 7x7 window; the whole frame in "
        "Table 1. Inside the hole: PSNR and SSIM, the perceptual distance (features of EfficientNet-Lite0) and the "
        "warping error in thousandths. Means over cases; brackets are 95 % bootstrap intervals over cases.",
        *(table.markdown() for table in tables),
        f"Memory is the peak of a fresh process with all libraries, seconds are wall-clock without decoding: {cost}, "
        f"on {os.cpu_count()} cores ({platform.machine()}), one method at a time. Versions: {versions}.",
    ]
    return "\n\n".join(parts) + "\n"


def command_line(options: EvaluateOptions) -> str:
    """The command with the options that decide figures; folders by their last name only."""
    words = ["stranet", "evaluate", "--data", options.data.name]
    if options.sizes:
        words += ["--sizes", *options.sizes]
    if options.methods:
        words += ["--methods", *options.methods]
    if options.only:
        words += ["--only", *options.only]
    if options.predictions:
        words += ["--predictions", *(path.name for path in options.predictions), "--name", *options.name]
    words += ["--count", str(options.count)]
    if options.inpaint.weights is not None:
        words += ["--weights", options.inpaint.weights.name]
    words += ["--tables"] if options.tables else []
    words += ["--page", options.page.as_posix()] if options.page is not None else []
    return " ".join(words)
