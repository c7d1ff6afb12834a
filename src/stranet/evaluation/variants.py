"""The variants of StraNet that tables compare, all in one place: options that differ, and boxes that are taken away."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from stranet.errors import ConfigError
from stranet.inpainting.options import InpaintOptions

Removed = Literal["fine scales", "spatial", "spatial residuals"]
"""What an ablation takes out, see `AblatedInpainter`."""
BOXES = ("registration", "flow", "temporal", "spatial")
"""Options that choose between the network and something unlearned."""
_UNLEARNED = {"registration": "robust", "flow": "dis", "temporal": "fixed", "spatial": "patches"}


@dataclass(frozen=True)
class Variant:
    """One row of a table."""

    about: str
    """What it is, for people."""
    options: dict[str, Any] = field(default_factory=dict)
    """What differs from the user's own options."""
    removed: tuple[Removed, ...] = ()
    """What is taken out of the pipeline besides."""

    def of(self, options: InpaintOptions) -> InpaintOptions:
        """The user's options with this variant's changes."""
        return dataclasses.replace(options, **self.options)


VARIANTS: dict[str, Variant] = {
    "stranet": Variant("as it comes"),
    "stranet-unlearned": Variant("nothing learned: registration, DIS flow, fixed features, patches", _UNLEARNED),
    "stranet-learned": Variant("every box is the network", dict.fromkeys(BOXES, "network")),
    "stranet-learned-registration": Variant(
        "unlearned but for the affine branch", {**_UNLEARNED, "registration": "network"}
    ),
    "stranet-learned-flow": Variant("unlearned but for the flow branch", {**_UNLEARNED, "flow": "network"}),
    "stranet-learned-temporal": Variant(
        "unlearned but for the temporal aggregation", {**_UNLEARNED, "temporal": "network"}
    ),
    "stranet-learned-spatial": Variant(
        "unlearned but for the spatial aggregation", {**_UNLEARNED, "spatial": "network"}
    ),
    "stranet-affine": Variant("alignment by the affine branch alone", {"alignment": "affine"}),
    "stranet-flow": Variant("alignment by optical flow alone", {"alignment": "flow"}),
    "stranet-vanilla": Variant(
        "temporal aggregation at its coarsest scale alone, nothing spatial", removed=("fine scales", "spatial")
    ),
    "stranet-no-spatial": Variant("leftover carried on smoothly from around it", removed=("spatial",)),
    "stranet-no-spatial-residuals": Variant("no detail in the leftover", removed=("spatial residuals",)),
    "stranet-no-residuals": Variant("no temporal residuals", {"residuals": False}),
    "stranet-bilinear": Variant(
        "the low-resolution result, upsampled bilinearly", {"residuals": False}, ("spatial residuals",)
    ),
    "stranet-no-refine": Variant("no correction at full resolution", {"refine": 0}),
    "stranet-no-light": Variant("no matching of light", {"light": False}),
}
"""Every variant by name."""


def learned_boxes(options: InpaintOptions) -> tuple[str, ...]:
    """The boxes that these options fill with the network."""
    chosen = {box: getattr(options.plan, box, None) or getattr(options, box) for box in BOXES}
    return tuple(box for box, choice in chosen.items() if choice == "network")


def weights_digest(name: str, options: InpaintOptions) -> str | None:
    """SHA-256 of the weights that a variant runs on, None where it needs none.

    Raises:
        ConfigError: It needs weights, and there are none, or they lack a part.
        WeightsError: They are damaged.
    """
    boxes = learned_boxes(options)
    if not boxes:
        return None
    from stranet.model.weights import EMBEDDED, load_weights  # loads torch

    path = options.weights or EMBEDDED
    if not path.is_file():
        lack = (
            f"there is no file {path}"
            if options.weights
            else "this version of StraNet comes without; train them with stranet train and name the file with --weights"
        )
        raise ConfigError(f"{name} needs trained weights for its {', '.join(boxes)}: {lack}")
    if missing := [box for box in boxes if box not in load_weights(path).trained]:
        raise ConfigError(f"{name} needs trained weights, but {path.name} holds none for {', '.join(missing)}")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
