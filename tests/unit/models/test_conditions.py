"""What a rule may ask of a comment."""

from typing import Any

import pytest

from models.conditions import FIELDS, OPERATORS, flaw, predicate
from models.facts import Facts
from models.vocabulary import Comment, Condition, Evidence, Origin, Score


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (("author.role", "is", "STAFF"), True),
        (("author.role", "is_not", "guest"), True),
        (("author.role", "in", ("guest", "staff")), True),
        (("author.role", "not_in", ("guest",)), True),
        (("author.id", "is", "u2"), False),
        (("author.signed_in", "is", True), True),
        (("author.name", "known", False), True),
        (("author.name", "is", "Ana"), False),
        (("author.name", "is_not", "Ana"), True),
        (("author.name", "not_in", ("Ana",)), True),
        (("author.email_domain", "is", "mail.example"), True),
        (("author.approved", "ge", 3), True),
        (("author.approved", "lt", 3), False),
        (("page.url", "starts_with", "https://blog.example/News"), True),
        (("page.url", "matches", "/news/[0-9]+$"), True),
        (("page.url", "matches", "^/news"), False),
        (("content_type", "is", "reply"), True),
        (("language", "is", "de"), True),
        (("body", "contains", "EVENING"), True),
        (("body.length", "eq", len("good evening at one.com and one.com")), True),
        (("body.links", "ge", 2), True),
        (("body.domains", "gt", 1), False),
        (("score.probability", "gt", 0.3), True),
        (("score.high", "le", 0.5), False),
        (("evidence.copies_seen", "ge", 1), True),
        (("evidence.copies_spam", "ge", 0), False),
        (("evidence.copies_spam", "known", False), True),
        (("evidence.honeypot_filled", "is", True), False),
    ],
    ids=str,
)
def test_a_condition_holds_or_does_not(condition: tuple[str, str, Any], met: bool) -> None:
    comment = Comment(
        "good evening at one.com and one.com",
        language="de",
        origin=Origin(
            "u1",
            "staff",
            "a@mail.example",
            page_url="https://blog.example/news/7",
            content_type="reply",
            author_approved=3,
        ),
    )
    facts = Facts(comment, Evidence(copies_seen=2), Score(0.4, 0.2, 0.6, (), "mdl_1"))

    assert predicate(Condition(*condition))(facts) is met


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_asked_when_nothing_is_known(field: str) -> None:
    facts = Facts(Comment(""), Evidence(), None)

    assert predicate(Condition(field, "known", True))(facts) in (True, False)


@pytest.mark.parametrize(
    ("condition", "pointer"),
    [
        (("author.shoes", "is", "x"), "/field"),
        (("body", "gt", 3), "/operator"),
        (("body.length", "is", 3), "/operator"),
        (("body.length", "gt", "3"), "/value"),
        (("body.length", "gt", True), "/value"),
        (("body", "is", True), "/value"),
        (("body", "is", ""), "/value"),
        (("body", "in", "x"), "/value"),
        (("body", "in", ()), "/value"),
        (("author.signed_in", "is", "yes"), "/value"),
        (("body", "known", "yes"), "/value"),
        (("author.approved", "ge", 1001), "/value"),
        (("body", "matches", "("), "/value"),
        (("body", "matches", "(?=a)"), "/value"),
        (("body", "matches", r"(a)\1"), "/value"),
        (("body", "matches", "a*"), "/value"),
        (("body", "matches", "a{1001}"), "/value"),
        (("body", "matches", "((a{100}){100}){100}"), "/value"),
        (("body", "matches", "x" * 1001), "/value"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_condition_that_cannot_be_evaluated_is_refused_with_the_place(
    condition: tuple[str, str, Any], pointer: str
) -> None:
    found = flaw(Condition(*condition))

    assert found is not None
    assert found.pointer == pointer
    with pytest.raises(ValueError, match=f"{condition[0]}: "):
        predicate(Condition(*condition))


def test_operators_are_named_once() -> None:
    assert len(set(OPERATORS)) == len(OPERATORS)
