"""All pictures of an evaluation, one case at a time: strips, what happened inside, and what the report shows."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.evaluation.figures import alignment_figure, attention_figure
from stranet.evaluation.inside_view import look_inside
from stranet.evaluation.passes import AnyCase, Passes
from stranet.evaluation.strips import choose_frames, outlined, write_strip
from stranet.evaluation.workers import run_all
from stranet.inpainting.options import InpaintOptions

WIDEST = 960
"""Pixels; wider frames are shrunk for the report."""
_QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 88)


@dataclass(frozen=True)
class CasePictures:
    """What the report shows of one case."""

    case: str
    frame: int
    """Position of the frame that is shown."""
    pictures: dict[str, str]
    """Label -> JPEG as a data: address; the input first, the truth last where there is one."""
    inside: tuple[Path, ...]
    """Figures of what happened inside."""


@dataclass(frozen=True)
class Pictures:
    """Makes them; sent to worker processes."""

    passes: Passes
    folder: Path
    """Gets strips/, and inside/ where ``inside`` is set."""
    strips: bool
    inside: InpaintOptions | None
    """How StraNet fills; None = no report."""

    def of_all(self, cases: Sequence[AnyCase], jobs: int) -> list[CasePictures]:
        """Every case, in order."""
        return list(run_all(self.of, cases, jobs))

    def of(self, case: AnyCase) -> CasePictures:
        """Write the files of one case, and return what the report shows of it."""
        cut = case.cut(self.passes.size, self.passes.count)
        if self.strips:
            write_strip(self.folder / "strips" / f"{cut.name}.png", cut, self.passes.outputs(cut))
        chosen = choose_frames(cut.holes)
        if self.inside is None or not chosen:
            return CasePictures(cut.name, 0, {}, ())
        index = chosen[len(chosen) // 2]
        pictures = {"input": _jpeg(next(f for i, f in enumerate(outlined(cut)) if i == index))}
        for name, frames in self.passes.outputs(cut).items():
            pictures[name] = _jpeg(next(frame for i, frame in enumerate(frames) if i == index))
        if cut.has_truth:
            pictures["truth"] = _jpeg(cut.truth[index])
        inside = []
        views = look_inside(self.inside, cut, index)
        if views:
            view = max(views, key=lambda view: view.hole.sum())
            title = f"{cut.name}, frame {index}"
            (self.folder / "inside").mkdir(parents=True, exist_ok=True)
            for name, png in (
                ("attention", attention_figure(view, title)),
                ("alignment", alignment_figure(view, cut, index, title)),
            ):
                path = self.folder / "inside" / f"{cut.name}-{name}.png"
                path.write_bytes(png)
                inside.append(path)
        return CasePictures(cut.name, index, pictures, tuple(inside))


def as_data(content: bytes, kind: str) -> str:
    """Bytes of a picture as an address that needs no file."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _jpeg(frame: NDArray[np.uint8]) -> str:
    height, width = frame.shape[:2]
    if width > WIDEST:
        frame = cv2.resize(frame, (WIDEST, round(height * WIDEST / width)), interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), _QUALITY)
    return as_data(encoded.tobytes(), "jpeg")
