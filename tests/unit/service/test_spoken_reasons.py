"""Every reason that a machine gives can be read in German."""

from collections.abc import Iterator
from itertools import product
from math import log1p

import pytest

from models import judge
from models.circumstances import CIRCUMSTANCES
from models.explain import _words_sentence
from models.features import FEATURES, sentence
from models.rulebook import _sentence as of_entry
from models.thresholds import CAUTIOUS
from models.vocabulary import Evidence, ListEffect, ListEntry, ListKind, Mode, Policy
from service.console.spoken import _translated

COUNTS = (0, 1, 2, 7, 40)
POLICY = Policy("1", Mode.AUTOMATIC, CAUTIOUS)


def _known(spam: float, ham: float, n: int) -> Evidence:
    return Evidence(
        copies_seen=n,
        copies_spam=spam,
        copies_ham=ham,
        author_spam=spam,
        author_ham=ham,
        ip_spam=spam,
        ip_ham=ham,
        domain_spam=spam,
        domain_ham=ham,
        domain="pills.example",
        domains_new=n,
        recent_by_author=n,
        relevance=0.4,
        edit_new_share=0.6,
        edit_new_links=n,
    )


def _sentences() -> Iterator[str]:
    for index, n in product(range(len(FEATURES) - len(CIRCUMSTANCES)), COUNTS):
        yield sentence(index, log1p(n), Evidence())
    evidence = [_known(*known) for known in ((3.0, 1.0, 1), (0.2, 0.1, 3), (0.1, 0.2, 2))]
    for index, known in product(range(len(FEATURES) - len(CIRCUMSTANCES), len(FEATURES)), evidence):
        yield sentence(index, 1.0, known)
    for body, weight in product(("word", "two words\nor {more}"), (1.0, -1.0)):
        yield _words_sentence(body, (0, len(body)), weight)
    for kind, effect, why in product(ListKind, ListEffect, ("as agreed: no", "")):
        yield of_entry(ListEntry("ent_1", effect, kind, "a “value” (b)", why))
    yield judge.scorer_failed(POLICY, 3).reasons[0].text
    yield judge.no_model(POLICY).reasons[0].text
    yield judge._flood_reason(Evidence(recent_by_author=70)).text
    yield "The rule “No (ads)” applies (rul_1)."
    yield "3 comments of this account have been approved here."
    yield "0 comments of this author have been approved here; the first 2 are seen by a person."


@pytest.mark.parametrize("english", sorted(set(_sentences())))
def test_a_reason_can_be_read_in_german(english: str) -> None:
    german = _translated(english)

    assert german != english
    assert not {"is", "are", "the", "The", "was"} & set(german.split())


def test_what_stands_in_a_reason_is_kept() -> None:
    assert _translated("Links to a.example, which was spam 3 of 4 times here") == (
        "Links zu a.example; das war hier 3 von 4 Mal Spam"
    )
    assert _translated("The wording “buy {now}” is blocked (ent_1): as agreed") == (
        "Der Wortlaut „buy {now}“ ist gesperrt (ent_1): as agreed"
    )
    assert _translated("“Two” is usual in wanted comments") == "„Two“ ist in echten Kommentaren üblich"
    assert _translated("Six words or phrases of promotion") == "Sechs Wörter oder Wendungen der Werbung"


def test_a_reason_of_an_earlier_version_is_shown_as_it_is() -> None:
    assert _translated("Something that was said before") == "Something that was said before"
