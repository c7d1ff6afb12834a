"""Interlaced video: which of a picture's two fields is shown first, and how encoders keep the fields apart."""

from __future__ import annotations

from typing import Literal

Field = Literal["top", "bottom"]
_FIRST_FIELD: dict[int, Field] = {2: "top", 3: "bottom", 4: "bottom", 5: "top"}
"""FFmpeg's AVFieldOrder -> the field that is shown first; 0 is "not said", 1 progressive; 4 and 5 are of a stream that
codes the later field first, which no encoder here does."""


def first_field(field_order: int) -> Field | None:
    """The field that is shown first, by FFmpeg's number; None when the video is progressive, or does not say."""
    return _FIRST_FIELD.get(field_order)


def interlace_options(encoder: str, first: Field | None, height: int, rows_per_chroma: int) -> dict[str, str]:
    """Options that make an encoder code fields and state their order.

    Args:
        encoder: one without interlaced coding (H.265, VP9, AV1) only has the order stated by the container.
        first: the field that is shown first; None = progressive.
        height: of the picture.
        rows_per_chroma: rows that share a chroma sample; x264 codes only fields of a whole number of them.
    """
    if first is None:
        return {}
    stated = {"field_order": {"top": "tt", "bottom": "bb"}[first]}
    if encoder in ("libx264", "libx264rgb") and height % (2 * rows_per_chroma) == 0:
        return {**stated, "flags": "+ildct+ilme", "x264-params": {"top": "tff=1", "bottom": "bff=1"}[first]}
    return {**stated, "flags": "+ildct"} if encoder == "prores_ks" else stated
