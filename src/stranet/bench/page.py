"""The figures as a Markdown page, with the command that makes it on top."""

from __future__ import annotations

import shlex

from stranet.bench.options import LENGTH_HOLE, BenchOptions
from stranet.bench.origin import Origin
from stranet.bench.pace import BURST
from stranet.bench.plan import changed_options
from stranet.bench.tables import Cells, as_markdown


def performance_page(options: BenchOptions, origin: Origin, tables: dict[str, Cells], plots: dict[str, str]) -> str:
    """The whole page.

    Args:
        options: What was run.
        origin: With what.
        tables: Of "goals", "resolution", "stages" and "length", as far as there are any.
        plots: Addresses of "resolution", "length" and "quality", as far as there are any, as seen from the page.
    """
    parts = [
        "# Performance",
        f"Made by this command; do not edit by hand.\n\n```sh\n{command_line(options)}\n```",
        _origin(origin),
        "Every run is a fresh process that calls what `stranet inpaint` calls, on a clip that the bench makes: two "
        f"planes with the texture of photographs under a moving camera, with noise, {options.chosen_frames} frames as "
        "H.264; a blob of the stated share of the frame wanders through it (masks are not grown). Figures are "
        f"{_times(options.chosen_repeats)}; at every size all are run in turns.",
    ]
    if "goals" in tables:
        parts += ["## What was asked for", as_markdown(tables["goals"])]
    if "resolution" in tables:
        parts += [
            "## End to end",
            *_plot(plots, "resolution", "Time per frame and peak memory against resolution"),
            as_markdown(tables["resolution"]),
            "*s/frame* is the median time between output frames after the first "
            f"{options.warmup}, taken over {BURST} frames at a time, because frames that are worked on side by side "
            "come out together; *x limit* is that over decoding and encoding alone, which nothing can beat (there, all "
            "time over all frames, because an encoder takes in its first frames without encoding any). *First frame* "
            "counts from the start of the process, *whole job* everything but that start. Memory is the peak "
            "of the process with Python and all libraries. *Invented* is the share of the hole that no frame shows; "
            "*hole PSNR* compares what was filled, once coded, with what the clip shows there.",
            *_plot(plots, "quality", "Hole PSNR against time per frame"),
        ]
    if "stages" in tables:
        parts += [
            "## Per stage",
            as_markdown(tables["stages"]),
            "Milliseconds per frame for which a thread was busy with a stage. Stages run beside each other and several "
            "threads in one stage, so that a row may add up to more than the time per frame; what the decoder's and "
            "the encoder's own threads do meanwhile is not in it. *network* is features, temporal and spatial "
            "aggregation, learned or not.",
        ]
    if "length" in tables:
        parts += [
            "## Length",
            *_plot(plots, "length", "Time and peak memory against the number of frames"),
            as_markdown(tables["length"]),
            f"At {options.length_size} with a hole of {LENGTH_HOLE:g} %; {_times(options.chosen_length_repeats)}.",
        ]
    return "\n\n".join(parts) + "\n"


def _times(repeats: int) -> str:
    return "of one run each" if repeats == 1 else f"medians over {repeats} runs each"


def command_line(options: BenchOptions) -> str:
    """The command with the options that decide figures; folders by their last name only."""
    words = ["stranet", "bench"]
    for name in ("sizes", "holes", "lengths"):
        if chosen := getattr(options, name):
            words += [f"--{name}", *chosen]
    for name in ("frames", "repeats", "length_size", "length_repeats", "warmup"):
        if (value := getattr(options, name)) != getattr(BenchOptions, name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    words += ["--quick"] if options.quick else []
    words += ["--vary", options.vary] if options.vary else []
    words += ["--vary-size", options.vary_size] if options.vary_size else []
    for name, value in changed_options(options.inpaint).items():
        flag = name.replace("_", "-")
        words += [f"--{flag}" if value else f"--no-{flag}"] if isinstance(value, bool) else [f"--{flag}", str(value)]
    words += ["--page", options.page.as_posix()] if options.page is not None and not options.page.is_absolute() else []
    return shlex.join(words)


def _origin(origin: Origin) -> str:
    machine = origin.machine
    memory = f", {machine['memory'] / 2**30:.0f} GiB of memory" if machine["memory"] else ""
    versions = ", ".join(f"{name} {version}" for name, version in origin.versions.items())
    return (
        f"Machine: {machine['processor']}, {machine['usable_cores']} of {machine['cores']} cores{memory}, "
        f"{machine['system']} on {machine['architecture']}. Commit: {origin.commit or 'not known'}. "
        f"Versions: {versions}."
    )


def _plot(plots: dict[str, str], name: str, words: str) -> list[str]:
    return [f"![{words}]({plots[name]})"] if name in plots else []
