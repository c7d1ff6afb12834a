"""Variants of StraNet: what each changes, and that taking a part out changes what that part is for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from stranet.errors import ConfigError
from stranet.evaluation.ablations import COARSE, SingleScale
from stranet.evaluation.baselines import BASELINES
from stranet.evaluation.methods import method_list, resolve_methods
from stranet.evaluation.variants import BOXES, VARIANTS, learned_boxes
from stranet.inpainting.options import InpaintOptions
from stranet.model.aggregation import Candidates, Target, TemporalOutput
from stranet.model.stranet import STRANet
from stranet.model.weights import save_model

FIXED = {"registration": "robust", "flow": "dis", "temporal": "fixed", "spatial": "patches"}
UNLEARNED = [name for name in VARIANTS if not learned_boxes(VARIANTS[name].of(InpaintOptions(**FIXED)))]


def fill(name: str, frames, holes, **options) -> list[np.ndarray]:
    (method,) = resolve_methods([name], InpaintOptions(shots=False, **options))
    return list(method.fill(list(frames), list(holes)))


def test_every_variant_differs_from_stranet_as_it_says():
    default, *others = resolve_methods(UNLEARNED, InpaintOptions(**FIXED))
    json.dumps([method.config for method in (default, *others)])
    same = [other.name for other in others if other.config == default.config]
    assert same == ["stranet-unlearned"]


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("stranet-learned")])
def test_learned_variants_say_that_there_are_no_weights(name, tmp_path, monkeypatch):
    monkeypatch.setattr("stranet.model.weights.EMBEDDED", tmp_path / "none.safetensors")
    with pytest.raises(ConfigError, match=f"{name} needs trained weights for its .*: this version of StraNet comes w"):
        resolve_methods([name], InpaintOptions())
    with pytest.raises(ConfigError, match=r"there is no file .*lost\.safetensors"):
        resolve_methods([name], InpaintOptions(weights=tmp_path / "lost.safetensors"))


def test_other_weights_are_another_configuration(tmp_path):
    configs = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        save_model(STRANet(), path := tmp_path / "w.safetensors", {"trained": ["temporal"]})
        (method,) = resolve_methods(["stranet-learned-temporal"], InpaintOptions(weights=path))
        configs.append(method.config)
    assert configs[0] != configs[1]
    assert {key: value for key, value in configs[0].items() if key != "weights"} == {
        key: value for key, value in configs[1].items() if key != "weights"
    }


def test_variants_that_need_what_was_never_trained_are_refused(tmp_path):
    save_model(STRANet(), path := tmp_path / "w.safetensors", {"trained": ["temporal"]})
    with pytest.raises(ConfigError, match=r"w\.safetensors holds none for flow"):
        resolve_methods(["stranet-learned-flow"], InpaintOptions(weights=path))


def test_unlearned_variants_undo_every_learned_box(tmp_path):
    options = InpaintOptions(**dict.fromkeys(BOXES, "network"), weights=tmp_path / "any")
    assert learned_boxes(VARIANTS["stranet-unlearned"].of(options)) == ()
    assert learned_boxes(VARIANTS["stranet-learned-flow"].of(options)) == ("flow",)


def test_the_list_names_everything():
    lines = method_list().splitlines()
    assert [line.split()[0] for line in lines] == [*VARIANTS, *BASELINES, "aligned-median"]


@pytest.mark.parametrize("name", ["stranet-vanilla", "stranet-no-spatial", "stranet-bilinear"])
def test_only_the_hole_changes(still, name):
    for output, truth, hole in zip(fill(name, still.blanked(), still.holes), still.truth, still.holes, strict=True):
        np.testing.assert_array_equal(output[~hole], truth[~hole])


def stripes() -> np.ndarray:
    """(128, 192, 3): fine stripes, which no low resolution holds."""
    columns = np.arange(192) % 2 * 120 + 60
    return np.broadcast_to(columns[None, :, None], (128, 192, 3)).astype(np.uint8).copy()


def test_without_spatial_residuals_the_leftover_has_no_detail():
    frame = stripes()
    hole = np.zeros(frame.shape[:2], bool)
    hole[40:80, 60:120] = True  # in every frame, so that all of it is leftover
    low = {"low_pixels": 4096}
    full, plain, none = (
        fill(name, [frame] * 2, [hole] * 2, **low)[0].astype(float)
        for name in ("stranet", "stranet-no-spatial-residuals", "stranet-no-spatial")
    )
    inner = (slice(50, 70), slice(72, 108))
    assert full[inner].std() > 40
    assert plain[inner].std() < 10
    assert none[inner].std() < 10


def test_without_residuals_what_is_copied_has_no_detail():
    frame = stripes()
    holes = [np.zeros(frame.shape[:2], bool) for _ in range(4)]
    holes[0][40:80, 60:120] = True
    inner = (slice(50, 70), slice(72, 108))
    full, bilinear = (
        fill(name, [frame] * 4, holes, low_pixels=4096)[0].astype(float) for name in ("stranet", "stranet-bilinear")
    )
    assert np.abs(full[inner] - frame[inner]).mean() < 2
    assert bilinear[inner].std() < 20


class Fixed:
    """A temporal aggregation whose attention is all on the first candidate."""

    temperature = 1.0

    def encode(self, planes):
        return ()

    def __call__(self, target: Target, candidates: Candidates) -> TemporalOutput:
        attention = torch.zeros_like(candidates.image[:, :, :1])
        attention[:, 0] = 1
        seen = torch.ones_like(target.visible)
        return TemporalOutput(candidates.image[:, 0], attention, attention, attention[:, 0], seen, ~seen)


def test_single_scale_is_the_mean_over_coarse_squares():
    chance = torch.Generator().manual_seed(0)
    image = torch.rand(1, 2, 3, 16, 24, generator=chance)
    visible = torch.ones(1, 2, 1, 16, 24, dtype=torch.bool)
    candidates = Candidates(
        image,
        visible,
        visible,
        position=image[:, :, :2],
        reference=torch.zeros(2, dtype=torch.long),
        is_flow=torch.zeros(2, dtype=torch.bool),
        apart=torch.zeros(1, 2),
    )
    output = SingleScale(Fixed())(Target(image[:, 0], visible[:, 0]), candidates)
    squares = image[0, 0].reshape(3, 4, COARSE, 6, COARSE).mean((2, 4))
    # At the middle of four squares, bilinear interpolation weighs them alike but for half a pixel to each side.
    centre = output.image[0, :, COARSE - 1 : COARSE + 1, COARSE - 1 : COARSE + 1].mean((1, 2))
    torch.testing.assert_close(centre, squares[:, :2, :2].mean((1, 2)))
    assert not output.detail.any()
