"""Notes, mentions and digests, on both databases; the mail server is a small one of the test's own."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from builders import UNSURE, Drain, Person, add_person, add_site, change, query, read, record
from sqlalchemy import select, update

from models.errors import Forbidden, Gone, NotFound, Refused
from models.vocabulary import Role
from service.notes import Notes
from store.records import digests, edits
from store.records import note_tables as tables
from store.records.sites import Site
from store.stores import Stores
from worker.notify import notify


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


def test_a_digest_goes_out_once_an_interval_and_only_where_something_waits(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    ben, gil = add_person(stores, "Ben"), add_person(stores, "Gil", site=add_site(stores))
    with stores.database.write() as connection:
        for person in (ben, gil):
            digests.put(connection, person.reviewer.id, f"{person.reviewer.name}@mail.example", 60)
    with mail_server() as (url, got):
        settings = replace(stores.settings, smtp_url=url, mail_from="desk@blog.example")
        mailing = replace(stores, settings=settings)

        assert (notify(stores), notify(mailing)) == (0, 0)
        (comment_id,) = record(stores, site, f"{UNSURE} secret words")
        drain_now()
        Notes(stores).add(reviewer.reviewer, comment_id, "@Ben?")
        assert [notify(mailing), notify(mailing)] == [1, 0]
        change(stores, update(tables.digests).values(sent_at=tables.digests.c.sent_at - 3600_000_000))
        assert notify(mailing) == 1
        change(stores, update(tables.digests).values(sent_at=0))
        assert notify(replace(mailing, settings=replace(settings, smtp_url="smtp://127.0.0.1:1"))) == 0
        assert notify(mailing) == 0

    assert len(got) == 2
    assert "To: Ben@mail.example" in got[0]
    assert "Comments that wait for a decision: 1" in got[0]
    assert "/console/mentions" in got[0]
    assert "secret words" not in got[0]
