"""Asking for help must not take seconds: what is loaded is counted in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "cv2", "av", "numpy", "scipy", "skimage", "scenedetect", "rich", "tyro", "starlette", "uvicorn"}


def loaded_after(code: str) -> set[str]:
    """Heavy packages in memory after some code."""
    tail = (
        "\nimport json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1])) & HEAVY


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import stranet") == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    assert loaded_after(f"from stranet.cli.main import main; assert main({words}) == 0") == set()


@pytest.mark.parametrize("command", ["inpaint", "verify", "app", "probe", "shots", "bench"])
def test_help_of_a_command_loads_neither_torch_nor_decoders(command: str) -> None:
    code = f"from stranet.cli.main import main\ntry: main(['{command}', '--help'])\nexcept SystemExit: pass"
    assert not loaded_after(code) & {"torch", "cv2", "av", "scipy", "skimage", "starlette", "uvicorn"}


def test_probing_a_video_needs_no_torch() -> None:
    assert "torch" not in loaded_after(
        "import stranet; stranet.probe_video, stranet.detect_shots, stranet.verify_video"
    )
