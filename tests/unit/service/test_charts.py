"""Charts that the console draws."""

from xml.etree import ElementTree

import pytest

from service.console.charts import Series, nice_top, stacked


def test_a_bar_is_as_high_as_its_count_and_stands_on_the_one_below() -> None:
    drawn = stacked(
        ["<a>", "b"], [Series("ham & eggs", "approve", (6, 0)), Series("spam", "reject", (4, 5))], 'say "it"'
    )

    bars = [part.attrib for part in ElementTree.fromstring(drawn) if part.tag == "rect"]
    assert [bar["class"] for bar in bars] == ["bar approve", "bar reject", "bar reject"]
    first, second, other = bars
    assert float(first["height"]) / float(other["height"]) == pytest.approx(6 / 5, abs=0.01)
    assert float(second["y"]) + float(second["height"]) == pytest.approx(float(first["y"]), abs=0.1)


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (21, 40), (41, 100), (1001, 2000)]
)
def test_the_scale_ends_at_an_easy_even_number(largest: int, top: int) -> None:
    assert nice_top(largest) == top
