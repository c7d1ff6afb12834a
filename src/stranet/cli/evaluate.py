"""`stranet evaluate`: measure the quality on test clips."""

from __future__ import annotations

from collections.abc import Sequence

from stranet.cli.parse import parse
from stranet.cli.program import set_up_process


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns what the evaluation returns."""
    set_up_process()
    from stranet.evaluation.command import EvaluateOptions, evaluate

    return evaluate(parse(EvaluateOptions, "evaluate", arguments))
