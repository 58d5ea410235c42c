"""The conditions of rules: which fields there are, how each may be compared, and whether one holds. Values only."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

from models.facts import Facts
from models.patterns import Pattern
from models.vocabulary import Condition, Evidence

MAX_CONDITIONS = 20
MAX_ALTERNATIVES = 200
MAX_VALUE = 1000
MAX_AUTHOR_APPROVED = 1000

AUTHOR_APPROVED = "author.approved"
TEXT_OPERATORS = ("is", "is_not", "in", "not_in", "starts_with", "contains", "matches", "known")
NUMBER_OPERATORS = ("eq", "lt", "le", "gt", "ge", "known")
FLAG_OPERATORS = ("is", "known")
OPERATORS = tuple(dict.fromkeys(TEXT_OPERATORS + NUMBER_OPERATORS + FLAG_OPERATORS))

Read = Callable[[Facts], Any]

TEXTS: dict[str, Read] = {
    "author.id": lambda facts: facts.origin.author_id,
    "author.name": lambda facts: facts.comment.author_name,
    "author.role": lambda facts: facts.origin.author_role,
    "author.email_domain": lambda facts: facts.email_domain,
    "author.url": lambda facts: facts.comment.author_url,
    "page.url": lambda facts: facts.origin.page_url,
    "page.title": lambda facts: facts.comment.page_title,
    "content_type": lambda facts: facts.origin.content_type,
    "language": lambda facts: facts.comment.language,
    "body": lambda facts: facts.comment.body,
}
FLAGS: dict[str, Read] = {
    "author.signed_in": lambda facts: facts.origin.author_id is not None,
    "evidence.honeypot_filled": lambda facts: facts.evidence.honeypot_filled,
}
_NOT_NUMBERS = ("honeypot_filled", "domain")


def _evidence(name: str) -> Read:
    return lambda facts: getattr(facts.evidence, name)


def _score(name: str) -> Read:
    return lambda facts: None if facts.score is None else getattr(facts.score, name)


NUMBERS: dict[str, Read] = {
    AUTHOR_APPROVED: lambda facts: facts.origin.author_approved,
    "body.length": lambda facts: len(facts.comment.body),
    "body.links": lambda facts: len(facts.links),
    "body.domains": lambda facts: len(set(facts.links)),
    "score.probability": _score("probability"),
    "score.low": _score("low"),
    "score.high": _score("high"),
    **{f"evidence.{f.name}": _evidence(f.name) for f in fields(Evidence) if f.name not in _NOT_NUMBERS},
}
FIELDS = (*TEXTS, *FLAGS, *NUMBERS)

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda found, given: found == given,
    "lt": lambda found, given: found < given,
    "le": lambda found, given: found <= given,
    "gt": lambda found, given: found > given,
    "ge": lambda found, given: found >= given,
}


class Flaw(NamedTuple):
    """What is wrong with something that was sent. `pointer`: JSON pointer to the part, below what was asked about."""

    pointer: str
    detail: str


def flaw(condition: Condition) -> Flaw | None:
    """What is wrong with a condition; None where it can be evaluated."""
    field, operator, value = condition.field, condition.operator, condition.value
    if field not in FIELDS:
        return Flaw("/field", f"is none that a rule can ask for; use one of {', '.join(FIELDS)}")
    allowed = TEXT_OPERATORS if field in TEXTS else NUMBER_OPERATORS if field in NUMBERS else FLAG_OPERATORS
    if operator not in allowed:
        return Flaw("/operator", f"does not go with {field}; use one of {', '.join(allowed)}")
    wrong = _wrong_value(field, operator, value)
    return None if wrong is None else Flaw("/value", wrong)


def predicate(condition: Condition) -> Callable[[Facts], bool]:
    """Whether the condition holds for a comment. Raises ValueError for one that has a flaw.

    What is not known meets no condition, except `is_not`, `not_in`, and `known` with the value false.
    """
    wrong = flaw(condition)
    if wrong is not None:
        raise ValueError(f"{condition.field}: {wrong.detail}")
    field, operator, value = condition.field, condition.operator, condition.value
    if operator == "known":
        read = (TEXTS | FLAGS | NUMBERS)[field]
        return lambda facts: (read(facts) is not None) is value
    if field in TEXTS:
        return _text(TEXTS[field], operator, value)
    read = FLAGS[field] if field in FLAGS else NUMBERS[field]
    if field in FLAGS:
        return lambda facts: read(facts) is value
    compare, number = _COMPARE[operator], float(value)  # type: ignore[arg-type]
    return lambda facts: (found := read(facts)) is not None and compare(found, number)


def _text(read: Read, operator: str, value: Any) -> Callable[[Facts], bool]:
    """Case does not count, except for `matches`, whose pattern says so itself."""
    if operator == "matches":
        search = Pattern(value).search
        return lambda facts: (found := read(facts)) is not None and search(found.encode("utf-8", "replace")) is not None
    if operator in ("in", "not_in"):
        choices, wanted = frozenset(text.casefold() for text in value), operator == "in"
        return lambda facts: ((found := read(facts)) is not None and found.casefold() in choices) is wanted
    given = value.casefold()
    if operator == "starts_with":
        return lambda facts: (found := read(facts)) is not None and found.casefold().startswith(given)
    if operator == "contains":
        return lambda facts: (found := read(facts)) is not None and given in found.casefold()
    wanted = operator == "is"
    return lambda facts: ((found := read(facts)) is not None and found.casefold() == given) is wanted


def _wrong_value(field: str, operator: str, value: object) -> str | None:
    if operator == "known" or field in FLAGS:
        return None if isinstance(value, bool) else "must be true or false"
    if field in NUMBERS:
        return _wrong_number(field, value)
    return _wrong_text(operator, value)


def _wrong_text(operator: str, value: object) -> str | None:
    if operator in ("in", "not_in"):
        if not isinstance(value, tuple) or not 1 <= len(value) <= MAX_ALTERNATIVES:
            return f"must be a list of 1 to {MAX_ALTERNATIVES} texts"
        return _wrong_length(*value)
    if not isinstance(value, str):
        return "must be a text"
    if operator != "matches":
        return _wrong_length(value)
    try:
        Pattern(value)
    except ValueError as error:
        return str(error)
    return None


def _wrong_number(field: str, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    if field == AUTHOR_APPROVED and value > MAX_AUTHOR_APPROVED:
        return f"must be at most {MAX_AUTHOR_APPROVED}: that far approved comments are counted"
    return None


def _wrong_length(*texts: str) -> str | None:
    return None if all(1 <= len(text) <= MAX_VALUE for text in texts) else f"must have 1 to {MAX_VALUE} characters"
