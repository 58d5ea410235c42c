"""Charts as SVG text: axes, lines, points and bars; nothing but this module is needed to draw them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

# Okabe & Ito 2008, told apart with any colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7a7a00")
DASHES = ("", "6 3", "2 3")
_LEFT, _TOP, _RIGHT, _BOTTOM = 58, 34, 14, 46
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

Point = tuple[float, float]


@dataclass(slots=True)
class Chart:
    """One chart over [0, 1] × [0, `top`], in pixels `width` × `height`. What is added is drawn in that order."""

    title: str
    x_label: str
    y_label: str
    width: int = 460
    height: int = 400
    top: float = 1.0
    _marks: list[str] = field(default_factory=list)
    _legend: list[tuple[str, str, str]] = field(default_factory=list)

    def line(self, points: Iterable[Point], name: str | None, number: int, *, dash: int = 0) -> None:
        """A line; `name` puts it in the legend, `number` chooses its colour."""
        path = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in points)
        colour, dashes = _colour(number), DASHES[dash % len(DASHES)]
        self._marks.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-dasharray="{dashes}"/>'
        )
        if name is not None:
            self._legend.append((name, colour, dashes))

    def guide(self, begin: Point, end: Point) -> None:
        """A thin grey line to compare with."""
        self._marks.append(
            f'<line x1="{self._x(begin[0]):.1f}" y1="{self._y(begin[1]):.1f}" x2="{self._x(end[0]):.1f}"'
            f' y2="{self._y(end[1]):.1f}" stroke="#999999" stroke-dasharray="3 3"/>'
        )

    def range(self, x: float, low: float, high: float, number: int) -> None:
        """An upright bar of uncertainty at `x`."""
        self._marks.append(
            f'<line x1="{self._x(x):.1f}" y1="{self._y(low):.1f}" x2="{self._x(x):.1f}" y2="{self._y(high):.1f}"'
            f' stroke="{_colour(number)}" stroke-width="1"/>'
        )

    def point(self, x: float, y: float, number: int, says: str) -> None:
        """A dot that says something when it is pointed at."""
        self._marks.append(
            f'<circle cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="3" fill="{_colour(number)}">'
            f"<title>{escape(says)}</title></circle>"
        )

    def bars(self, heights: Sequence[float], name: str, number: int) -> None:
        """Bars of equal width side by side over the whole of x."""
        step = 1.0 / len(heights)
        for place, height in enumerate(heights):
            left, upper = self._x(place * step), self._y(min(height, self.top))
            self._marks.append(
                f'<rect x="{left:.1f}" y="{upper:.1f}" width="{self._x(step) - self._x(0):.1f}"'
                f' height="{self._y(0) - upper:.1f}" fill="{_colour(number)}" fill-opacity="0.45"/>'
            )
        self._legend.append((name, _colour(number), ""))

    def body(self) -> str:
        """The chart as a group, to be placed in a picture."""
        heading = f'<text x="{_LEFT}" y="20" font-size="14" font-weight="bold">{escape(self.title)}</text>'
        return "\n".join((heading, *self._axes(), *self._marks, *self._named()))

    def _axes(self) -> Iterable[str]:
        for tick in _TICKS:
            x, y = self._x(tick), self._y(tick * self.top)
            for (x1, y1), (x2, y2) in (((x, self._y(0)), (x, self._y(self.top))), ((self._x(0), y), (self._x(1), y))):
                yield f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#e5e5e5"/>'
            yield f'<text x="{x:.1f}" y="{self._y(0) + 15:.1f}" text-anchor="middle">{tick:.1f}</text>'
            yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick * self.top:.2g}</text>'
        middle, foot = (self._x(0) + self._x(1)) / 2, self._y(0) + 33
        yield f'<text x="{middle:.1f}" y="{foot:.1f}" text-anchor="middle">{escape(self.x_label)}</text>'
        upright = (self._y(0) + self._y(self.top)) / 2
        yield (
            f'<text transform="translate(14 {upright:.1f}) rotate(-90)" text-anchor="middle">'
            f"{escape(self.y_label)}</text>"
        )

    def _named(self) -> Iterable[str]:
        for place, (name, colour, dashes) in enumerate(self._legend):
            y = self._y(0) - 12 - 15 * (len(self._legend) - 1 - place)
            right = self._x(1) - 10
            yield (
                f'<line x1="{right - 24:.1f}" y1="{y - 4:.1f}" x2="{right:.1f}" y2="{y - 4:.1f}" stroke="{colour}"'
                f' stroke-width="3" stroke-dasharray="{dashes}"/>'
            )
            yield f'<text x="{right - 30:.1f}" y="{y:.1f}" text-anchor="end">{escape(name)}</text>'

    def _x(self, value: float) -> float:
        return _LEFT + value * (self.width - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        return self.height - _BOTTOM - value / self.top * (self.height - _TOP - _BOTTOM)


def picture(charts: Sequence[Chart], title: str, columns: int = 1) -> str:
    """Charts of one size side by side in a picture of its own; `title` says in words what it shows."""
    columns = min(columns, len(charts))
    width, height = charts[0].width, charts[0].height
    rows = -(-len(charts) // columns)
    groups = "\n".join(
        f'<g transform="translate({place % columns * width} {place // columns * height})">\n{chart.body()}\n</g>'
        for place, chart in enumerate(charts)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {columns * width} {rows * height}"'
        f' width="{columns * width}" height="{rows * height}" font-family="sans-serif" font-size="11">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{groups}\n</svg>\n'
    )


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]
