"""Charts as inline SVG that take their colours from the style sheet; what they show stands in a table beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from service.console.shown import number

WIDTH, HEIGHT = 640, 200
_LEFT, _BOTTOM, _TOP = 44, 22, 8


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing, counted in each column. `style`: its class in the style sheet."""

    name: str
    style: str
    counts: tuple[int, ...]


def stacked(columns: Sequence[str], series: Sequence[Series], title: str) -> Markup:
    """Columns of stacked bars, the first of `series` at the foot. `title` says in words what is shown."""
    totals = [sum(one.counts[place] for one in series) for place in range(len(columns))]
    top = nice_top(max(totals, default=0))
    step = (WIDTH - _LEFT) / max(1, len(columns))
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *(_tick(value, top) for value in (0, top // 2, top)),
    ]
    for place, name in enumerate(columns):
        left, foot = _LEFT + place * step, 0
        for one in series:
            count = one.counts[place]
            if count:
                upper, lower = _y(foot + count, top), _y(foot, top)
                says = escape(f"{name} · {one.name}: {count}")
                parts.append(
                    f'<rect class="bar {one.style}" x="{left + step * 0.14:.1f}" y="{upper:.1f}"'
                    f' width="{step * 0.72:.1f}" height="{max(0.8, lower - upper):.1f}"><title>{says}</title></rect>'
                )
                foot += count
        if place % 2 == (len(columns) - 1) % 2:
            parts.append(f'<text x="{left + step / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(name)}</text>')
    return Markup("".join(parts) + "</svg>")  # noqa: S704  Every text is escaped above.


def nice_top(largest: int) -> int:
    """The end of a scale: an even number from 2 on that is easy to read, and not less than `largest`."""
    size = 1
    while True:
        for factor in (2, 4, 10):
            if factor * size >= largest:
                return factor * size
        size *= 10


def _y(value: float, top: int) -> float:
    return HEIGHT - _BOTTOM - value / top * (HEIGHT - _BOTTOM - _TOP)


def _tick(value: int, top: int) -> str:
    y = _y(value, top)
    return (
        f'<line class="rule" x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>'
    )
