"""The course of a lane over the days: the share of errors with its interval, and what is allowed."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup, escape

from service.console.charts import HEIGHT, WIDTH
from service.console.texts import say
from service.guarantee import Point

_LEFT, _RIGHT, _BOTTOM, _TOP = 56, 12, 22, 8
# A wide interval of the first audits may be cut off; what counts is where it comes down to.
_MOST_OF_TARGET = 6.0
_FEWEST_DAYS = 6
_TICKS = 3


def date_of(day: int) -> str:
    """A day since 1970 as a date."""
    return _date(day).isoformat()


def chart(course: Sequence[Point], target: float, percent: Callable[[float], str], *, rate_of: str) -> Markup:
    """At least one day. `target`: the share that is allowed; `percent` writes a share; `rate_of`: of what it is."""
    first, last = course[0].day, max(course[-1].day, course[0].day + _FEWEST_DAYS)
    top = _nice(max(target * 1.5, course[-1].high, min(course[0].high, target * _MOST_OF_TARGET)))

    def x(day: float) -> float:
        return _LEFT + (day - first + 0.5) / (last - first + 1) * (WIDTH - _LEFT - _RIGHT)

    def y(rate: float) -> float:
        return HEIGHT - _BOTTOM - min(1.0, rate / top) * (HEIGHT - _BOTTOM - _TOP)

    steps = _steps(course)
    band = [f"{x(d):.1f},{y(p.high):.1f}" for d, p in steps] + [f"{x(d):.1f},{y(p.low):.1f}" for d, p in steps[::-1]]
    rate = [f"{x(d):.1f},{y(p.errors / p.n):.1f}" for d, p in steps]
    end = course[-1]
    says = say(
        "guarantee.chart.says",
        name=rate_of,
        first=date_of(first),
        last=date_of(end.day),
        rate=percent(end.errors / end.n),
        low=percent(end.low),
        high=percent(end.high),
        target=percent(target),
    )
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(says)}">',
        *(_grid_line(y(top * part / (_TICKS - 1)), percent(top * part / (_TICKS - 1))) for part in range(_TICKS)),
        f'<polygon class="band" points="{" ".join(band)}"/><polyline class="rate" points="{" ".join(rate)}"/>',
        f'<line class="target" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(target):.1f}" y2="{y(target):.1f}"/>',
        *(_day_mark(x(day), _short(day), anchor) for day, anchor in _days(first, last)),
    ]
    return Markup("".join(parts) + "</svg>")  # noqa: S704  Numbers and dates, and texts that are escaped.


def _nice(rate: float) -> float:
    """The end of a scale whose middle is easy to read too, not less than `rate` and at most 1."""
    size = 10.0 ** math.floor(math.log10(rate))
    return min(1.0, next(round(factor * size, 12) for factor in (1, 2, 4, 6, 10) if factor * size >= rate))


def _steps(course: Sequence[Point]) -> list[tuple[float, Point]]:
    """What was known at the end of a day holds until the next with audits: a step, not a slope between them."""
    found: list[tuple[float, Point]] = []
    for place, point in enumerate(course):
        until = course[place + 1].day if place + 1 < len(course) else point.day + 1
        found += [(point.day - 0.5, point), (until - 0.5, point)]
    return found


def _days(first: int, last: int) -> list[tuple[int, str]]:
    return [(first, "start"), ((first + last) // 2, "middle"), (last, "end")]


def _grid_line(y: float, text: str) -> str:
    return (
        f'<line class="rule" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'
    )


def _day_mark(x: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(day: int) -> str:
    return _date(day).strftime("%m-%d")


def _date(day: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()
