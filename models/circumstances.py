"""Named numbers of what is known beside the text, each with a sentence for people.

The weights are assumptions until labels with evidence teach better ones: no public file has such evidence. What is
unknown is 0, and 0 adds exactly nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, log1p

from models.vocabulary import Evidence

FAST_FORM_SECONDS = 2.0
_USUAL_IN_AN_HOUR = 2
_MOST_NEW_DOMAINS = 3
_MOST_NEW_LINKS = 3


@dataclass(frozen=True, slots=True)
class Circumstance:
    """`weight`: in the logit for each unit of `value`. `sentence`: about evidence for which `value` is not 0."""

    name: str
    weight: float
    value: Callable[[Evidence], float]
    sentence: Callable[[Evidence], str]


def circumstances(evidence: Evidence) -> tuple[float, ...]:
    """The value of each of CIRCUMSTANCES, in their order; all 0 where nothing is known."""
    if evidence == _NOTHING_KNOWN:
        return NOTHING
    return tuple(float(one.value(evidence)) for one in CIRCUMSTANCES)


def _record(spam: float | None, ham: float | None) -> float:
    """Logarithm of the odds of spam, with one imagined label of each kind: so 0 without labels."""
    return 0.0 if spam is None or ham is None else log((spam + 1.0) / (ham + 1.0))


def _times(spam: float | None, ham: float | None) -> str:
    n_spam, n_ham = round(spam or 0.0), round(ham or 0.0)
    if n_spam + n_ham == 0:
        return "not lately" if (spam or 0.0) < (ham or 0.0) else "some time ago"
    return f"{n_spam} of {n_spam + n_ham} times here"


def _fast_form(evidence: Evidence) -> float:
    seconds = evidence.form_seconds
    return float(seconds is not None and seconds < FAST_FORM_SECONDS)


def _rate(evidence: Evidence) -> float:
    return log1p(max(0, (evidence.recent_by_author or 0) - _USUAL_IN_AN_HOUR))


def _new_domains(evidence: Evidence) -> float:
    return log1p(min(evidence.domains_new or 0, _MOST_NEW_DOMAINS))


def _new_domains_sentence(evidence: Evidence) -> str:
    n = evidence.domains_new
    return f"{n} linked {'site was' if n == 1 else 'sites were'} not linked here in the last weeks"


def _edit_links(evidence: Evidence) -> float:
    return log1p(min(evidence.edit_new_links or 0, _MOST_NEW_LINKS))


def _edit_links_sentence(evidence: Evidence) -> str:
    n = evidence.edit_new_links
    return f"The edit brings {n} {'link' if n == 1 else 'links'} that the approved text did not have"


CIRCUMSTANCES = (
    Circumstance(
        "honeypot",
        3.0,
        lambda e: float(e.honeypot_filled is True),
        lambda _: "The hidden field of the form was filled in",
    ),
    Circumstance("fast_form", 1.0, _fast_form, lambda _: "The form was sent within two seconds"),
    Circumstance(
        "copies",
        0.3,
        lambda e: log1p(e.copies_seen or 0),
        lambda e: f"Nearly the same text came {e.copies_seen} {'time' if e.copies_seen == 1 else 'times'} before",
    ),
    Circumstance(
        "copies_record",
        0.9,
        lambda e: _record(e.copies_spam, e.copies_ham),
        lambda e: f"Nearly the same text was spam {_times(e.copies_spam, e.copies_ham)}",
    ),
    Circumstance(
        "author_record",
        0.7,
        lambda e: _record(e.author_spam, e.author_ham),
        lambda e: f"The author's earlier comments were spam {_times(e.author_spam, e.author_ham)}",
    ),
    Circumstance(
        "ip_record",
        0.3,
        lambda e: _record(e.ip_spam, e.ip_ham),
        lambda e: f"Comments from the same IP address were spam {_times(e.ip_spam, e.ip_ham)}",
    ),
    Circumstance(
        "domain_record",
        0.9,
        lambda e: _record(e.domain_spam, e.domain_ham),
        lambda e: f"Links to {e.domain or 'a domain'}, which was spam {_times(e.domain_spam, e.domain_ham)}",
    ),
    Circumstance("new_domains", 0.2, _new_domains, _new_domains_sentence),
    Circumstance(
        "author_rate",
        0.4,
        _rate,
        lambda e: f"The author sent {e.recent_by_author} comments in the hour before",
    ),
    Circumstance(
        "relevance",
        -1.0,
        lambda e: e.relevance or 0.0,
        lambda e: f"{e.relevance or 0.0:.0%} of the longer words stand in the page",
    ),
    Circumstance(
        "edit_new_share",
        1.0,
        lambda e: e.edit_new_share or 0.0,
        lambda e: f"{e.edit_new_share or 0.0:.0%} of the words are new since the text was approved",
    ),
    Circumstance("edit_new_links", 1.5, _edit_links, _edit_links_sentence),
)
_NOTHING_KNOWN = Evidence()
NOTHING = (0.0,) * len(CIRCUMSTANCES)
