"""The nouns of Gatepost, as frozen values. Every package may use them; they use nothing of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class State(StrEnum):
    """Where a revision of a comment stands. A comment shows the state of its newest revision."""

    RECEIVED = "received"
    SCORING = "scoring"
    APPROVED = "approved"
    REVIEW = "review"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    ESCALATED = "escalated"
    SUPERSEDED = "superseded"
    ERASED = "erased"


class Action(StrEnum):
    """What a decision does with a revision. `escalate` is open to people only."""

    APPROVE = "approve"
    REVIEW = "review"
    REJECT = "reject"
    DISCARD = "discard"
    ESCALATE = "escalate"


class DecidedBy(StrEnum):
    """Who decided."""

    MODEL = "model"
    RULE = "rule"
    HUMAN = "human"


class Mode(StrEnum):
    """How a site uses the machine: lanes, a person for everything, or answers that change nothing."""

    AUTOMATIC = "automatic"
    REVIEW_ALL = "review-all"
    SHADOW = "shadow"


class ReviewReason(StrEnum):
    """Why a comment waits for a person."""

    UNCERTAIN = "uncertain"
    LANE_CLOSED = "lane_closed"
    REVIEW_ALL = "review_all"
    RULE = "rule"
    FIRST_COMMENTS = "first_comments"
    DUPLICATE = "duplicate"
    EDIT = "edit"
    REPORT = "report"
    APPEAL = "appeal"
    FEEDBACK = "feedback"
    DISAGREEMENT = "disagreement"
    SCORER_FAILED = "scorer_failed"
    BLIND = "blind"


class Role(StrEnum):
    """What a reviewer may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a site's key may do: send comments and edits, read, say what was wrong, change how the site works."""

    SUBMIT = "submit"
    READ = "read"
    FEEDBACK = "feedback"
    CONFIGURE = "configure"


class LabelKind(StrEnum):
    """What a text turned out to be."""

    SPAM = "spam"
    HAM = "ham"


class ListKind(StrEnum):
    """By what an entry of a list knows a comment."""

    AUTHOR_ID = "author_id"
    AUTHOR_NAME = "author_name"
    EMAIL = "email"
    EMAIL_DOMAIN = "email_domain"
    IP = "ip"
    URL_DOMAIN = "url_domain"
    WORDS = "words"
    REGEX = "regex"


class ListEffect(StrEnum):
    """What an entry of a list does with the comments that it knows: reject, have a person decide, approve."""

    BLOCK = "block"
    HOLD = "hold"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a site's lists. `reason`: why it is there, as the site wrote it."""

    id: str
    effect: ListEffect
    kind: ListKind
    value: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a comment: a field, how to compare it, and with what. `models.conditions` knows them all."""

    field: str
    operator: str
    value: str | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to comments that meet every condition; `action` None: it is noted, and judging goes on."""

    id: str
    name: str
    conditions: tuple[Condition, ...]
    action: Action | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a comment is from and where it was written, as far as a site's lists and rules may ask. No model sees it.

    `author_id`: the account, None for a visitor without one. `email`, `ip`: as sent, None once they are deleted after
    15 days; `email_hash`, `ip_hash`: the site's pseudonyms, which stay. `author_approved`: how many earlier comments
    of the author are approved, up to 1,000; 0 for an author who cannot be known again, None where nobody asked.
    """

    author_id: str | None = None
    author_role: str | None = None
    email: str | None = None
    email_hash: str | None = None
    ip: str | None = None
    ip_hash: str | None = None
    page_url: str | None = None
    content_type: str | None = None
    author_approved: int | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What is judged: one revision of a comment, as its author and page sent it.

    `origin`: known where the site has lists or rules that may ask for it.
    """

    body: str
    author_name: str | None = None
    author_url: str | None = None
    page_title: str | None = None
    page_text: str | None = None
    language: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known beside the text, all of it on this site alone. `None` means unknown, which is normal and must not
    hurt: it contributes nothing. Zero means that we looked and found none.

    Counts that end in `_spam` and `_ham` are people's labels, never the machine's own decisions. They are decayed: a
    label counts 1 when it is given and half as much every 90 days, so a fresh 12 is 12.0 and the same a quarter later
    6.0; floats, 0 or more. Both of a pair are known or neither is.

    `honeypot_filled`: the form's hidden field was filled in.
    `form_seconds`: seconds between showing and sending the form, 0 or more.
    `copies_seen`: comments that came before this one and say nearly the same, in the last 30 days or so. None for a
    text that is too short to tell a copy from a common phrase ("nice video").
    `copies_spam`, `copies_ham`: labels of texts that say nearly the same. None where none was labelled.
    `author_spam`, `author_ham`: labels of the author's earlier comments; of the account or of the e-mail address,
    whichever has more. None for an author who is unknown or never had a comment labelled.
    `ip_spam`, `ip_ham`: the same of the IP address, which many people may share.
    `domain_spam`, `domain_ham`: labels of comments that link to `domain`. None without links, or where no linked
    domain was ever in a labelled comment.
    `domain`: which domain they are about: of those linked the one with the largest share of spam. As
    `models.links.link_domains` writes it.
    `domains_new`: different domains linked that no comment of the last 30 days or so linked. None without links.
    `recent_by_author`: comments by the same author in the hour before this one; by account, e-mail or IP address,
    whichever gives most. None where none of them is known.
    `relevance`: fraction in [0, 1] of the text's longer words that stand in the page's title or text. None where the
    page sent neither or the text has too few such words.
    `edit_new_share`: fraction in [0, 1] of the words of an edited comment that the approved text did not have, see
    `models.edits`. None for a first revision, and where no earlier one was approved.
    `edit_new_links`: its links that the approved text did not have, up to 20. Known where `edit_new_share` is.
    """

    honeypot_filled: bool | None = None
    form_seconds: float | None = None
    copies_seen: int | None = None
    copies_spam: float | None = None
    copies_ham: float | None = None
    author_spam: float | None = None
    author_ham: float | None = None
    ip_spam: float | None = None
    ip_ham: float | None = None
    domain_spam: float | None = None
    domain_ham: float | None = None
    domain: str | None = None
    domains_new: int | None = None
    recent_by_author: int | None = None
    relevance: float | None = None
    edit_new_share: float | None = None
    edit_new_links: int | None = None


@dataclass(frozen=True, slots=True, init=False)
class Reason:
    """One sentence for a person about why.

    `weight`: contribution to the logit of spam (positive speaks for spam), None where no number applies.
    `span`: half-open range of code points of the body, None where it is not about one place.
    """

    code: str
    text: str
    weight: float | None = None
    span: tuple[int, int] | None = None

    def __init__(self, code: str, text: str, weight: float | None = None, span: tuple[int, int] | None = None) -> None:
        # Some three are made for each comment, and what a frozen dataclass writes here takes more than twice as long.
        _set_code(self, code)
        _set_text(self, text)
        _set_weight(self, weight)
        _set_span(self, span)


_set_code, _set_text, _set_weight, _set_span = (
    Reason.__dict__[name].__set__ for name in ("code", "text", "weight", "span")
)


@dataclass(frozen=True, slots=True)
class Score:
    """Calibrated probability of spam in [0, 1] with its interval, low <= probability <= high."""

    probability: float
    low: float
    high: float
    reasons: tuple[Reason, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bounds on the score's interval.

    A comment is approved when `high` is below `approve_below`, rejected when `low` is at or above
    `reject_from`, discarded when `low` is at or above `discard_from`. A closed lane has a bound that no score meets.
    """

    approve_below: float
    reject_from: float
    discard_from: float


class LaneCall(NamedTuple):
    """What the lanes said of a comment that was theirs to decide, and the draw that says whether a person looks too.

    `lane`: approve, review or reject. `coin`: the draw in [0, 1), made before the score. `approve_rate`,
    `reject_rate`: with which probability a comment in that lane was looked at by a person, 1 while the lane was closed.
    `is_copy`: it says nearly the same as one before it, so it is no evidence of its own.
    """

    lane: str
    coin: float
    approve_rate: float
    reject_rate: float
    is_copy: bool


class LaneSettings(NamedTuple):
    """What the lanes of a site may do just now: scores up to `approve_threshold` are approved, from `reject_threshold`
    on rejected; None: that lane is closed. The rates are those of audits, 1 for a closed lane, where a person sees
    everything."""

    approve_threshold: float | None
    reject_threshold: float | None
    approve_rate: float
    reject_rate: float


@dataclass(frozen=True, slots=True)
class Audit:
    """How a site's lanes are audited. `secret`: of the coin. `blind_rate`: the share of what waits anyway that hides
    what the model said, so that nobody can tell an audit by its being hidden."""

    approve_rate: float
    reject_rate: float
    blind_rate: float
    secret: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """What a site's lists and rules say of one comment.

    `action`: what they decide, None where they leave it to the model. `first_comments`: the author is new here, so
    nothing of theirs is published before a person has seen it; `flood`: the same, for they write too much at a time.
    `reasons`: of everything that spoke, what decides and what came later; `spoke`: the ids of the entries and rules
    among it.
    """

    action: Action | None = None
    first_comments: bool = False
    reasons: tuple[Reason, ...] = ()
    spoke: tuple[str, ...] = ()
    flood: bool = False


class Rulebook(Protocol):
    """The lists and rules of one site, made ready: `models.rulebook`. Without clock or database."""

    @property
    def asks_author_approved(self) -> bool:
        """Whether `Origin.author_approved` must be known."""

    def consult(self, comment: Comment, evidence: Evidence, score: Score | None) -> Finding:
        """What they say of a comment; `score` None where no model spoke."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What turns a site's scores into actions; `version` is stored with each decision.

    `rules`: None for a site without lists and rules. `author_per_hour`: how many comments of one author may come in an
    hour before a person must see those that follow; None for as many as come. `audit`: None where nothing is audited.
    """

    version: str
    mode: Mode
    thresholds: Thresholds
    rules: Rulebook | None = None
    author_per_hour: int | None = None
    audit: Audit | None = None


class Judgement(NamedTuple):
    """The outcome of judging one revision: a decision without its place and time.

    `review_reason` is set exactly where a person is to look: where `action` is review, and where it is audited;
    `would` is the action that shadow mode held back. `priority`: order in the review queue, higher first. `spoke`: ids
    of the list entries and rules that spoke. `lane`: what the lanes said, None where it was not theirs to decide.
    """

    action: Action
    by: DecidedBy
    score: Score | None
    reasons: tuple[Reason, ...]
    would: Action | None
    review_reason: ReviewReason | None
    priority: float
    policy: str
    spoke: tuple[str, ...] = ()
    lane: LaneCall | None = None


class Scorer(Protocol):
    """A loaded model: the shipped classifier, or a candidate in replay."""

    @property
    def model(self) -> str:
        """Id of the model version, `mdl_...`."""

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
        """Score a batch; one Score a comment, in the same order."""
