"""Pass 1: run methods on cases and keep every output frame on disk, so that scoring is a separate, cheap pass.

    FOLDER/METHOD/config.json            what decides the method's results, and its hash
    FOLDER/METHOD/CASE/00000.png ...     output frames, lossless
    FOLDER/METHOD/CASE/prediction.json   that hash, a fingerprint of the input, seconds per frame

A case appears under its name only when it is complete, so a run that was stopped goes on where it ended.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError
from stranet.evaluation.methods import Method
from stranet.evaluation.protocol import PROTOCOL_VERSION, CutCase
from stranet.types import Size
from stranet.video.stopwatch import Stopwatch

_FAST_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)


@dataclass(frozen=True)
class Prediction:
    """What is known about the output of one method on one case."""

    config: str
    """Hash of the method's configuration."""
    input: str
    """Fingerprint of the case that it was made for."""
    frames: int
    seconds_per_frame: float | None
    """Wall-clock seconds of the method itself, without reading, cutting and writing; None for given frames."""


class PredictionCache:
    """The predictions of any number of methods at one size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self, method: Method, size: Size, count: int, *, overwrite: bool = False) -> str:
        """Make the method's folder ready for predictions of exactly this configuration.

        Args:
            method: What will run.
            size: Size of the frames.
            count: Most frames of a case.
            overwrite: Throw away what the folder holds.

        Returns:
            The configuration's hash, which every prediction carries.

        Raises:
            ConfigError: The folder holds predictions of another configuration, or is not a folder of predictions.
        """
        config = {
            "protocol": PROTOCOL_VERSION,
            "size": str(size),
            "count": count,
            "method": method.name,
            **method.config,
        }
        text = json.dumps(config, sort_keys=True)
        folder = self.folder / method.name
        if folder.exists() and any(file.name[0] != "." for file in folder.iterdir()):
            earlier = self._config(folder)
            if overwrite:
                shutil.rmtree(folder)
            elif earlier != config:
                changed = ", ".join(_changes(earlier, json.loads(text)))
                raise ConfigError(
                    f"{folder} holds predictions of another configuration (it differs in {changed}); "
                    f"give another --out, or --overwrite to make them anew"
                )
        digest = hashlib.sha256(text.encode()).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "config.json", {"hash": digest, "config": config})
        return digest

    def find(self, method: str, case: CutCase, config: str) -> Prediction | None:
        """The finished prediction of a case, or None when there is none yet.

        Raises:
            ConfigError: There is one, but of another configuration or another input.
        """
        path = self.place(method, case) / "prediction.json"
        if not path.is_file():
            return None
        try:
            prediction = Prediction(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{path} is damaged ({error}); use --overwrite to make it anew") from error
        if (prediction.config, prediction.input) != (config, case.fingerprint()):
            raise ConfigError(
                f"{path.parent} was made from another input or configuration; give another --out or --overwrite"
            )
        return prediction

    def predict(self, method: Method, case: CutCase, config: str) -> tuple[Prediction, bool]:
        """The prediction of a case, computed unless it is there already.

        Returns:
            The prediction, and whether it was computed now.
        """
        found = self.find(method.name, case, config)
        if found is not None:
            return found, False
        partial = self.folder / method.name / f".{case.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        count, filling = 0, Stopwatch()
        for frame in filling.over(method.run(case)):
            _check_frame(method.name, case, count, frame)
            cv2.imwrite(str(partial / f"{count:05d}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), _FAST_PNG)
            count += 1
        if count != len(case.truth):
            raise ValueError(f"{method.name} gave {count} frames for the {len(case.truth)} of case {case.name}")
        seconds = filling.seconds / count if method.is_timed else None
        prediction = Prediction(config, case.fingerprint(), count, seconds)
        write_json(partial / "prediction.json", asdict(prediction))
        partial.rename(self.place(method.name, case))
        return prediction, True

    def place(self, method: str, case: CutCase) -> Path:
        """The folder of a prediction."""
        return self.folder / method / case.name

    def frames(self, method: str, case: CutCase) -> Iterator[NDArray[np.uint8]]:
        """The output frames of a finished prediction, one after the other, (H, W, 3) RGB."""
        for index in range(len(case.truth)):
            path = self.place(method, case) / f"{index:05d}.png"
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
            if picture is None or picture.shape != case.truth[index].shape:
                raise ConfigError(f"{path} is missing or damaged; use --overwrite to make it anew")
            yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)

    @staticmethod
    def _config(folder: Path) -> dict[str, Any]:
        try:
            return json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{folder} exists, but is not a folder of predictions; give another --out") from error


def _check_frame(method: str, case: CutCase, index: int, frame: NDArray[Any]) -> None:
    shape = case.truth[0].shape
    if frame.shape != shape or frame.dtype != np.uint8:
        raise ValueError(
            f"{method}, case {case.name}, frame {index}: got {frame.dtype} {frame.shape}, not uint8 {shape}"
        )


def _changes(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Names of the settings in which two configurations differ."""
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _changes(before, after, f"{prefix}{key}.")
        elif before != after:
            yield f"{prefix}{key}"


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all, also when the process is killed while it writes."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
