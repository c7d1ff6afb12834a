"""Figures and the HTML report, looked at in a real browser."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from browser import browser  # noqa: F401
from stranet.errors import StraNetError
from stranet.evaluation import figures
from stranet.evaluation.command import evaluate
from stranet.evaluation.inside_view import look_inside
from stranet.evaluation.options import EvaluateOptions
from stranet.evaluation.score import CaseScore, FrameScore
from stranet.inpainting.options import InpaintOptions
from stranet.plotting import require_matplotlib

pytest.importorskip("matplotlib")


def decode(png: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


@pytest.fixture
def scores() -> list[CaseScore]:
    return [
        CaseScore(
            name, "still", 0.1, tuple(FrameScore(i, 0.01 * (i + 1), hole_psnr=20.0 + i, warp=1.0) for i in range(4))
        )
        for name in ("stranet", "telea")
    ]


def test_what_is_seen_inside_is_what_the_engine_has(case):
    from stranet.types import Size

    cut = case("slide").cut(Size(96, 64), 4)
    (view,) = look_inside(InpaintOptions(shots=False), cut, 2)
    inside = cut.holes[2][view.box.slices]
    np.testing.assert_array_equal(view.hole, inside)
    total = view.attention.sum(axis=0)
    seen = view.visible.any(axis=0)
    np.testing.assert_allclose(total[seen], 1, atol=1e-3)
    np.testing.assert_array_equal(view.leftover, inside & ~seen)
    assert sorted(set(view.apart.tolist())) == [-2, -1, 1]
    assert view.is_flow.sum() == 3
    # References are brought onto the target: a visible candidate looks like the truth.
    truth = cut.truth[2][view.box.slices] / 255
    for image, visible in zip(view.candidates, view.visible, strict=True):
        where = visible & inside
        if where.sum() > 20:
            assert np.abs(image - truth)[where].mean() < 0.06


def test_no_hole_nothing_inside(case):
    from stranet.types import Size

    cut = case("still").cut(Size(96, 64), 3)
    cut.holes[1][:] = False
    assert look_inside(InpaintOptions(shots=False), cut, 1) == []


def test_figures_are_pictures_and_do_not_change(scores):
    for make in (lambda: figures.area_figure(scores), lambda: figures.time_figure(scores, "still")):
        first = make()
        assert decode(first).std() > 5
        assert make() == first
    assert decode(figures.forest_figure({"a": (20.0, (19.0, 22.0)), "b": (18.0, None)}, "dB")).std() > 5


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(StraNetError, match=r"pip install 'stranet\[evaluate\]'"):
        require_matplotlib()


@pytest.fixture(scope="module")
def report(tmp_path_factory, module_data) -> Path:
    out = tmp_path_factory.mktemp("report")
    options = EvaluateOptions(
        module_data, sizes=("96x64",), count=3, methods=("stranet", "telea"), out=out, report=True, strips=True
    )
    assert evaluate(options) == 0
    return out


def test_the_report_holds_everything(report):
    text = (report / "report.html").read_text()
    assert "http://" not in text
    assert "https://" not in text
    assert "src='" not in text
    assert text.count('src="') == text.count('src="data:image/')
    names = sorted(path.name for path in (report / "96x64/inside").iterdir())
    assert names == ["slide-alignment.png", "slide-attention.png", "still-alignment.png", "still-attention.png"]
    for path in (report / "96x64/inside").iterdir():
        assert decode(path.read_bytes()).std() > 5
    assert "over-time-slide.png" in [path.name for path in (report / "figures").iterdir()]


def test_the_report_in_a_browser(report, browser):  # noqa: F811
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda request: problems.append(request.url) if request.url[:5] not in ("file:", "data:") else None
    )
    page.goto((report / "report.html").as_uri())
    slider = page.locator("figure.slider").first
    assert slider.locator("select").nth(0).input_value() == "input"
    assert slider.locator("select").nth(1).input_value() == "stranet"
    assert slider.locator("option").all_inner_texts()[:4] == ["input", "stranet", "telea", "truth"]

    def shot() -> np.ndarray:
        return decode(slider.locator(".pair").screenshot())

    def reach(share: int) -> np.ndarray:
        slider.locator("input").evaluate(f"e => {{ e.value = {share}; e.dispatchEvent(new Event('input')); }}")
        height = slider.locator("img.right").bounding_box()["height"]
        return shot()[: int(height)].astype(int)

    before, middle, after = reach(100), reach(50), reach(0)
    half = before.shape[1] // 2
    assert np.abs(before - after).mean() > 1
    np.testing.assert_array_equal(middle[:, : half - 8], before[:, : half - 8])
    np.testing.assert_array_equal(middle[:, half + 8 :], after[:, half + 8 :])
    slider.locator("select").nth(1).select_option("telea")  # ours may be the truth to the last bit
    assert np.abs(reach(0) - after).mean() > 0
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
    assert (broken, problems) == (0, [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
