"""Which of a site's last comments are like one: nearly the same text, the same address, a link to the same domain."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from models.vocabulary import DecidedBy
from store.records import evidence
from store.records.comments import CommentRecord
from store.records.schema import comments, decisions

LOOKED_AT = 1000


class Kin(NamedTuple):
    """Ids of other comments among the last 1,000 of the site, newest first; `by_domain`: for each linked domain."""

    copies: tuple[str, ...]
    same_address: tuple[str, ...]
    by_domain: dict[str, tuple[str, ...]]


class _Traits(NamedTuple):
    """By what a comment is like others, as its last judgement found it."""

    comment_id: str
    address: str | None
    texts: frozenset[int]
    domains: tuple[str, ...]


def of_comments(connection: Connection, records: Sequence[CommentRecord]) -> dict[str, Kin]:
    """The kin of each of these comments, by its id; the last ones of a site are read once for all of them."""
    found: dict[str, Kin] = {}
    for site_id in dict.fromkeys(record.site_id for record in records):
        ids = [record.id for record in records if record.site_id == site_id]
        last = (
            select(comments.c.id)
            .where(comments.c.site_id == site_id)
            .order_by(comments.c.id.desc())
            .limit(LOOKED_AT)
            .scalar_subquery()
        )
        others = _traits(connection, _judged().where(comments.c.id.in_(last)))
        own = _traits(connection, _judged().where(comments.c.id.in_(ids)))
        found |= {one.comment_id: _kin(one, others) for one in own}
    return found


def _kin(one: _Traits, others: Sequence[_Traits]) -> Kin:
    rest = [other for other in others if other.comment_id != one.comment_id]
    return Kin(
        tuple(other.comment_id for other in rest if not one.texts.isdisjoint(other.texts)),
        tuple(other.comment_id for other in rest if one.address is not None and other.address == one.address),
        {domain: tuple(other.comment_id for other in rest if domain in other.domains) for domain in one.domains},
    )


def _judged() -> Select[Any]:
    """Comments with the evidence of their newest revision; a later judgement comes after an earlier one."""
    return (
        select(comments.c.id, comments.c.ip_hash, decisions.c.evidence)
        .outerjoin(
            decisions,
            (decisions.c.comment_id == comments.c.id)
            & (decisions.c.revision == comments.c.revision)
            & (decisions.c.decided_by != DecidedBy.HUMAN.value)
            & decisions.c.evidence.is_not(None),
        )
        .order_by(comments.c.id.desc(), decisions.c.id)
    )


def _traits(connection: Connection, query: Select[Any]) -> list[_Traits]:
    found = {row.id: row for row in connection.execute(query)}
    keys = {comment_id: evidence.load_keys(row.evidence) for comment_id, row in found.items()}
    return [_Traits(i, row.ip_hash, frozenset(keys[i].texts), keys[i].domains) for i, row in found.items()]
