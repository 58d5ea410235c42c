"""A lane's audits by day: from the log to the chart."""

import re

import pytest
from flask import Flask

from models.guarantee import log
from models.guarantee.entries import MICROSECONDS_A_DAY, Labelled, Overdue, Row, rows_of
from models.guarantee.lanes import Lane
from models.guarantee.log import Audited
from service.console import lane_chart
from service.guarantee import Point

DAY = MICROSECONDS_A_DAY


def row(at: int, *, is_spam: bool = False, audited: bool = True, lane: Lane = Lane.APPROVE) -> Row:
    return Row(at, 0.1, 0.1, lane, True, True, audited, is_spam)


def test_audits_of_what_the_lane_decided_since_it_acts_are_counted_by_the_day_of_their_entry() -> None:
    entries = [
        Labelled(DAY, rows_of([row(DAY - 1), row(DAY), row(DAY, is_spam=True), row(DAY, audited=False)])),
        Labelled(DAY + 5, rows_of([row(DAY, lane=Lane.REJECT)])),
        Overdue(3 * DAY, rows_of([row(DAY)])),
        Labelled(3 * DAY + 1, rows_of([row(DAY)])),
    ]

    found = log.audits_by_day(Lane.APPROVE, DAY, [(log.kind_of(one), log.dump(one)) for one in entries])

    assert found == [Audited(1, 2, 1), Audited(3, 2, 1)]


@pytest.mark.parametrize(
    ("course", "target", "names"),
    [
        ([Point(20_000, 10, 0, 0.0, 0.3)], 0.01, ["0 %", "20 %", "40 %"]),
        ([Point(20_000, 100, 1, 0.0, 0.6), Point(20_010, 900, 2, 0.0, 0.008)], 0.005, ["0 %", "2 %", "4 %"]),
    ],
)
def test_the_chart_says_in_words_where_the_rate_stands_and_its_scale_holds_what_is_allowed(
    course: list[Point], target: float, names: list[str]
) -> None:
    def percent(share: float) -> str:
        return f"{share * 100:g} %"

    with Flask("test").test_request_context():
        drawn = lane_chart.chart(course, target, percent, rate_of="Spam <audited>")

    end = course[-1]
    label = re.search(r'aria-label="([^"]+)"', drawn)
    assert label is not None
    assert label[1].startswith("Spam &lt;audited&gt;, 2024-10-04 to")
    assert f"between {percent(end.low)} and {percent(end.high)}; allowed {percent(target)}" in label[1]
    assert re.findall(r'text-anchor="end">([^<]* %)<', drawn) == names
    heights = [
        float(point.split(",")[1]) for point in re.findall(r'polyline class="rate" points="([^"]+)"', drawn)[0].split()
    ]
    assert all(0 <= height <= 200 for height in heights)
