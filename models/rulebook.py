"""All that a site has laid down, in the order in which it counts: lists, rules, trust in known authors, first comments.

The first that decides is followed; what comes after it is noted too, so that a site sees what its rules would do.
"""

from collections.abc import Sequence
from typing import Protocol

from models.conditions import AUTHOR_APPROVED, predicate
from models.facts import Facts
from models.lists import Lists
from models.pseudonyms import audit_secret
from models.thresholds import audit_of, provisional, thresholds_of
from models.vocabulary import (
    Action,
    Comment,
    Evidence,
    Finding,
    LaneSettings,
    ListEffect,
    ListEntry,
    ListKind,
    Mode,
    Policy,
    Reason,
    Rule,
    Score,
    Thresholds,
)

MAX_REASONS = 100
# The codes of reasons that lists and rules give; all others are the model's.
CODES = frozenset({"list_block", "list_hold", "list_allow", "rule", "trusted_author", "first_comments", "author_rate"})

_ACTION = {ListEffect.BLOCK: Action.REJECT, ListEffect.HOLD: Action.REVIEW, ListEffect.ALLOW: Action.APPROVE}
_VERB = {ListEffect.BLOCK: "is blocked", ListEffect.HOLD: "is held for a person", ListEffect.ALLOW: "is allowed"}
# What is personal, or no sentence of a person, is not repeated: a reason is read by more people than a list is.
_WHAT = {
    ListKind.AUTHOR_ID: "This account",
    ListKind.AUTHOR_NAME: "The author's name",
    ListKind.EMAIL: "The author's e-mail address",
    ListKind.EMAIL_DOMAIN: "The domain of the author's e-mail address",
    ListKind.IP: "The author's network address",
    ListKind.REGEX: "A pattern in the text",
}
_QUOTED = {ListKind.URL_DOMAIN: "A link to", ListKind.WORDS: "The wording"}


class SiteRulebook:
    """The lists and rules of one site, compiled once for each version of its policy.

    `first_comments`: how many comments of an author must have been approved before one is published without a person;
    0 for none. `trust_after`: from how many approved comments on an author who is signed in is published at once; None
    for never. Raises ValueError for an entry or rule that cannot be read.
    """

    def __init__(
        self,
        entries: Sequence[ListEntry],
        rules: Sequence[Rule],
        *,
        first_comments: int = 0,
        trust_after: int | None = None,
        pseudonym_key: str = "",
    ) -> None:
        self._lists = Lists(entries, pseudonym_key) if entries else None
        self._rules = [(rule, [predicate(condition) for condition in rule.conditions]) for rule in rules]
        self._first_comments, self._trust_after = first_comments, trust_after
        asked = any(condition.field == AUTHOR_APPROVED for rule in rules for condition in rule.conditions)
        self._asks_author_approved = asked or first_comments > 0 or trust_after is not None

    @property
    def asks_author_approved(self) -> bool:
        """Whether `Origin.author_approved` must be known."""
        return self._asks_author_approved

    def consult(self, comment: Comment, evidence: Evidence, score: Score | None) -> Finding:
        """What lists and rules say of a comment; `score` None where no model spoke."""
        facts = Facts(comment, evidence, score)
        action: Action | None = None
        reasons: list[Reason] = []
        spoke: list[str] = []
        for entry, span in self._lists.heard(facts) if self._lists else ():
            action = action or _ACTION[entry.effect]
            reasons.append(Reason(f"list_{entry.effect.value}", _sentence(entry), None, span))
            spoke.append(entry.id)
        for rule, conditions in self._rules:
            if all(holds(facts) for holds in conditions):
                action = action or rule.action
                reasons.append(Reason("rule", f"The rule “{rule.name}” applies ({rule.id})."))
                spoke.append(rule.id)
        approved = facts.origin.author_approved or 0
        if action is None and self._trusts(facts, approved):
            action = Action.APPROVE
            reasons.append(Reason("trusted_author", f"{approved} comments of this account have been approved here."))
        is_new = action is None and approved < self._first_comments
        if is_new:
            so_far = f"{approved} comments of this author have been approved here"
            reasons.append(
                Reason("first_comments", f"{so_far}; the first {self._first_comments} are seen by a person.")
            )
        return Finding(action, is_new, tuple(reasons[:MAX_REASONS]), tuple(spoke))

    def _trusts(self, facts: Facts, approved: int) -> bool:
        return self._trust_after is not None and facts.origin.author_id is not None and approved >= self._trust_after


def compile_policy(
    version: int,
    mode: Mode,
    entries: Sequence[ListEntry],
    rules: Sequence[Rule],
    *,
    first_comments: int,
    trust_after: int | None,
    author_per_hour: int | None,
    pseudonym_key: str,
    lanes: LaneSettings | None = None,
    of_model: Thresholds | None = None,
) -> Policy:
    """A site's policy, ready to judge by; without lists, rules, trust and first comments it costs nothing.

    `lanes`: what its evidence allows, None before anybody looked for any; then the thresholds `of_model` hold.
    """
    settings = provisional(of_model) if lanes is None else lanes
    thresholds = thresholds_of(settings)
    audit = None if mode is Mode.SHADOW else audit_of(settings, audit_secret(pseudonym_key))
    if not entries and not rules and not first_comments and trust_after is None:
        return Policy(str(version), mode, thresholds, None, author_per_hour, audit)
    book = SiteRulebook(
        entries, rules, first_comments=first_comments, trust_after=trust_after, pseudonym_key=pseudonym_key
    )
    return Policy(str(version), mode, thresholds, book, author_per_hour, audit)


class LaidDown(Protocol):
    """All that a site has laid down, as it is stored."""

    @property
    def version(self) -> int:
        """Of the policy."""

    @property
    def mode(self) -> Mode:
        """How the site uses the machine."""

    @property
    def entries(self) -> Sequence[ListEntry]:
        """Those in force."""

    @property
    def rules(self) -> Sequence[Rule]:
        """In order."""

    @property
    def first_comments(self) -> int:
        """How many of an author a person sees."""

    @property
    def trust_after(self) -> int | None:
        """From how many approved comments on an account is trusted."""

    @property
    def author_per_hour(self) -> int | None:
        """How many comments of an author may come in an hour."""

    @property
    def pseudonym_key(self) -> str:
        """Of the site."""

    @property
    def lanes(self) -> LaneSettings | None:
        """What its evidence allows."""

    @property
    def of_model(self) -> Thresholds | None:
        """What the model in force says of a site without evidence."""


def compile_stored(stored: LaidDown) -> Policy:
    """A stored policy, ready to judge by. Raises ValueError for one that cannot be read."""
    return compile_policy(
        stored.version,
        stored.mode,
        stored.entries,
        stored.rules,
        first_comments=stored.first_comments,
        trust_after=stored.trust_after,
        author_per_hour=stored.author_per_hour,
        pseudonym_key=stored.pseudonym_key,
        lanes=stored.lanes,
        of_model=stored.of_model,
    )


def _sentence(entry: ListEntry) -> str:
    quoted = _QUOTED.get(entry.kind)
    what = f"{quoted} “{entry.value}”" if quoted else _WHAT[entry.kind]
    because = f": {entry.reason}" if entry.reason else "."
    return f"{what} {_VERB[entry.effect]} ({entry.id}){because}"
