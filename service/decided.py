"""Look back at what the machine and people decided, with honest limits.

A site may have millions of decisions and no index over their words, so a search reads from the newest one backwards,
for so many decisions or so long, and says how far it came; the same search goes on from there.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from models.errors import NotFound
from models.links import link_domains
from models.lists import normal
from models.text import fold
from models.vocabulary import Action, DecidedBy, ListKind
from store.records import decided, sites
from store.records.database import Connection
from store.records.decided import Decided, first_id
from store.records.decisions import DecisionRecord
from store.records.reviewers import Reviewer
from store.stores import Stores

MAX_EXAMINED = 20_000
BUDGET_SECONDS = 1.5
_FIRST_STEP, _STEP = 100, 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None or empty asks for nothing. Bounds of `low` and `high` belong to it.

    `reason`: code of a reason; `text`: in the comment, its page's title or its author's name; `author`: in the name,
    or the account itself; `domain`: of a link, or one that it lies in; `since`, `until`: microseconds since 1970.
    """

    site_id: str | None = None
    action: Action | None = None
    by: DecidedBy | None = None
    reason: str | None = None
    low: float | None = None
    high: float | None = None
    language: str | None = None
    text: str | None = None
    author: str | None = None
    domain: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, newest first. `after`: the decision behind which the same search goes on, None at the end.

    `examined`: decisions that were looked at; `until`: when the last of them was decided; `cut`: it stopped there
    before the page was full.
    """

    rows: tuple[Decided, ...]
    after: str | None
    examined: int
    until: int | None
    cut: bool


class DecidedLog:
    """All decisions that stand, for those who may see them."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database

    def search(
        self,
        reviewer: Reviewer,
        wanted: Wanted,
        *,
        after: str | None = None,
        limit: int = 50,
        max_examined: int = MAX_EXAMINED,
    ) -> Found:
        """The newest `limit` decisions that fit, behind the one named by `after`.

        Raises NotFound for a site that the reviewer does not see.
        """
        fits = _Fits(wanted)
        rows: list[Decided] = []
        last: DecisionRecord | None = None
        examined = 0
        with self._database.read() as connection:
            scope = _scope(connection, reviewer, wanted.site_id)
            for one in _backwards(connection, scope, wanted, after, limit=limit, max_examined=max_examined):
                if one is None:
                    assert last is not None
                    return Found(tuple(rows), last.id, examined, last.decided_at, cut=True)
                if fits(one):
                    if len(rows) == limit:
                        end = rows[-1].decision
                        return Found(tuple(rows), end.id, examined, end.decided_at, cut=False)
                    rows.append(one)
                examined, last = examined + 1, one.decision
        return Found(tuple(rows), None, examined, None if last is None else last.decided_at, cut=False)


def _backwards(
    connection: Connection, scope: list[str] | None, wanted: Wanted, after: str | None, *, limit: int, max_examined: int
) -> Iterator[Decided | None]:
    """Decisions from the newest one on; None, as the last, where there are more than may be looked at."""
    ends = time.monotonic() + BUDGET_SECONDS
    since = None if wanted.since is None else first_id(wanted.since)
    before = after if after is not None or wanted.until is None else first_id(wanted.until)
    step, left = max(_FIRST_STEP, limit + 1), max_examined
    while True:
        size = min(step, left)
        found = decided.stretch(connection, scope, before=before, since=since, limit=size)
        yield from found
        if len(found) < size:
            return
        left, step, before = left - size, _STEP, found[-1].decision.id
        if left <= 0 or time.monotonic() > ends:
            yield None
            return


def _scope(connection: Connection, reviewer: Reviewer, site_id: str | None) -> list[str] | None:
    """The sites to look at; None for all of them."""
    every = [site.id for site in sites.every(connection)]
    seen = [one for one in every if reviewer.sees(one)]
    if site_id is None:
        return None if len(seen) == len(every) else seen
    if site_id not in seen:
        raise NotFound("There is no such site among yours.")
    return [site_id]


class _Fits:
    """Whether a decision is what is wanted; what costs least is asked first."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._text = fold(wanted.text or "")
        self._author = fold(wanted.author or "")
        self._domain = fold(wanted.domain or "").strip(". /").removeprefix("www.")

    def __call__(self, one: Decided) -> bool:
        """True where everything fits and it may be shown."""
        return one.sealed_by is None and self._decision_fits(one) and self._comment_fits(one)

    def _decision_fits(self, one: Decided) -> bool:
        wanted, decision = self._wanted, one.decision
        return (
            wanted.action in (None, decision.action)
            and wanted.by in (None, decision.decided_by)
            and (wanted.low is None or (decision.probability is not None and decision.probability >= wanted.low))
            and (wanted.high is None or (decision.probability is not None and decision.probability <= wanted.high))
            and (wanted.language is None or _language_fits(wanted.language, one.language))
            and (wanted.reason is None or _has_reason(decision.reasons, wanted.reason))
        )

    def _comment_fits(self, one: Decided) -> bool:
        if self._author and one.author_id != self._wanted.author and self._author not in fold(one.author_name or ""):
            return False
        if self._text and not any(
            self._text in fold(said or "") for said in (one.body, one.author_name, one.page_title)
        ):
            return False
        return not self._domain or any(lies_in(domain, self._domain) for domain in domains_of(one))


def domains_of(one: Decided) -> list[str]:
    """The domains that a comment links to, in its text or as its author's address."""
    return link_domains(fold(one.body)) + (link_domains(fold(one.author_url)) if one.author_url else [])


def is_domain(text: str) -> bool:
    """Whether lists would take it as a domain: what stands in a text may only look like one."""
    try:
        return normal(ListKind.URL_DOMAIN, text) == text
    except ValueError:
        return False


def lies_in(domain: str, wider: str) -> bool:
    """Whether a domain is another one or lies in it."""
    return domain == wider or domain.endswith(f".{wider}")


def _language_fits(wanted: str, given: str | None) -> bool:
    return given is not None and given.casefold().split("-")[0] == wanted.casefold().split("-")[0]


def _has_reason(reasons: str, code: str) -> bool:
    # Looked for in the text first: most do not have it, and reading JSON is what costs.
    return f'"{code}"' in reasons and any(one["code"] == code for one in orjson.loads(reasons))
