from builders import Drain, add_site, query, read, record
from sqlalchemy import select, update

from store.records import kin, surroundings
from store.records.schema import comments
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores


def test_parents_and_author_are_found_on_the_same_site(stores: Stores, site: Site, drain_now: Drain) -> None:
    top, middle = record(stores, site, NewComment(body="top"), NewComment(body="middle", author_id="ana"))
    (own,) = record(stores, site, NewComment(body="own", author_id="ana", parent_id=middle))
    with stores.database.write() as connection:
        connection.execute(update(comments).where(comments.c.id == middle).values(parent_id=top))
    drain_now()

    with stores.database.read() as connection:
        around = surroundings.of_comment(connection, read(stores, own))

    assert [one.body for one in around.thread] == ["middle", "top"]
    assert [one.body for one in around.by_author] == ["middle"]
    assert (around.author_known, around.approved) == (True, None)
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


def test_copies_addresses_and_links_are_counted_on_the_same_site(stores: Stores, site: Site, drain_now: Drain) -> None:
    text = "earn money from home with the one simple trick that banks do not want you to know"
    own, copy, link, _ = record(
        stores,
        site,
        NewComment(body=f"{text} https://a.example https://b.example", ip_hash="1" * 64),
        NewComment(body=f"{text}!", ip_hash="1" * 64),
        NewComment(body="bread with rye", author_url="https://WWW.A.example/x"),
        NewComment(body="nothing of it", ip_hash="2" * 64),
    )
    record(stores, add_site(stores), NewComment(body=f"{text} https://a.example", ip_hash="1" * 64))
    drain_now()

    with stores.database.read() as connection:
        found = kin.of_comments(connection, [read(stores, own), read(stores, link)])

    assert found[own] == ((copy,), (copy,), {"a.example": (link,), "b.example": ()})
    assert found[link] == ((), (), {"a.example": (own,)})
