"""What is to be told outward: a row for each event and receiver, written in the transaction of the event.

A receiver is a webhook by its id, or the address that one comment brought along. For one comment it gets the events in
the order in which they happened: only the oldest that waits may be claimed. Instants are microseconds since 1970.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    TextClause,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    union,
    update,
)

from store.records.database import among, insert_many, values_for
from store.records.outward_tables import DEAD as IS_DEAD
from store.records.outward_tables import WAITING as IS_WAITING
from store.records.outward_tables import deliveries, webhooks
from store.records.schema import events, foreign_comments, sites

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
APPROVALS = "cd_"  # What the receiver of an approval link begins with: it gets no event.
_PAGE, _CALL = "/open/approve", "/api/open/approve"  # Cusdis mails the page, on which a button makes the call.
STATES = (WAITING, DELIVERED, DEAD)


class Outward(NamedTuple):
    """An event that may go outward from `due_at` on. `by_person`: a decision of a person; `approved`: the comment is
    approved now."""

    event_id: str
    site_id: str
    comment_id: str
    due_at: int
    by_person: bool
    approved: bool = False


class Claim(NamedTuple):
    """A delivery that this process may attempt until `lease_until`, which with `attempt` fences its result."""

    seq: int
    receiver: str
    url: str | None
    site_id: str
    event_id: str
    attempt: int
    lease_until: int


class Outcome(NamedTuple):
    """What an attempt came to. `due_at`: when it is tried again, if `state` is `waiting`; `status`: of the reply."""

    claim: Claim
    state: str
    due_at: int
    status: int | None
    error: str | None


class Delivery(NamedTuple):
    """A delivery as it stands. `attempt`: how often it was tried; `status` and `error`: of the last attempt."""

    seq: int
    event_id: str
    comment_id: str
    type: str
    state: str
    attempt: int
    due_at: int
    created_at: int
    attempted_at: int | None
    settled_at: int | None
    status: int | None
    error: str | None


_ROW = ("receiver", "url", "site_id", "comment_id", "event_id", "state", "attempt", "due_at", "created_at")
_DELIVERY = [events.c.type if name == "type" else deliveries.c[name] for name in Delivery._fields]

# Literal, so that the partial indexes serve them. A delivery is a head where none of its comment waits before it.
_HEAD = """
d.state = 'waiting' AND d.due_at <= :now AND (d.lease_until IS NULL OR d.lease_until < :now)
AND NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.state = 'waiting' AND e.receiver = d.receiver AND e.comment_id = d.comment_id AND e.seq < d.seq
)
"""
# Walks from one receiver to the next by the index, however much waits for each.
_RECEIVERS_DUE = text(
    f"""
    WITH RECURSIVE walk(receiver) AS (
        SELECT min(receiver) FROM deliveries WHERE state = 'waiting'
        UNION ALL
        SELECT (SELECT min(n.receiver) FROM deliveries n WHERE n.state = 'waiting' AND n.receiver > walk.receiver)
        FROM walk WHERE walk.receiver IS NOT NULL
    )
    SELECT receiver FROM walk
    WHERE receiver IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM webhooks w WHERE w.id = receiver AND (w.state <> 'active' OR w.paused_until > :now)
    )
    AND EXISTS (SELECT 1 FROM deliveries d WHERE d.receiver = walk.receiver AND {_HEAD})
    """  # noqa: S608 - our own text
)


def listening(connection: Connection, site_ids: Collection[str]) -> set[str]:
    """Which of these sites have anybody who is told of what the machine decides."""
    values = {"sites": values_for(connection, sorted(site_ids))}
    return set(connection.execute(_listening(connection.dialect.name), values).scalars())


def schedule(connection: Connection, news: Sequence[Outward], at: int) -> None:
    """Write down who is to be told of these events: the webhooks of their sites, and for what a person decided the
    address that the comment brought along. Of what is approved, where Cusdis waits for it, its approval link."""
    if not news:
        return
    receivers = _active_webhooks(connection, news)
    callbacks = _callbacks(connection, [new for new in news if new.by_person])
    rows: list[tuple[Any, ...]] = [
        (receiver, None, new.site_id, new.comment_id, new.event_id, WAITING, 0, new.due_at, at)
        for new in news
        for receiver in receivers.get(new.site_id, ())
    ]
    for new in news:
        url = callbacks.get(new.comment_id) if new.by_person else None
        if url is not None:
            receiver = callback_receiver(new.site_id, url)
            rows.append((receiver, url, new.site_id, new.comment_id, new.event_id, WAITING, 0, new.due_at, at))
    links = _approve_links(connection, [new for new in news if new.approved])
    for new in news:
        url = links.get(new.comment_id) if new.approved else None
        if url is not None:
            receiver = approval_receiver(new.site_id, url)
            rows.append((receiver, url, new.site_id, new.comment_id, new.event_id, WAITING, 0, new.due_at, at))
    insert_many(connection, deliveries, _ROW, rows)


def approval_receiver(site_id: str, url: str) -> str:
    """The Cusdis of a site, as a receiver of approvals."""
    return APPROVALS + callback_receiver(site_id, url).removeprefix("cb_")


def counts(connection: Connection) -> tuple[int, int]:
    """How many deliveries wait, and how many dead letters there are."""
    waiting, dead = (
        connection.execute(select(func.count()).select_from(deliveries).where(which)).scalar_one()
        for which in (IS_WAITING, IS_DEAD)
    )
    return waiting, dead


def callback_receiver(site_id: str, url: str) -> str:
    """Who stands behind the address that a comment brought along: the same for all addresses on one host."""
    host = f"{site_id} {urlsplit(url).scheme}://{urlsplit(url).netloc}".encode("utf-8", "surrogatepass")
    return "cb_" + hashlib.sha256(host).hexdigest()[:32]


def any_tried(connection: Connection, event_ids: Sequence[str]) -> bool:
    """Whether an attempt to tell of these events has begun."""
    query = select(deliveries.c.seq).where(deliveries.c.event_id.in_(event_ids), deliveries.c.attempt > 0).limit(1)
    return connection.execute(query).scalar() is not None


def withdraw(connection: Connection, event_ids: Sequence[str]) -> None:
    """Tell nobody of these events."""
    connection.execute(delete(deliveries).where(deliveries.c.event_id.in_(event_ids)))


def receivers_due(connection: Connection, now: int) -> list[str]:
    """Receivers for which something can be claimed: a look that takes no lock."""
    return list(connection.execute(_RECEIVERS_DUE, {"now": now}).scalars())


def claim(connection: Connection, receiver: str, *, limit: int, now: int, lease_us: int) -> list[Claim]:
    """Lease up to `limit` deliveries to a receiver, longest due first; each becomes an attempt.

    Their events are locked until the claim is committed, so that nothing is withdrawn that has begun to go out.
    """
    found = connection.execute(
        _claimable(connection.dialect.name), {"receiver": receiver, "now": now, "limit": limit}
    ).all()
    if not found:
        return []
    until = now + lease_us
    connection.execute(
        update(deliveries)
        .where(among(connection.dialect.name, deliveries.c.seq, "seqs"))
        .values(attempt=deliveries.c.attempt + 1, lease_until=until, attempted_at=now),
        {"seqs": values_for(connection, [row.seq for row in found])},
    )
    return [Claim(row.seq, receiver, row.url, row.site_id, row.event_id, row.attempt + 1, until) for row in found]


def settle(connection: Connection, outcomes: Sequence[Outcome], at: int) -> None:
    """Write down what attempts came to; what is no longer claimed as it was stays as it is."""
    if outcomes:
        rows = [
            {
                "of_seq": outcome.claim.seq,
                "of_attempt": outcome.claim.attempt,
                "of_lease": outcome.claim.lease_until,
                "state": outcome.state,
                "due_at": outcome.due_at,
                "status": outcome.status,
                "error": outcome.error,
                "settled_at": None if outcome.state == WAITING else at,
            }
            for outcome in outcomes
        ]
        connection.execute(_SETTLE, rows)


def give_back(connection: Connection, claims: Sequence[Claim]) -> None:
    """End leases before their time: others may try at once."""
    rows = [{"of_seq": c.seq, "of_attempt": c.attempt, "of_lease": c.lease_until} for c in claims]
    if rows:
        connection.execute(update(deliveries).where(*_MINE).values(lease_until=None), rows)


def give_up_waiting(connection: Connection, receiver: str, because: str, at: int) -> None:
    """Make dead letters of all that waits for a receiver."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.receiver == receiver, deliveries.c.state == WAITING)
        .values(state=DEAD, lease_until=None, settled_at=at, error=because)
    )


def page(connection: Connection, receiver: str, *, state: str | None, before: int | None, limit: int) -> list[Delivery]:
    """Newest first, up to `limit`, those with a number below `before`."""
    query = (
        select(*_DELIVERY)
        .join(events, events.c.id == deliveries.c.event_id)
        .where(deliveries.c.receiver == receiver)
        .order_by(deliveries.c.seq.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(deliveries.c.state == state)
    if before is not None:
        query = query.where(deliveries.c.seq < before)
    return [Delivery(*tuple(row)) for row in connection.execute(query)]


def redeliver(
    connection: Connection,
    receiver: str,
    *,
    event_ids: Sequence[str] | None = None,
    state: str | None = None,
    since: int | None = None,
    now: int,
) -> int:
    """Send settled deliveries once more, with a whole schedule of attempts; return how many.

    Chosen by the ids of their events, or by `state` (`dead` or `delivered`) and `since` when they were written.
    """
    statement = update(deliveries).where(
        deliveries.c.receiver == receiver, or_(deliveries.c.state == DEAD, deliveries.c.state == DELIVERED)
    )
    if event_ids is not None:
        statement = statement.where(deliveries.c.event_id.in_(event_ids))
    if state is not None:
        statement = statement.where(deliveries.c.state == state)
    if since is not None:
        statement = statement.where(deliveries.c.created_at >= since)
    fresh = {"state": WAITING, "attempt": 0, "due_at": now, "lease_until": None, "settled_at": None}
    return connection.execute(statement.values(**fresh)).rowcount


def forget_receiver(connection: Connection, receiver: str) -> None:
    """Delete every delivery of a receiver."""
    connection.execute(delete(deliveries).where(deliveries.c.receiver == receiver))


def forget_settled(connection: Connection, before: int) -> None:
    """Delete what was delivered or given up before that instant."""
    connection.execute(delete(deliveries).where(deliveries.c.settled_at < before))


_MINE = (
    deliveries.c.seq == bindparam("of_seq"),
    deliveries.c.attempt == bindparam("of_attempt"),
    deliveries.c.lease_until == bindparam("of_lease"),
    deliveries.c.state == WAITING,
)
_SETTLE = (
    update(deliveries)
    .where(*_MINE)
    .values(
        lease_until=None,
        **{name: bindparam(name) for name in ("state", "due_at", "status", "error", "settled_at")},
    )
)


@lru_cache
def _claimable(dialect: str) -> TextClause:
    locked = "FOR UPDATE OF d, v SKIP LOCKED" if dialect == "postgresql" else ""
    return text(
        f"""
        SELECT d.seq, d.url, d.site_id, d.event_id, d.attempt
        FROM deliveries d JOIN events v ON v.id = d.event_id
        WHERE d.receiver = :receiver AND v.withdrawn_at IS NULL AND {_HEAD}
        ORDER BY d.due_at, d.seq LIMIT :limit {locked}
        """  # noqa: S608 - our own text
    )


@lru_cache
def _webhooks_of(dialect: str) -> Select[Any]:
    active = webhooks.c.state == "active"
    return select(webhooks.c.site_id, webhooks.c.id).where(active, among(dialect, webhooks.c.site_id, "sites"))


@lru_cache
def _listening(dialect: str) -> CompoundSelect[Any]:
    hooked = select(webhooks.c.site_id).where(webhooks.c.state == "active", among(dialect, webhooks.c.site_id, "sites"))
    linked = select(sites.c.id).where(sites.c.cusdis_url.is_not(None), among(dialect, sites.c.id, "sites"))
    return union(hooked, linked)


@lru_cache
def _links_of(dialect: str) -> Select[Any]:
    table = foreign_comments
    wanted = among(dialect, table.c.comment_id, "comments")
    joined = table.join(sites, sites.c.id == table.c.site_id)
    query = select(table.c.comment_id, table.c.approve_link, sites.c.cusdis_url).select_from(joined)
    return query.where(wanted, table.c.approve_link.is_not(None), sites.c.cusdis_url.is_not(None))


@lru_cache
def _callbacks_of(dialect: str) -> Select[Any]:
    table = foreign_comments
    wanted = among(dialect, table.c.comment_id, "comments")
    return select(table.c.comment_id, table.c.callback).where(wanted, table.c.callback.is_not(None))


def _active_webhooks(connection: Connection, news: Sequence[Outward]) -> dict[str, list[str]]:
    values = values_for(connection, sorted({new.site_id for new in news}))
    found: dict[str, list[str]] = defaultdict(list)
    for site_id, webhook_id in connection.execute(_webhooks_of(connection.dialect.name), {"sites": values}):
        found[site_id].append(webhook_id)
    return found


def _approve_links(connection: Connection, news: Sequence[Outward]) -> dict[str, str]:
    if not news:
        return {}
    values = values_for(connection, sorted({new.comment_id for new in news}))
    rows = connection.execute(_links_of(connection.dialect.name), {"comments": values})
    found = {row.comment_id: approval_call(row.approve_link, row.cusdis_url) for row in rows}
    return {comment_id: url for comment_id, url in found.items() if url is not None}


def approval_call(link: str, cusdis_url: str) -> str | None:
    """What to POST to in the place of a reviewer who opens that link and presses its button; None for a link that leads
    elsewhere than to the site's own Cusdis."""
    told, own = urlsplit(link), urlsplit(cusdis_url)
    if (told.scheme, told.netloc.lower()) != (own.scheme, own.netloc.lower()) or not told.path.endswith(_PAGE):
        return None
    path = told.path if told.path.endswith(_CALL) else told.path.removesuffix(_PAGE) + _CALL
    return told._replace(path=path, fragment="").geturl()


def _callbacks(connection: Connection, news: Sequence[Outward]) -> dict[str, str]:
    if not news:
        return {}
    values = values_for(connection, sorted({new.comment_id for new in news}))
    query = _callbacks_of(connection.dialect.name)
    return {row.comment_id: row.callback for row in connection.execute(query, {"comments": values})}
