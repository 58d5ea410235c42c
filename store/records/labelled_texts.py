"""Labels with the texts that they are about: what training reads."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from models.vocabulary import State
from store.records.schema import comments, decisions, labels, revisions

# Where two sources disagree about a text, the later one in this list is believed.
KNOWS_BEST = ("import", "report", "feedback", "reviewer", "audit")


class LabelledText(NamedTuple):
    """A label with the text that it is about. `at`: microseconds since 1970; `evidence`: JSON of what was known beside
    the text when a machine judged it, None if none did."""

    label_id: str
    site_id: str
    comment_id: str
    revision: int
    label: str
    source: str
    weight: float
    at: int
    body: str
    author_name: str | None
    author_url: str | None
    page_title: str | None
    language: str | None
    evidence: str | None


_STANDING = (
    select(
        labels.c.id,
        labels.c.site_id,
        labels.c.comment_id,
        labels.c.revision,
        labels.c.label,
        labels.c.source,
        labels.c.weight,
        labels.c.created_at,
        revisions.c.body,
        comments.c.author_name,
        comments.c.author_url,
        comments.c.page_title,
        comments.c.language,
        decisions.c.evidence,
    )
    .join(comments, comments.c.id == labels.c.comment_id)
    .join(revisions, (revisions.c.comment_id == labels.c.comment_id) & (revisions.c.revision == labels.c.revision))
    .outerjoin(
        decisions,
        (decisions.c.comment_id == labels.c.comment_id)
        & (decisions.c.revision == labels.c.revision)
        & decisions.c.evidence.is_not(None),
    )
    .where(labels.c.withdrawn_at.is_(None), revisions.c.state != State.ERASED.value)
    .order_by(labels.c.id, decisions.c.id)
)


def standing(connection: Connection, site_id: str | None = None) -> list[LabelledText]:
    """The label that stands of each labelled revision, with its text, oldest first: of several the newest of the
    source that knows best. Without those withdrawn and without erased texts. `site_id` None: of all sites.
    """
    statement = _STANDING if site_id is None else _STANDING.where(labels.c.site_id == site_id)
    best: dict[tuple[str, int], LabelledText] = {}
    for row in map(LabelledText._make, connection.execute(statement)):
        known = best.get((row.comment_id, row.revision))
        if known is None or (_rank(row), row.label_id) >= (_rank(known), known.label_id):
            best[row.comment_id, row.revision] = row
    return sorted(best.values(), key=lambda row: row.label_id)


def _rank(row: LabelledText) -> int:
    return KNOWS_BEST.index(row.source) if row.source in KNOWS_BEST else -1
