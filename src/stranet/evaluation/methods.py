"""The methods that a table can compare, by name: variants of StraNet, and the baselines."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2

from stranet.errors import ConfigError
from stranet.evaluation.baselines import BASELINES, Fill
from stranet.evaluation.protocol import CutCase
from stranet.evaluation.variants import VARIANTS, Removed, weights_digest
from stranet.inpainting.options import InpaintOptions
from stranet.types import HoleArray, RgbArray
from stranet.versions import code_digest

_STRANET_CODE = ("inpainting/", "model/", "geometry/", "references", "video/shots", "types")


@dataclass(frozen=True)
class Method:
    """Something that fills holes, with all that decides its result besides the frames and holes themselves."""

    name: str
    fill: Fill
    config: dict[str, Any]
    """JSON values. It holds a digest of the code, so that results of two versions of a method never mix."""

    @property
    def is_timed(self) -> bool:
        """Whether the seconds that it takes to get its frames say anything."""
        return True

    def run(self, case: CutCase) -> Iterator[RgbArray]:
        """Fill a case, frame by frame."""
        return self.fill(case.blanked(), case.holes)


def resolve_methods(names: Iterable[str], options: InpaintOptions) -> list[Method]:
    """Look up methods by name; the StraNet ones use ``options``.

    Raises:
        ConfigError: A name is unknown.
    """
    return [_resolve(name, options) for name in dict.fromkeys(names)]


def method_list() -> str:
    """Every method with what it is, one a line."""
    about = {name: variant.about for name, variant in VARIANTS.items()}
    about |= {name: (fill.__doc__ or "").strip().splitlines()[0] for name, fill in _fills().items()}
    return "\n".join(f"{name:<30}{text.rstrip('.')}" for name, text in about.items())


def _fills() -> dict[str, Fill]:
    from stranet.evaluation.aligned import aligned_median  # loads torch

    return {**BASELINES, "aligned-median": aligned_median}


def _resolve(name: str, options: InpaintOptions) -> Method:
    if name in BASELINES:
        config = {"code": code_digest("evaluation/baselines.py"), "opencv": cv2.__version__}
        return Method(name, BASELINES[name], config)
    if name == "aligned-median":
        code = code_digest("evaluation/aligned.py", "evaluation/baselines.py", "geometry/", "model/", "references")
        return Method(name, _fills()[name], {"code": code, "opencv": cv2.__version__})
    if name in VARIANTS:
        return _variant(name, options)
    known = (*VARIANTS, *_fills())
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ConfigError(f"there is no method {name!r}{hint}; the methods are {', '.join(known)}")


def _variant(name: str, options: InpaintOptions) -> Method:
    variant = VARIANTS[name]
    chosen = variant.of(options)
    digest = weights_digest(name, chosen)
    code = code_digest(*_STRANET_CODE, *(("evaluation/ablations.py",) if variant.removed else ()))
    told = dataclasses.asdict(chosen) | chosen.plan._asdict()
    told = {key: value for key, value in told.items() if key not in ("weights", "workers", "quality")}
    config: dict[str, Any] = {"code": code, "options": told}
    if variant.removed:
        config["removed"] = sorted(variant.removed)
    if digest is not None:
        config["weights"] = digest
    return Method(name, partial(_stranet, chosen, variant.removed), config)


def _stranet(
    options: InpaintOptions, removed: tuple[Removed, ...], frames: Iterable[RgbArray], holes: Iterable[HoleArray]
) -> Iterator[RgbArray]:
    # Heavy, and not every table needs it.
    if removed:
        from stranet.evaluation.ablations import AblatedInpainter

        return AblatedInpainter(options, removed).inpaint(frames, holes)
    from stranet.inpainting.inpainter import Inpainter

    return Inpainter(options).inpaint(frames, holes)
