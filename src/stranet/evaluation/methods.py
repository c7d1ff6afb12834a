"""The methods that a table can compare, by name: StraNet, its ablations and the baselines."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from stranet.errors import ConfigError
from stranet.evaluation.baselines import BASELINES, Fill
from stranet.inpainting.options import InpaintOptions
from stranet.types import HoleArray, RgbArray

ABLATIONS: dict[str, dict[str, Any]] = {
    "stranet": {},
    "stranet-affine": {"alignment": "affine"},
    "stranet-flow": {"alignment": "flow"},
    "stranet-no-refine": {"refine": False},
    "stranet-no-light": {"light": False},
    "stranet-no-residuals": {"residuals": False},
}
"""Options that differ from the user's own, for every variant of StraNet."""

_PACKAGE = Path(__file__).parents[1]
_STRANET_CODE = ("inpainting/", "model/", "geometry/", "references", "video/shots", "types")


@dataclass(frozen=True)
class Method:
    """Something that fills holes, with all that decides its result besides the frames and holes themselves."""

    name: str
    fill: Fill
    config: dict[str, Any]
    """JSON values. It holds a digest of the code, so that results of two versions of a method never mix."""


def resolve_methods(names: Iterable[str], options: InpaintOptions) -> list[Method]:
    """Look up methods by name; the StraNet ones use ``options``.

    Raises:
        ConfigError: A name is unknown.
    """
    return [_resolve(name, options) for name in dict.fromkeys(names)]


def code_digest(*prefixes: str) -> str:
    """Short SHA-256 over the source files whose path inside the package ``stranet`` starts with one of the prefixes."""
    digest = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
        path = file.relative_to(_PACKAGE).as_posix()
        if path.startswith(prefixes):
            digest.update(path.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _resolve(name: str, options: InpaintOptions) -> Method:
    if name in BASELINES:
        return Method(
            name, BASELINES[name], {"code": code_digest("evaluation/baselines.py"), "opencv": cv2.__version__}
        )
    if name in ABLATIONS:
        chosen = dataclasses.replace(options, **ABLATIONS[name])
        config = {"code": code_digest(*_STRANET_CODE), "options": dataclasses.asdict(chosen)}
        return Method(name, partial(_stranet, chosen), config)
    known = (*ABLATIONS, *BASELINES)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ConfigError(f"there is no method {name!r}{hint}; the methods are {', '.join(known)}")


def _stranet(options: InpaintOptions, frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
    from stranet.inpainting.inpainter import Inpainter  # heavy, and not every table needs it

    return Inpainter(options).inpaint(frames, holes)
