"""`stranet evaluate`: measure the quality on test clips."""

from __future__ import annotations

from collections.abc import Sequence

from stranet.cli.parse import parse
from stranet.cli.program import set_up_process
from stranet.evaluation.options import EvaluateOptions


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns what the evaluation returns."""
    set_up_process()
    options = parse(EvaluateOptions, "evaluate", arguments)
    from stranet.evaluation.command import evaluate  # loads OpenCV: only once the options are right

    return evaluate(options)
