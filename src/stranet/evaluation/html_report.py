"""One HTML page with all tables, figures and before/after sliders; everything is inside it, nothing is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from stranet.evaluation.pictures import CasePictures, as_data
from stranet.evaluation.table import Table

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1.5rem; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
tr:hover td { background: #f4f6f8; }
figure { margin: 0 0 2rem; }
figure > img { max-width: 100%; }
.pair { position: relative; max-width: 60rem; }
.pair img { display: none; width: 100%; }
.pair img.right { display: block; }
.pair img.left { display: block; position: absolute; inset: 0; }
.pair input { width: 100%; margin: .3rem 0 0; }
nav a { margin-right: 1rem; }
"""

_SCRIPT = """
for (const figure of document.querySelectorAll('figure.slider')) {
  const pair = figure.querySelector('.pair'), range = figure.querySelector('input');
  const [left, right] = figure.querySelectorAll('select');
  const show = () => {
    for (const picture of pair.querySelectorAll('img')) {
      picture.classList.toggle('left', picture.dataset.name === left.value);
      picture.classList.toggle('right', picture.dataset.name === right.value);
      picture.style.clipPath =
        picture.dataset.name === left.value ? `inset(0 ${100 - range.value}% 0 0)` : 'none';
    }
  };
  for (const control of [left, right]) control.addEventListener('change', show);
  range.addEventListener('input', show);
  show();
}
"""


def html_report(
    title: str,
    command: str,
    sections: Mapping[str, Sequence[Table]],
    figures: Mapping[str, bytes],
    cases: Sequence[CasePictures],
) -> str:
    """The whole page.

    Args:
        title: Heading.
        command: What was run.
        sections: Tables below a heading each.
        figures: PNG files by caption.
        cases: Pictures of every case; what has none is left out.
    """
    shown = [case for case in cases if case.pictures]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p><code>{escape(command)}</code></p>",
        '<nav><a href="#tables">Tables</a><a href="#figures">Figures</a><a href="#cases">Cases</a></nav>',
        '<h2 id="tables">Tables</h2>',
    ]
    for name, tables in sections.items():
        parts += [f"<h3>{escape(name)}</h3>", *map(_table, tables)]
    parts.append('<h2 id="figures">Figures</h2>')
    parts += [_figure(caption, as_data(png, "png")) for caption, png in figures.items()]
    parts.append('<h2 id="cases">Cases</h2>')
    for case in shown:
        parts += [f"<h3>{escape(case.case)}, frame {case.frame}</h3>", _slider(case.pictures)]
        parts += [_figure(path.stem, as_data(path.read_bytes(), "png")) for path in case.inside]
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            *parts,
            f"<script>{_SCRIPT}</script></body></html>",
            "",
        ]
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<h4>{escape(table.title)}</h4>\n<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _figure(caption: str, address: str) -> str:
    text = escape(caption)
    return f'<figure><img src="{address}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def _slider(pictures: Mapping[str, str]) -> str:
    """Two of the pictures over each other, with a handle between them."""
    names = list(pictures)
    first, second = names[0], names[min(1, len(names) - 1)]
    images = "\n".join(
        f'<img data-name="{escape(name)}" src="{address}" alt="{escape(name)}">' for name, address in pictures.items()
    )
    choices = [
        f'<select aria-label="{side}">'
        + "".join(f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in names)
        + "</select>"
        for side, chosen in (("left", first), ("right", second))
    ]
    handle = '<input type="range" min="0" max="100" value="50" aria-label="how far the left picture reaches">'
    return (
        f'<figure class="slider"><div class="pair">{images}{handle}</div>'
        f"<figcaption>left {choices[0]} right {choices[1]}</figcaption></figure>"
    )
