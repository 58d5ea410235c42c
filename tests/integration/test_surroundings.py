from builders import Drain, query, read, record
from sqlalchemy import select, update

from models.pseudonyms import pseudonym
from store.records import surroundings
from store.records.schema import comments
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores


def test_parents_author_and_address_are_found_on_the_same_site(stores: Stores, site: Site, drain_now: Drain) -> None:
    top, middle = record(stores, site, NewComment(body="top"), NewComment(body="middle", author_id="ana"))
    (own,) = record(stores, site, NewComment(body="own", author_id="ana", parent_id=middle))
    (same,) = record(stores, site, NewComment(body="same address", author_id="ben"))
    with stores.database.write() as connection:
        connection.execute(update(comments).where(comments.c.id == middle).values(parent_id=top))
        address = pseudonym(site.pseudonym_key, "ip", "192.0.2.1")
        connection.execute(update(comments).where(comments.c.id.in_([own, same])).values(ip_hash=address))
    drain_now()

    with stores.database.read() as connection:
        around = surroundings.of_comment(connection, read(stores, own))

    assert [one.body for one in around.thread] == ["middle", "top"]
    assert [one.body for one in around.by_author] == ["middle"]
    assert (around.author_known, around.same_address, around.approved) == (True, 1, None)
    assert around.steps[0].state == "received"
    assert around.steps[-1].by in ("model", "rule")
    assert query(stores, select(comments.c.parent_id).where(comments.c.id == top)) == [None]


def test_circle_of_parents_ends(stores: Stores, site: Site) -> None:
    first, second = record(stores, site, "one", "two")
    with stores.database.write() as connection:
        for one, parent in ((first, second), (second, first)):
            connection.execute(update(comments).where(comments.c.id == one).values(parent_id=parent))

    with stores.database.read() as connection:
        around = surroundings.of_comment(connection, read(stores, first))

    assert [one.id for one in around.thread] == [second]
