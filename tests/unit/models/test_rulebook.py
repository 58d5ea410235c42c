"""What lists and rules say of a comment: values in, values out."""

import time
from typing import Any

import pytest
from builders import FixedScorer, policy

from models.judge import judge, unscored
from models.lists import normal
from models.patterns import Pattern
from models.pseudonyms import pseudonym
from models.rulebook import SiteRulebook, compile_policy
from models.vocabulary import (
    Action,
    Comment,
    Condition,
    DecidedBy,
    Evidence,
    Finding,
    ListEffect,
    ListEntry,
    ListKind,
    Mode,
    Origin,
    Policy,
    ReviewReason,
    Rule,
    Score,
)

KEY = "ab" * 32
HAM, UNSURE, SPAM = "good evening", "maybe spam", "clear spam"


def entry(kind: str, value: str, effect: str = "block", id: str = "lst_1", reason: str | None = None) -> ListEntry:
    return ListEntry(id, ListEffect(effect), ListKind(kind), normal(ListKind(kind), value), reason)


def rule(action: str | None, *conditions: tuple[str, str, Any], id: str = "rul_1") -> Rule:
    return Rule(id, "a rule", tuple(Condition(*one) for one in conditions), None if action is None else Action(action))


def book(*entries: ListEntry, rules: tuple[Rule, ...] = (), **fields: Any) -> SiteRulebook:
    return SiteRulebook(entries, rules, pseudonym_key=KEY, **fields)


def consult(found: SiteRulebook, body: str = HAM, score: Score | None = None, **fields: Any) -> Finding:
    origin = Origin(**{name: fields.pop(name) for name in list(fields) if name in Origin.__slots__})
    evidence = fields.pop("evidence", Evidence())
    return found.consult(Comment(body, **fields, origin=origin), evidence, score)


def ruled(mode: Mode, found: SiteRulebook) -> Policy:
    return Policy("7", mode, policy().thresholds, found)


@pytest.mark.parametrize(
    ("kind", "value", "met", "missed"),
    [
        ("author_id", "u1", {"author_id": "u1"}, {"author_id": "U1"}),
        ("author_name", "Ana  BELL", {"author_name": "ana bell"}, {"author_name": "Ana Bellows"}),
        ("email", "Ana@Mail.example", {"email_hash": pseudonym(KEY, "email", "ana@mail.example")}, {"email_hash": "x"}),
        ("email_domain", "@mail.example", {"email": "a@sub.MAIL.example"}, {"email": "a@notmail.example"}),
        ("email", f"hash:{'a' * 64}", {"email_hash": "a" * 64}, {"email_hash": "b" * 64}),
        ("ip", f"hash:{'a' * 64}", {"ip_hash": "a" * 64}, {"ip_hash": "b" * 64}),
        ("ip", "192.0.2.7", {"ip_hash": pseudonym(KEY, "ip", "192.0.2.7")}, {"ip_hash": "x"}),
        ("ip", "192.0.2.0/24", {"ip": "192.0.2.255"}, {"ip": "192.0.3.0"}),
        ("ip", "2001:db8::/32", {"ip": "2001:db8:1::1"}, {"ip": "2001:db9::1"}),
        ("ip", "0.0.0.0/0", {"ip": "203.0.113.9"}, {"ip": "::1"}),
        (
            "url_domain",
            "bad.example.com",
            {"author_url": "https://www.bad.example.com/x"},
            {"author_url": "https://example.com"},
        ),
    ],
)
def test_an_entry_knows_an_author(kind: str, value: str, met: dict[str, str], missed: dict[str, str]) -> None:
    found = book(entry(kind, value))

    assert consult(found, **met).action is Action.REJECT
    assert consult(found, **missed) == Finding()
    assert consult(found) == Finding(), "what is not known is on no list"


@pytest.mark.parametrize(
    ("kind", "value", "body", "place"),
    [
        ("words", "casino", "a CASINO!", "CASINO"),
        ("words", "casino", "ein Càsíno hier", "Càsíno"),
        ("words", "online  casino", "the online casino", "online casino"),
        ("words", "赌场", "这个赌场很好", "赌场"),
        ("words", "💊", "buy 💊 now", "💊"),
        ("regex", r"(?i)buy\s+\d+", "ûber: Buy  17", "Buy  17"),
        ("url_domain", "spam.com", "see https://a.spam.com/x", "a.spam.com"),
    ],
)
def test_an_entry_knows_a_text_and_shows_the_place(kind: str, value: str, body: str, place: str) -> None:
    (reason,) = consult(book(entry(kind, value)), body).reasons

    assert reason.code == "list_block"
    assert reason.span is not None
    assert body[slice(*reason.span)] == place


@pytest.mark.parametrize(
    ("value", "body"), [("ass", "classic"), ("online casino", "online, yes; casino"), ("a b", "a")]
)
def test_words_are_whole_and_together(value: str, body: str) -> None:
    assert consult(book(entry("words", value)), body) == Finding()


def test_a_phrase_may_be_written_with_other_signs_between() -> None:
    assert consult(book(entry("words", "online casino")), "online-casino").action is Action.REJECT


def test_words_are_looked_for_in_the_name_too() -> None:
    (reason,) = consult(book(entry("words", "casino")), author_name="Best Casino").reasons

    assert reason.span is None


def test_block_comes_before_hold_before_allow_and_all_are_noted() -> None:
    """A spammer can write a link to an allowed domain himself."""
    entries = [
        entry("url_domain", "ok.com", "allow", "lst_a"),
        entry("words", "pills", "hold", "lst_h"),
        entry("author_id", "u1", "block", "lst_b"),
    ]

    found = consult(book(*entries), "pills at ok.com", author_id="u1")
    without = consult(book(*entries[:2]), "pills at ok.com", author_id="u1")

    assert (found.action, found.spoke) == (Action.REJECT, ("lst_b", "lst_h", "lst_a"))
    assert [reason.code for reason in found.reasons] == ["list_block", "list_hold", "list_allow"]
    assert (without.action, without.spoke) == (Action.REVIEW, ("lst_h", "lst_a"))


def test_lists_come_before_rules_and_the_first_rule_that_decides_is_followed() -> None:
    rules = (
        rule(None, ("body.length", "gt", 3), id="rul_1"),
        rule("approve", ("author.role", "is", "Staff"), id="rul_2"),
        rule("discard", ("body", "contains", "evening"), id="rul_3"),
        rule("discard", ("body", "contains", "morning"), id="rul_4"),
    )

    found = consult(book(rules=rules), author_role="staff")
    listed = consult(book(entry("author_id", "u1"), rules=rules), author_role="staff", author_id="u1")

    assert (found.action, found.spoke) == (Action.APPROVE, ("rul_1", "rul_2", "rul_3"))
    assert (listed.action, listed.spoke) == (Action.REJECT, ("lst_1", "rul_1", "rul_2", "rul_3"))


def test_what_is_personal_stands_in_no_reason() -> None:
    entries = [entry("email", "ana@mail.example"), entry("ip", "192.0.2.7"), entry("author_id", "secret-id")]
    found = consult(
        book(*entries),
        author_id="secret-id",
        email_hash=pseudonym(KEY, "email", "ana@mail.example"),
        ip_hash=pseudonym(KEY, "ip", "192.0.2.7"),
    )

    said = " ".join(reason.text for reason in found.reasons)
    assert len(found.reasons) == 1, "one id, one reason"
    assert "ana" not in said
    assert "192" not in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ip", "192.0.2.7/24"),
        ("ip", "localhost"),
        ("email", "mail.example"),
        ("email_domain", "a b"),
        ("url_domain", "https://x.com/"),
        ("words", " \u200b "),
        ("words", "x" * 1001),
        ("regex", "("),
        ("regex", "a*"),
        ("author_id", "  "),
    ],
)
def test_a_value_that_can_know_nothing_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"must|holds|matches|is no"):
        normal(ListKind(kind), value)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("ip", "::ffff:192.0.2.7", "192.0.2.7"),
        ("ip", "2001:DB8::/32", "2001:db8::/32"),
        ("email", " Ana@Mail.Example ", "ana@mail.example"),
        ("url_domain", "WWW.Spam.com", "spam.com"),
    ],
)
def test_a_value_is_kept_in_one_form(kind: str, value: str, kept: str) -> None:
    assert normal(ListKind(kind), value) == kept


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 64_000 + "!"),
        ("(a|a)*b", "a" * 64_000),
        ("(.*)(.*)(.*)(.*)(.*)[0-9]x", "a" * 64_000),
        ("(x+x+)+y", "x" * 64_000),
        (r"(\w+\s?)+:", "word " * 12_800),
        ("(.*a){25}", "b" * 64_000),
        ("[a-z]{1,200}[0-9]", "a" * 64_000),
    ],
)
def test_a_hostile_pattern_takes_time_linear_in_the_text(pattern: str, text: str) -> None:
    """A backtracking engine would not end before the sun does."""
    compiled = Pattern(pattern)
    began = time.process_time()

    compiled.search(text.encode())

    assert time.process_time() - began < 2.0


def test_ten_thousand_entries_cost_little_more_than_one() -> None:
    entries = [entry("words", f"word{n} and more", id=f"lst_{n}") for n in range(10_000)]
    found = book(*entries)
    body = " ".join(f"word{n} and" for n in range(5_000))
    began = time.process_time()

    finding = consult(found, body)

    assert finding == Finding()
    assert time.process_time() - began < 1.0


def test_a_rule_decides_before_the_lane_and_the_model_orders_the_queue() -> None:
    holding = ruled(Mode.AUTOMATIC, book(entry("words", "spam", "hold")))
    (held, free) = judge([Comment(SPAM), Comment(HAM)], [Evidence()] * 2, FixedScorer(), [holding] * 2)

    assert (held.action, held.by, held.review_reason) == (Action.REVIEW, DecidedBy.RULE, ReviewReason.RULE)
    assert [reason.code for reason in held.reasons] == ["list_hold", "words"]
    assert (held.spoke, held.priority) == (("lst_1",), pytest.approx(0.05))
    assert (free.action, free.by, free.spoke) == (Action.APPROVE, DecidedBy.MODEL, ())


def test_a_rule_that_goes_on_leaves_it_to_the_model() -> None:
    going_on = ruled(Mode.AUTOMATIC, book(rules=(rule(None, ("score.low", "ge", 0.9)),)))

    (said,) = judge([Comment(SPAM)], [Evidence()], FixedScorer(), [going_on])

    assert (said.action, said.by, said.spoke) == (Action.REJECT, DecidedBy.MODEL, ("rul_1",))


def test_in_mode_shadow_a_rule_is_held_back_too() -> None:
    shadow = ruled(Mode.SHADOW, book(entry("words", "evening")))

    (said,) = judge([Comment(HAM)], [Evidence()], FixedScorer(), [shadow])

    assert (said.action, said.would, said.by, said.review_reason) == (
        Action.APPROVE,
        Action.REJECT,
        DecidedBy.RULE,
        None,
    )


@pytest.mark.parametrize("effect", ListEffect)
def test_in_mode_review_all_a_person_sees_every_comment_whatever_a_list_says(effect: ListEffect) -> None:
    all_seen = ruled(Mode.REVIEW_ALL, book(entry("words", "evening", effect.value)))

    (said,) = judge([Comment(HAM)], [Evidence()], FixedScorer(), [all_seen])

    assert (said.action, said.review_reason, said.spoke) == (Action.REVIEW, ReviewReason.REVIEW_ALL, ("lst_1",))


@pytest.mark.parametrize(
    ("body", "approved", "action", "reason"),
    [
        (HAM, 0, Action.REVIEW, ReviewReason.FIRST_COMMENTS),
        (UNSURE, 1, Action.REVIEW, ReviewReason.FIRST_COMMENTS),
        (SPAM, 0, Action.REJECT, None),
        (HAM, 2, Action.APPROVE, None),
        (UNSURE, 2, Action.REVIEW, ReviewReason.UNCERTAIN),
        (HAM, None, Action.REVIEW, ReviewReason.FIRST_COMMENTS),
    ],
)
def test_the_first_comments_of_an_author_are_seen_by_a_person(
    body: str, approved: int | None, action: Action, reason: ReviewReason | None
) -> None:
    holding = ruled(Mode.AUTOMATIC, book(first_comments=2))
    comment = Comment(body, origin=Origin(author_approved=approved))

    (said,) = judge([comment], [Evidence()], FixedScorer(), [holding])

    assert (said.action, said.review_reason) == (action, reason)


@pytest.mark.parametrize(
    ("author", "approved", "blocked", "action"),
    [
        ("u1", 5, False, Action.APPROVE),
        ("u1", 4, False, Action.REJECT),
        (None, 5, False, Action.REJECT),
        ("u1", 5, True, Action.DISCARD),
    ],
)
def test_an_author_who_is_signed_in_is_trusted_unless_a_rule_speaks(
    author: str | None, approved: int, blocked: bool, action: Action
) -> None:
    rules = (rule("discard", ("body", "contains", "clear")),) if blocked else ()
    trusting = ruled(Mode.AUTOMATIC, book(rules=rules, trust_after=5, first_comments=3))
    comment = Comment(SPAM, origin=Origin(author, author_approved=approved))

    (said,) = judge([comment], [Evidence()], FixedScorer(), [trusting])

    assert said.action is action


def test_lists_go_on_while_no_model_can_be_loaded() -> None:
    without = ruled(Mode.AUTOMATIC, book(entry("words", "evening"), rules=(rule("approve", ("score.low", "lt", 1)),)))

    blocked, other = (unscored(Comment(body), Evidence(), without) for body in (HAM, UNSURE))

    assert (blocked.action, blocked.score, blocked.spoke) == (Action.REJECT, None, ("lst_1",))
    assert (other.action, other.review_reason) == (Action.REVIEW, ReviewReason.SCORER_FAILED)


def test_a_site_without_lists_and_rules_has_no_rulebook() -> None:
    told: Any = {"first_comments": 0, "author_per_hour": 60, "pseudonym_key": KEY}
    bare = compile_policy(3, Mode.AUTOMATIC, [], [], trust_after=None, **told)
    trusting = compile_policy(3, Mode.AUTOMATIC, [], [], trust_after=0, **told)

    assert (bare.version, bare.rules, bare.author_per_hour) == ("3", None, 60)
    assert trusting.rules is not None
    assert trusting.rules.asks_author_approved


@pytest.mark.parametrize(
    ("body", "recent", "rules", "action", "by"),
    [
        (HAM, 59, None, Action.APPROVE, DecidedBy.MODEL),
        (HAM, None, None, Action.APPROVE, DecidedBy.MODEL),
        (HAM, 60, None, Action.REVIEW, DecidedBy.RULE),
        (SPAM, 60, None, Action.REJECT, DecidedBy.MODEL),
        (HAM, 60, book(first_comments=3), Action.REVIEW, DecidedBy.RULE),
        (HAM, 60, book(rules=(rule("approve", ("body", "contains", "evening")),)), Action.APPROVE, DecidedBy.RULE),
        (HAM, 60, book(trust_after=2), Action.APPROVE, DecidedBy.RULE),
    ],
)
def test_an_author_who_floods_a_site_is_held_for_a_person_unless_the_site_said_otherwise(
    body: str, recent: int | None, rules: SiteRulebook | None, action: Action, by: DecidedBy
) -> None:
    limited = Policy("1", Mode.AUTOMATIC, policy().thresholds, rules, author_per_hour=60)
    comment = Comment(body, origin=Origin("u1", author_approved=2))

    (said,) = judge([comment], [Evidence(recent_by_author=recent)], FixedScorer(), [limited])

    assert (said.action, said.by) == (action, by)
    assert ("author_rate" in [reason.code for reason in said.reasons]) is (
        recent == 60 and action is not Action.APPROVE
    )


def test_mode_shadow_says_that_a_flood_would_be_held() -> None:
    limited = Policy("1", Mode.SHADOW, policy().thresholds, author_per_hour=1)

    (said,) = judge([Comment(HAM)], [Evidence(recent_by_author=1)], FixedScorer(), [limited])

    assert (said.action, said.would) == (Action.APPROVE, Action.REVIEW)
