import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from models.artifact import shipped
from models.calibration import Calibrated
from training.evaluate import Held
from training.judged import Judged
from training.report import write_card
from training.svg import Chart, picture

SVG = "{http://www.w3.org/2000/svg}"
CARD = {"kind": "a classifier", "digest": "d" * 64, "recipe": {"seed": 3}, "learned_from": [{"file": "a|b", "n": 2}]}


def judged(source: str, held: Held = Held.BY_SOURCE, n_spam: int = 50) -> Judged:
    is_spam = np.arange(100) < n_spam
    probability = np.where(is_spam, 0.97, 0.03) + np.linspace(-0.02, 0.02, 100)
    return Judged(
        source, held, is_spam, np.ones(100), Calibrated(probability, np.clip(probability - 0.01, 0, 1), probability)
    )


def parsed(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))


def test_a_card_has_figures_plots_and_a_table_of_false_positives(tmp_path: Path) -> None:
    path = write_card(tmp_path / "new", CARD, [judged("forum"), judged("shop"), judged("blog", n_spam=0)])

    text = path.read_text()
    assert "- **recipe**: seed 3" in text
    assert "a\\|b" in text, "a bar in a name does not break the table"
    assert "| forum | by source | 50 |" in text
    plots = re.findall(r"!\[[^]]*]\(([a-z-]+\.svg)\)", text)
    assert sorted(plots) == ["precision-recall.svg", "reliability.svg", "roc.svg", "scores.svg"]
    for plot in plots:
        assert parsed(path.parent / plot).find(f"{SVG}title") is not None
    metrics = json.loads((path.parent / "metrics.json").read_text())
    assert metrics["card"] == CARD
    assert [row["source"] for row in metrics["false_positives"]] == ["forum", "shop", "blog"]


def test_false_positives_are_counted_at_probabilities_and_by_the_thresholds(tmp_path: Path) -> None:
    said = np.array([0.05, 0.6, 0.93, 0.96, 0.995, 0.999])
    low = np.array([0.01, 0.5, 0.92, 0.93, 0.975, 0.999])
    is_spam = np.array([False, False, False, False, False, True])
    one = Judged("forum", Held.BY_FOLD, is_spam, np.ones(6), Calibrated(said, low, np.maximum(said, 0.2)))

    write_card(tmp_path, CARD, [one])

    (row,) = json.loads((tmp_path / "metrics.json").read_text())["false_positives"]
    assert row == {
        "source": "forum",
        "held": "by fold",
        "n_ham": 5,
        "from_0.5": 4,
        "from_0.9": 3,
        "from_0.99": 1,
        "rejected": 2,
        "discarded": 1,
    }


def test_the_roc_reaches_the_corner_for_a_perfect_ranking_and_ends_where_all_is_called_spam(tmp_path: Path) -> None:
    write_card(tmp_path, CARD, [judged("forum")])

    (line,) = parsed(tmp_path / "roc.svg").iter(f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    chart = Chart("", "", "")
    assert points[0] == (pytest.approx(chart._x(0), abs=0.1), pytest.approx(chart._y(0), abs=0.1))
    assert points[-1] == (pytest.approx(chart._x(1), abs=0.1), pytest.approx(chart._y(1), abs=0.1))
    corner = (chart._x(0), chart._y(1))
    assert min(abs(x - corner[0]) + abs(y - corner[1]) for x, y in points) < 0.2


def test_sources_that_were_left_out_whole_are_what_the_plots_show(tmp_path: Path) -> None:
    write_card(tmp_path, CARD, [judged("forum", Held.BY_FOLD), judged("shop")])

    names = [text.text for text in parsed(tmp_path / "roc.svg").iter(f"{SVG}text")]
    assert "shop" in names
    assert "forum" not in names


def test_ham_alone_has_no_ranking_to_draw(tmp_path: Path) -> None:
    write_card(tmp_path, CARD, [judged("forum", n_spam=0)])

    assert {path.name for path in tmp_path.iterdir()} == {"card.md", "metrics.json", "reliability.svg", "scores.svg"}


def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_card(tmp_path / name, CARD, [judged("forum")])

    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    chart = Chart("<script>&", "x", "y")
    chart.line([(0, 0), (1, 1)], "</svg><b>", 0)
    chart.point(0.5, 0.5, 0, "<i>")

    drawn = ElementTree.fromstring(picture([chart], "<title>"))

    assert not list(drawn.iter("script"))
    assert {element.tag.removeprefix(SVG) for element in drawn.iter()} <= {
        "svg",
        "title",
        "rect",
        "g",
        "text",
        "line",
        "polyline",
        "circle",
    }


def test_the_shipped_model_comes_with_its_card_and_plots() -> None:
    path, card = shipped()
    directory = path.with_suffix("")

    assert json.loads((directory / "metrics.json").read_text())["card"] == card
    assert card["digest"] in (directory / "card.md").read_text()
    assert (directory / "roc.svg").exists()
