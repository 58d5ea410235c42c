"""Notes, mentions and digests, on both databases; the mail server is a small one of the test's own."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import orjson
import pytest
from builders import UNSURE, Drain, Person, add_person, add_site, change, query, read, record
from console_calls import visitor
from delivering import a_sender
from flask import Flask
from receiving import BROKEN, OK, Receiver, answers
from sqlalchemy import select, update

from models.errors import Forbidden, Gone, NotFound, Refused
from models.vocabulary import Role
from service.digests import Digests
from service.notes import Notes
from service.review import Review
from store.records import digests, edits
from store.records import note_tables as tables
from store.records.schema import review_items
from store.records.sites import Site
from store.stores import Stores
from worker import signing
from worker.notify import notify
from worker.retain import retain


class _Mail(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client without encryption needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                got = b""
                while (more := self.rfile.readline()) != b".\r\n":
                    got += more
                self.server.got.append(got.decode())  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@contextmanager
def mail_server() -> Iterator[tuple[str, list[str]]]:
    """The address of a mail server and what it got."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.got = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", server.got  # type: ignore[attr-defined]
        server.shutdown()
        thread.join(5)


def test_a_note_calls_those_who_see_the_site_until_they_have_read_it(
    stores: Stores, site: Site, reviewer: Person
) -> None:
    (comment_id,) = record(stores, site, UNSURE)
    ben, bo = add_person(stores, "Ben"), add_person(stores, "Ben Otto")
    guest = add_person(stores, "Gil", site=add_site(stores))
    viewer = add_person(stores, "Vic", Role.VIEWER)
    notes = Notes(stores)

    notes.add(reviewer.reviewer, comment_id, "@ben otto and @GIL, see what ana@vic.example wrote to @Ana")
    notes.add(ben.reviewer, comment_id, "<b>@Benno</b> nobody")

    called = {
        person.reviewer.name: len(notes.mentions(person.reviewer)) for person in (reviewer, ben, bo, guest, viewer)
    }
    assert called == {"Ana": 0, "Ben": 0, "Ben Otto": 1, "Gil": 0, "Vic": 0}
    _, found = notes.about(bo.reviewer, comment_id)
    assert [note.reviewer_name for note in found] == ["Ana", "Ben"]
    assert notes.mentions(bo.reviewer) == []
    with pytest.raises(NotFound):
        notes.about(guest.reviewer, comment_id)
    with pytest.raises(Forbidden):
        notes.add(viewer.reviewer, comment_id, "no")
    for bad in ("", "  ", "x" * 2001, "a\0b"):
        with pytest.raises(Refused):
            notes.add(reviewer.reviewer, comment_id, bad)


def test_notes_go_when_the_comment_is_erased(stores: Stores, site: Site, drain_now: Drain, reviewer: Person) -> None:
    (comment_id,) = record(stores, site, UNSURE)
    drain_now()
    add_person(stores, "Ben")
    Notes(stores).add(reviewer.reviewer, comment_id, "about @Ben")

    with stores.database.write() as connection:
        edits.erase(connection, read(stores, comment_id), 1)

    assert query(stores, select(tables.notes.c.id)) == query(stores, select(tables.mentions.c.note_id)) == []
    with pytest.raises(Gone):
        Notes(stores).add(reviewer.reviewer, comment_id, "more")


def later(stores: Stores, hours: float) -> None:
    """Have the last digests been sent so long ago."""
    change(stores, update(tables.digests).values(sent_at=tables.digests.c.sent_at - int(hours * 3600_000_000)))


def ask(stores: Stores, person: Person, target: str) -> None:
    with stores.database.write() as connection:
        digests.put(connection, person.reviewer.id, target, 60)


def test_a_digest_goes_out_once_an_interval_and_only_where_something_is_new(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    for person in (add_person(stores, "Ben"), add_person(stores, "Gil", site=add_site(stores))):
        ask(stores, person, f"{person.reviewer.name}@mail.example")
    sender = a_sender()
    with mail_server() as (url, got):
        settings = replace(stores.settings, smtp_url=url, mail_from="desk@blog.example")
        mailing = replace(stores, settings=settings)

        assert (notify(stores, sender), notify(mailing, sender)) == (0, 0)
        (comment_id,) = record(stores, site, f"{UNSURE} secret words")
        drain_now()
        Notes(stores).add(reviewer.reviewer, comment_id, "@Ben?")
        assert [notify(mailing, sender), notify(mailing, sender)] == [1, 0]
        change(stores, update(review_items).values(waiting_since=review_items.c.waiting_since - 7200_000_000))
        change(stores, update(tables.notes).values(at=tables.notes.c.at - 7200_000_000))
        later(stores, 1)
        assert notify(mailing, sender) == 0, "nothing came since"
        record(stores, site, f"{UNSURE} and more")
        drain_now()
        assert notify(mailing, sender) == 1
        change(stores, update(review_items).values(waiting_since=1))
        later(stores, 25)
        assert notify(mailing, sender) == 1, "a day later it is told once more"

    assert len(got) == 3
    assert "To: Ben@mail.example" in got[0]
    assert "Comments that wait for a decision: 1" in got[0]
    assert "/console/mentions" in got[0]
    assert "secret words" not in got[0]


def test_a_webhook_gets_a_signed_digest_and_longer_pauses_while_it_fails(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person, good: Receiver
) -> None:
    ask(stores, reviewer, good.url)
    record(stores, site, UNSURE)
    drain_now()
    sender = a_sender(good)

    good.behaviour = answers(BROKEN)
    told = []
    for _ in range(4):
        told.append((notify(stores, sender), len(good.received)))
        later(stores, 1)
    good.behaviour = answers(OK)
    assert told == [(0, 1), (0, 1), (0, 2), (0, 2)], "after one failure two hours pass"
    later(stores, 2)
    assert notify(stores, sender) == 1

    last = good.received[-1]
    told_of = orjson.loads(last.body)
    assert (told_of["type"], told_of["data"]["waiting"], len(told_of["data"]["links"])) == ("digest", 1, 1)
    assert UNSURE not in last.body.decode()
    secret = Digests(stores, Review(stores)).secret(reviewer.reviewer)
    expected = signing.headers([secret], last.event_id, int(last.headers["webhook-timestamp"]), last.body)
    assert last.headers["webhook-signature"] == expected["webhook-signature"]
    assert query(stores, select(tables.digests.c.failures)) == [0]


def test_a_digest_may_go_to_an_address_or_to_a_public_url(stores: Stores, reviewer: Person) -> None:
    made = Digests(stores, Review(stores))

    for bad in ("", "ana", "http://a.example", "https://127.0.0.1/x", "a@b\n", "ana@mäil.example", "javascript://x"):
        with pytest.raises(Refused):
            made.ask(reviewer.reviewer, bad, 60)
    made.ask(reviewer.reviewer, "ana@mail.example", 60)

    assert made.asked(reviewer.reviewer) == (reviewer.reviewer.id, "ana@mail.example", 60, 0, 0)


def test_a_link_of_a_digest_decides_once_and_for_its_reviewer_alone(
    app: Flask, stores: Stores, site: Site, drain_now: Drain, good: Receiver
) -> None:
    reviewer = add_person(stores)
    ask(stores, reviewer, good.url)
    (comment_id,) = record(stores, site, UNSURE)
    drain_now()
    notify(stores, a_sender(good))
    (link,) = orjson.loads(good.received[0].body)["data"]["links"]
    path = link.removeprefix(f"{stores.settings.base_url}/console")
    ana, ben = (visitor(app, stores, one.reviewer.id) for one in (reviewer, add_person(stores, "Ben")))

    away = visitor(app, stores).get(path)
    assert (away.status_code, away.headers["Location"].startswith("/console/login?next=")) == (303, True)
    assert [ana.get(path).status_code, ben.get(path).status_code, ana.get(path[:-1]).status_code] == [200, 404, 404]
    assert ben.post(path, page="", action="approve", version="1").status_code == 404
    assert ana.post(path, page=path, action="approve", version="9").status_code == 409
    assert read(stores, comment_id).state == "review", "no look decides"
    assert ana.post(path, page=path, action="approve", version="1").status_code == 303
    assert read(stores, comment_id).state == "approved"
    assert [ana.get(path).status_code, ana.post(path, page="", action="reject", version="2").status_code] == [410, 410]

    change(stores, update(tables.digest_links).values(used_at=None, expires_at=1))
    assert ana.get(path).status_code == 410
    retain(stores)
    assert ana.get(path).status_code == 404
