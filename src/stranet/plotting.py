"""Figures by matplotlib, an optional package, as bytes of files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from stranet.errors import StraNetError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def require_matplotlib(extra: str = "evaluate") -> None:
    """Refuse to go on without matplotlib, before any work is done.

    Args:
        extra: of StraNet, which installs it.

    Raises:
        StraNetError: It is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401 - only whether it is there
    except ImportError:
        raise StraNetError(f"figures need matplotlib; install it with: pip install 'stranet[{extra}]'") from None


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, sides in inches.

    Raises:
        StraNetError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")  # without pyplot, so without any global state


def as_png(figure: Figure) -> bytes:
    """The figure as a PNG file, the same bytes every time."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110, metadata={"Software": None})
    return content.getvalue()


def as_svg(figure: Figure) -> bytes:
    """The figure as an SVG file, the same bytes every time."""
    from matplotlib import rc_context

    content = io.BytesIO()
    with rc_context({"svg.hashsalt": "stranet"}):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return content.getvalue()
