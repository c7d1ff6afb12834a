"""Figures that the paper gives (arXiv 2111.03574, tables 1 to 4, section 5.1 and figure 10), on its own data, Syn-DS+.

They were read from a text copy of the paper in which some cells may have been misread; Table 1 gives "Ours" the same
figures in two neighbouring columns twice.
"""

from __future__ import annotations

from typing import NamedTuple

PAPER_DATA = "Syn-DS+ (paper)"


class Quality(NamedTuple):
    """Means over Syn-DS+."""

    l1: float
    """Share of the data range."""
    ssim: float
    psnr: float
    """dB, whole frame."""


TABLE_1: dict[str, dict[str, Quality]] = {
    "CPNet": {
        "432x240": Quality(0.011, 0.95, 32.25),
        "864x480": Quality(0.0125, 0.93, 32.40),
        "1296x720": Quality(0.014, 0.92, 31.69),
        "1728x960": Quality(0.018, 0.89, 30.20),
    },
    "STTN": {
        "432x240": Quality(0.011, 0.94, 32.63),
        "864x480": Quality(0.013, 0.93, 32.08),
        "1296x720": Quality(0.017, 0.90, 30.99),
        "1728x960": Quality(0.024, 0.83, 28.40),
    },
    "DFG": {
        "432x240": Quality(0.008, 0.94, 33.12),
        "864x480": Quality(0.008, 0.95, 33.27),
        "1296x720": Quality(0.008, 0.96, 33.37),
        "1728x960": Quality(0.009, 0.95, 32.37),
    },
    "FGVC": {
        "432x240": Quality(0.006, 0.95, 33.20),
        "864x480": Quality(0.006, 0.95, 33.20),
        "1296x720": Quality(0.006, 0.97, 33.20),
        "1728x960": Quality(0.006, 0.97, 33.20),
    },
    "STRA-Net": {
        "432x240": Quality(0.005, 0.97, 34.66),
        "864x480": Quality(0.002, 0.97, 34.66),
        "1296x720": Quality(0.003, 0.97, 33.14),
        "1728x960": Quality(0.003, 0.97, 33.14),
    },
}
"""Methods by size."""

TABLE_2: dict[str, dict[str, float]] = {
    "CPNet": {"864x480": 3.3, "1728x960": 10.1},
    "STTN": {"864x480": 5.7, "1728x960": 20.6},
    "FGVC": {"864x480": 2.6, "1728x960": 18.7},
    "STRA-Net": {"864x480": 2.0, "1728x960": 3.7},
}
"""Memory of a Tesla V100, GB."""

TABLE_3_LOW: dict[str, Quality] = {
    "vanilla temporal aggregation": Quality(0.024, 0.85, 28.36),
    "multi-scale temporal aggregation": Quality(0.005, 0.97, 34.66),
    "+ multi-scale spatial aggregation": Quality(0.003, 0.97, 34.89),
}
"""At 432x240, without residual aggregation."""

TABLE_3_HIGH: dict[str, Quality] = {
    "bilinear upsampling": Quality(0.033, 0.80, 26.39),
    "temporal residual aggregation": Quality(0.005, 0.96, 33.11),
    "+ spatial residual aggregation": Quality(0.003, 0.97, 33.14),
}
"""At 1728x960."""

TABLE_4: dict[str, Quality] = {
    "affine transformation": Quality(0.005, 0.98, 32.05),
    "optical flow": Quality(0.017, 0.927, 29.21),
    "both": Quality(0.003, 0.97, 33.14),
}
"""Alignment, at 1080p."""

SECONDS: dict[str, float] = {"CPNet": 1.0, "STTN": 4.0, "DFG": 48.0, "FGVC": 55.0, "STRA-Net": 1.2}
"""A frame of 1728x960 on a Tesla V100."""
