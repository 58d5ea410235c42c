"""Complaints about what a lane decided: readers' reports, authors' appeals, and what the website says itself."""

from sqlalchemy import Connection, func, select, union

from models.vocabulary import LabelKind, ReviewReason
from store.records.schema import decisions, labels, objections

# What somebody says who complains of a lane: in an objection, and as a label from the website.
_SAID = {
    "approve": (ReviewReason.REPORT.value, LabelKind.SPAM.value),
    "reject": (ReviewReason.APPEAL.value, LabelKind.HAM.value),
}


def count(connection: Connection, site_id: str, lane: str, since: int, until: int) -> int:
    """How many comments that the lane decided were complained of between two instants, in microseconds since 1970."""
    kind, label = _SAID[lane]
    objected = select(objections.c.comment_id).where(
        objections.c.site_id == site_id,
        objections.c.kind == kind,
        objections.c.id >= f"obj_{max(0, since):014x}",
        objections.c.id < f"obj_{max(0, until):014x}",
    )
    called = select(labels.c.comment_id).where(
        labels.c.site_id == site_id,
        labels.c.source == "feedback",
        labels.c.label == label,
        labels.c.withdrawn_at.is_(None),
        labels.c.id >= f"lbl_{max(0, since):014x}",
        labels.c.id < f"lbl_{max(0, until):014x}",
    )
    complained = union(objected, called).subquery()
    query = (
        select(func.count(decisions.c.comment_id.distinct()))
        .join(complained, complained.c.comment_id == decisions.c.comment_id)
        .where(decisions.c.lane == lane)
    )
    return connection.execute(query).scalar_one()
