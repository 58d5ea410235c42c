"""The card of a model for people: `card.md` with `metrics.json` and plots beside it. No text of a comment is in it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from models.vocabulary import Thresholds
from training.elsewhere import thresholds_of
from training.evaluate import Held
from training.judged import Flags, Floats, Judged
from training.svg import Chart, picture

_N_BINS, _N_BARS, _MAX_POINTS = 10, 20, 200
_TAIL = 0.05
_AT = (0.5, 0.9, 0.99)

Card = dict[str, Any]


def write_card(directory: Path, card: Card, judged: Sequence[Judged]) -> Path:
    """Write the card into `directory`, which is made if need be, and return the path of `card.md`.

    `card`: what stands beside the model's file. `judged`: what was said of rows that the model, or its like, had not
    seen; where there are sources that were left out whole, the plots show those. The same values give the same bytes.
    """
    directory.mkdir(parents=True, exist_ok=True)
    shown = [one for one in judged if one.held is Held.BY_SOURCE] or list(judged)
    thresholds = thresholds_of(card)
    false_positives = [_false_positives(one, thresholds) for one in judged]
    plots = _plots(shown)
    for name, text in plots.items():
        (directory / f"{name}.svg").write_text(text, encoding="utf-8")
    metrics = {"card": card, "false_positives": false_positives, "reliability": [_reliable(one) for one in judged]}
    written = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    (directory / "metrics.json").write_text(written, encoding="utf-8")
    path = directory / "card.md"
    path.write_text("\n".join(_sections(card, false_positives, list(plots), shown)) + "\n", encoding="utf-8")
    return path


def _plots(shown: Sequence[Judged]) -> dict[str, str]:
    ranked = [one for one in shown if one.is_spam.any() and not one.is_spam.all()]
    plots = {}
    if ranked:
        roc = Chart("ROC", "share of ham called spam", "share of spam found")
        roc.guide((0, 0), (1, 1))
        recalls = Chart("Precision and recall", "recall: share of spam found", "precision: share that is spam")
        for number, one in enumerate(ranked):
            found, called = _curve(one.said.probability, one.is_spam, one.stands_for)
            roc.line(zip(called[0], found[0], strict=True), one.source, number, dash=number // 8)
            recalls.line(zip(found[0], found[1], strict=True), one.source, number, dash=number // 8)
        plots["roc"] = picture([roc], "Receiver operating characteristic of each source")
        plots["precision-recall"] = picture([recalls], "Precision over recall of each source")
    plots["reliability"] = picture([_reliability_chart(shown)], "Share of spam over the probability that was said")
    plots["scores"] = picture([_histogram(one) for one in shown], "Probabilities said of each source", columns=3)
    return plots


def _curve(probability: Floats, is_spam: Flags, weights: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Recall and precision, and false positive rate and recall, from the highest probability down, thinned out."""
    order = np.argsort(-probability, kind="stable")
    ends = np.append(np.diff(probability[order]) != 0, True)
    spam = np.cumsum((weights * is_spam)[order])[ends]
    ham = np.cumsum((weights * ~is_spam)[order])[ends]
    keep = np.unique(np.linspace(0, len(spam) - 1, min(len(spam), _MAX_POINTS)).round().astype(np.intp))
    spam, ham = spam[keep], ham[keep]
    recall, rate = np.append(0.0, spam / spam[-1]), np.append(0.0, ham / ham[-1])
    precision = spam / (spam + ham)
    return (recall, np.append(precision[0], precision)), (rate, recall)


def _reliability_chart(shown: Sequence[Judged]) -> Chart:
    chart = Chart("Reliability", "probability said", "share that is spam, 90 % interval")
    chart.guide((0, 0), (1, 1))
    for number, one in enumerate(shown):
        bins = _reliable(one)["bins"]
        chart.line([(b["said"], b["spam"]) for b in bins], one.source, number, dash=number // 8)
        for b in bins:
            chart.range(b["said"], b["low"], b["high"], number)
            chart.point(b["said"], b["spam"], number, f"{one.source}: {b['n']} rows")
    return chart


def _reliable(one: Judged) -> dict[str, Any]:
    """Ten equal bins of the probability: what was said on average, and the share of spam (Clopper & Pearson 1934)."""
    place = np.minimum((one.said.probability * _N_BINS).astype(np.intp), _N_BINS - 1)
    bins = []
    for number in np.unique(place).tolist():
        mine = place == number
        n, n_spam = int(mine.sum()), int(one.is_spam[mine].sum())
        low = float(beta.ppf(_TAIL, n_spam, n - n_spam + 1)) if n_spam else 0.0
        high = float(beta.ppf(1 - _TAIL, n_spam + 1, n - n_spam)) if n_spam < n else 1.0
        said = float(one.said.probability[mine].mean())
        figures = {"said": said, "spam": n_spam / n, "low": low, "high": high}
        bins.append({"n": n, **{name: round(value, 4) for name, value in figures.items()}})
    return {"source": one.source, "held": one.held.value, "bins": bins}


def _histogram(one: Judged) -> Chart:
    chart = Chart(f"{one.source} ({one.held.value})", "probability said", "share of the class", width=320, height=250)
    shares = []
    for mine in (~one.is_spam, one.is_spam):
        counts, _ = np.histogram(one.said.probability[mine], bins=_N_BARS, range=(0.0, 1.0))
        shares.append(counts / max(int(mine.sum()), 1))
    chart.top = max(0.1, float(np.max(shares)))
    for name, kind, number in (("ham", 0, 0), ("spam", 1, 1)):
        chart.bars(shares[kind].tolist(), name, number)
    return chart


def _false_positives(one: Judged, thresholds: Thresholds) -> dict[str, Any]:
    """How much ham is taken for spam: at fixed probabilities, and by the thresholds of a new site."""
    ham = ~one.is_spam
    approved = one.said.high < thresholds.approve_below
    rejected = ham & ~approved & (one.said.low >= thresholds.reject_from)
    discarded = rejected & (one.said.low >= thresholds.discard_from)
    called = {f"from_{level:g}": int((one.said.probability[ham] >= level).sum()) for level in _AT}
    counts = {"rejected": int((rejected & ~discarded).sum()), "discarded": int(discarded.sum())}
    return {"source": one.source, "held": one.held.value, "n_ham": int(ham.sum()), **called, **counts}


def _sections(
    card: Card, false_positives: Sequence[dict[str, Any]], plots: Sequence[str], shown: Sequence[Judged]
) -> list[str]:
    lines = ["# Model card", "", str(card.get("kind", "comment spam classifier")) + ".", ""]
    plain = {name: value for name, value in card.items() if isinstance(value, str | int | float) and name != "kind"}
    lines += [f"- **{name.replace('_', ' ')}**: {value}" for name, value in plain.items()]
    for name in ("recipe", "correction", "labels", "thresholds", "left_out", "versions"):
        if isinstance(card.get(name), dict):
            told = ", ".join(f"{key} {value}" for key, value in card[name].items())
            lines.append(f"- **{name}**: {told}")
    learned = card.get("learned_from") or []
    if learned:
        lines += [
            "",
            "## Learned from",
            "",
            *_table([{k: v for k, v in row.items() if k != "sha256"} for row in learned]),
        ]
    figures = card.get("figures") or []
    if figures:
        lines += ["", "## Figures", "", "Of rows that the model, or its like, had not seen.", "", *_table(figures)]
    lines += ["", "## False positives", "", "Ham that would be called spam from a probability on, and by the", ""]
    lines[-2] += " thresholds of a new site, of all ham held out."
    lines += _table(false_positives)
    held = "whole sources left out" if any(one.held is Held.BY_SOURCE for one in shown) else "held-out rows"
    lines += ["", "## Plots", "", f"Of {held}.", ""]
    lines += [f"![{name.replace('-', ' ')}]({name}.svg)" for name in plots]
    return lines


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    names = list(rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    heading = [name.replace("_", " ") for name in names]
    return ["| " + " | ".join(row) + " |" for row in (heading, ["---"] * len(names), *cells)]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", "\\|")
