"""Figures and the HTML page of one size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from stranet.errors import ConfigError
from stranet.evaluation.bootstrap import mean_interval
from stranet.evaluation.figures import area_figure, forest_figure, time_figure
from stranet.evaluation.html_report import html_report
from stranet.evaluation.options import EvaluateOptions
from stranet.evaluation.pictures import CasePictures
from stranet.evaluation.results_page import command_line
from stranet.evaluation.score import CaseScore, mean
from stranet.evaluation.table import Table, by_method
from stranet.types import Size


def write_report(
    options: EvaluateOptions,
    size: Size,
    scores: Sequence[CaseScore],
    sections: Mapping[str, Sequence[Table]],
    cases: Sequence[CasePictures],
) -> list[str]:
    """Write ``figures/*.png`` and ``report.html`` into the output folder.

    Returns:
        What was written.

    Raises:
        ConfigError: It cannot be written.
    """
    figures = {"hole PSNR by method, with 95 % intervals over cases": _overview(scores)}
    figures["quality against hole area"] = area_figure(scores)
    for case in dict.fromkeys(score.case for score in scores):
        figures[f"over time: {case}"] = time_figure(scores, case)
    folder = options.out / "figures"
    page = options.out / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for caption, png in figures.items():
            (folder / f"{_plain(caption)}.png").write_bytes(png)
        text = html_report(f"Evaluation, pictures at {size}", command_line(options), sections, figures, cases)
        partial = page.with_name(f".{page.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(page)
    except OSError as error:
        raise ConfigError(f"{options.out}: cannot be written ({error.strerror})") from error
    return [str(folder), str(page)]


def _overview(scores: Sequence[CaseScore]) -> bytes:
    values = {}
    for name, own in by_method(scores).items():
        found = [score.summary()["hole_psnr"] for score in own]
        average = mean(found)
        if average is not None:
            values[name] = (average, mean_interval(found))
    return forest_figure(values, "hole PSNR, dB")


def _plain(caption: str) -> str:
    """A caption as a file name."""
    words = "".join(letter if letter.isalnum() or letter == "-" else " " for letter in caption).split()
    return Path("-".join(words)).name
