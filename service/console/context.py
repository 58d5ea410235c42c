"""What stands around a comment, as the sheet shows it."""

import difflib
import re
from dataclasses import dataclass

from markupsafe import Markup

from models.links import link_domains
from models.text import fold
from service.console import shown
from service.console.texts import say, say_or
from service.decided import is_domain
from service.review import ItemCard
from store.ids import rfc3339
from store.records.comments import CommentRecord
from store.records.kin import Kin
from store.records.surroundings import Step, Surroundings

MAX_COMPARED = 20_000
MAX_DOMAINS = 5
_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Near:
    """Another comment, in one line. `state`: what became of it, in words."""

    author: str | None
    text: str
    state: str
    ago: str
    at: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to the comment."""

    sentence: str
    note: str | None
    ago: str
    at: str


@dataclass(frozen=True, slots=True)
class ShownKin:
    """How many of the last comments of the site are like this one. `domains`: each linked one with its number."""

    copies: int
    same_address: int
    domains: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Context:
    """Everything around a comment. `changed`: the text with what is new and what is gone since it was last approved."""

    thread: tuple[Near, ...]
    by_author: tuple[Near, ...]
    author_known: bool
    kin: ShownKin | None
    changed: Markup | None
    events: tuple[Event, ...]


def context(card: ItemCard, around: Surroundings, kin: Kin, *, blind: bool, now: int) -> Context:
    """What is shown around the comment of an item; of a blind one nothing that says what the machine did."""
    steps = () if blind else around.steps
    return Context(
        thread=tuple(near(one, now) for one in reversed(around.thread)),
        by_author=tuple(near(one, now) for one in around.by_author),
        author_known=around.author_known,
        kin=_kin(card, kin),
        changed=None if around.approved is None else changes(around.approved, card.comment.body),
        events=tuple(_event(step, now) for step in steps),
    )


def changes(before: str, after: str) -> Markup:
    """The new text with `<ins>` around what is new, and `<del>` around what was there."""
    old, new = _WORDS.findall(before[:MAX_COMPARED]), _WORDS.findall(after[:MAX_COMPARED])
    parts: list[Markup] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, came = shown.visible("".join(old[i:j])), shown.visible("".join(new[k:m]))
        if kind == "equal":
            parts.append(came)
            continue
        if gone:
            parts.append(Markup("<del>{}</del>").format(gone))
        if came:
            parts.append(Markup("<ins>{}</ins>").format(came))
    return Markup("").join(parts)


def _kin(card: ItemCard, kin: Kin) -> ShownKin | None:
    linked = dict.fromkeys(link_domains(fold(f"{card.comment.body} {card.comment.author_url or ''}")))
    domains = [domain for domain in linked if is_domain(domain)][:MAX_DOMAINS]
    if not (kin.copies or kin.same_address or domains):
        return None
    counted = tuple((domain, len(kin.by_domain.get(domain, ()))) for domain in domains)
    return ShownKin(len(kin.copies), len(kin.same_address), counted)


def near(one: CommentRecord, now: int) -> Near:
    """Another comment, in one line."""
    at = one.received_at
    state = say_or(f"state.{one.state}", one.state)
    return Near(one.author_name, shown.excerpt(one.body), state, shown.ago(now - at), rfc3339(at))


def _event(step: Step, now: int) -> Event:
    state = say_or(f"state.{step.state}", step.state)
    who = step.reviewer or (None if step.by is None else say_or(f"by.{step.by}", step.by))
    sentence = state if who is None else say("history.by", state=state, name=who)
    return Event(sentence, step.note, shown.ago(now - step.at), rfc3339(step.at))
