import pytest

from models.circumstances import CIRCUMSTANCES, circumstances
from models.classifier import ClassifierScorer, SpamClassifier
from models.vocabulary import Comment, Evidence

NAMES = [one.name for one in CIRCUMSTANCES]


def value(name: str, evidence: Evidence) -> float:
    return circumstances(evidence)[NAMES.index(name)]


def said(name: str, evidence: Evidence) -> str:
    return CIRCUMSTANCES[NAMES.index(name)].sentence(evidence)


def test_what_is_unknown_and_what_was_looked_for_in_vain_is_exactly_zero() -> None:
    found_none = Evidence(
        honeypot_filled=False,
        form_seconds=30.0,
        copies_seen=0,
        copies_spam=0.0,
        copies_ham=0.0,
        author_spam=0.0,
        author_ham=0.0,
        domains_new=0,
        recent_by_author=0,
        relevance=0.0,
    )
    assert set(circumstances(Evidence())) == {0.0}
    assert set(circumstances(found_none)) == {0.0}


@pytest.mark.parametrize("kind", ["copies", "author", "ip", "domain"])
def test_labels_of_spam_speak_for_spam_and_labels_of_ham_against_it(kind: str) -> None:
    name = f"{kind}_record"
    spam = Evidence(**{f"{kind}_spam": 12.0, f"{kind}_ham": 0.0})  # type: ignore[arg-type]
    ham = Evidence(**{f"{kind}_spam": 0.0, f"{kind}_ham": 12.0})  # type: ignore[arg-type]
    assert value(name, spam) == -value(name, ham) > 2.0


@pytest.mark.parametrize(
    ("name", "evidence", "words"),
    [
        ("copies", Evidence(copies_seen=1), "Nearly the same text came 1 time before"),
        ("copies_record", Evidence(copies_spam=3.2, copies_ham=1.0), "Nearly the same text was spam 3 of 4 times here"),
        (
            "author_record",
            Evidence(author_spam=0.0, author_ham=5.0),
            "The author's earlier comments were spam 0 of 5 times here",
        ),
        (
            "domain_record",
            Evidence(domain_spam=12.0, domain_ham=0.0, domain="bad.example"),
            "Links to bad.example, which was spam 12 of 12 times here",
        ),
        ("new_domains", Evidence(domains_new=2), "2 linked sites were not linked here in the last weeks"),
        ("author_rate", Evidence(recent_by_author=9), "The author sent 9 comments in the hour before"),
        ("relevance", Evidence(relevance=0.5), "50% of the longer words stand in the page"),
    ],
)
def test_each_circumstance_has_a_sentence(name: str, evidence: Evidence, words: str) -> None:
    assert value(name, evidence) != 0.0
    assert said(name, evidence) == words


def test_two_comments_in_an_hour_are_nothing_unusual() -> None:
    assert value("author_rate", Evidence(recent_by_author=2)) == 0.0
    assert value("author_rate", Evidence(recent_by_author=3)) > 0.0


def test_the_reason_names_the_domain_that_was_spam_before() -> None:
    classifier = SpamClassifier(bits=10).fit(["lovely song", "free coins"] * 4, [False, True] * 4)
    known = Evidence(domain_spam=12.0, domain_ham=0.0, domain="bad.example")
    (score,) = ClassifierScorer(classifier, "mdl_x").score([Comment("lovely song")], [known])
    (without,) = ClassifierScorer(classifier, "mdl_x").score([Comment("lovely song")], [Evidence()])
    (reason,) = [one for one in score.reasons if one.code == "domain_record"]
    assert "bad.example, which was spam 12 of 12 times" in reason.text
    assert score.probability > without.probability
