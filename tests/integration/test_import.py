"""Histories of other systems come in as they were left, once, and whatever is wrong with a file is said."""

import gzip
import json
import os
import pty
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import foreign_files
import pytest
from builders import Drain
from click.testing import CliRunner, Result
from foreign_files import wxr, wxr_comment
from sqlalchemy import func, select

from benchmarks import importing
from benchmarks import wxr as long_wxr
from cli.main import gatepost
from service.intake import pseudonym
from store.ids import rfc3339
from store.records import webhooks
from store.records.evidence_tables import reputations
from store.records.outward_tables import deliveries
from store.records.schema import comments, decisions, events, labels, raw_submissions, revisions
from store.records.sites import Site
from store.stores import Stores

Import = Callable[..., Result]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def bring_in(stores: Stores, site: Site, tmp_path: Path) -> Import:
    """Imports the bytes of a file into the site."""
    settings = stores.settings
    environment = {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
    }

    def run(format_name: str, content: bytes, *options: str) -> Result:
        file = tmp_path / "export"
        file.write_bytes(content)
        return CliRunner().invoke(
            gatepost, ["import", format_name, str(file), "--site", site.id, *options], env=environment
        )

    return run


def counts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, (result.output, result.exception)
    shown: dict[str, int] = json.loads(result.stdout)
    return {name: count for name, count in shown.items() if count}


def refused(result: Result) -> str:
    assert result.exit_code == 1
    assert result.exception is not None
    return str(result.exception)


def standing(stores: Stores) -> dict[str, tuple[Any, ...]]:
    """External id → state, label, author's name, page, parent's external id, body."""
    parents = comments.alias()
    query = (
        select(
            comments.c.external_id,
            revisions.c.state,
            labels.c.label,
            comments.c.author_name,
            comments.c.page_url,
            parents.c.external_id,
            revisions.c.body,
        )
        .join(revisions, revisions.c.comment_id == comments.c.id)
        .outerjoin(labels, labels.c.comment_id == comments.c.id)
        .outerjoin(parents, parents.c.id == comments.c.parent_id)
    )
    return {row[0]: tuple(row[1:]) for row in builders.query(stores, query)}


def test_wordpress_comments_enter_as_they_were_left(bring_in: Import, stores: Stores) -> None:
    file = wxr(
        wxr_comment(1),
        wxr_comment(2, "spam", "Cheap pills"),
        wxr_comment(3, "trash", "Go away"),
        wxr_comment(4, "0", "Is this on?", parent=1),
    )

    assert counts(bring_in("wordpress", file, "--json")) == {"new": 4, "due": 1, "labels": 2}

    page = "https://garden.example/roses"
    assert standing(stores) == {
        "1": ("approved", "ham", "Ana", page, None, "Lovely roses"),
        "2": ("rejected", "spam", "Ana", page, None, "Cheap pills"),
        "3": ("rejected", None, "Ana", page, None, "Go away"),
        "4": ("received", None, "Ana", page, "1", "Is this on?"),
    }


def test_what_was_decided_there_has_a_decision_by_rule_that_says_so_and_one_event(
    bring_in: Import, stores: Stores
) -> None:
    bring_in("wordpress", wxr(wxr_comment(1, "spam")))

    ((action, by, reasons, decision_id),) = builders.query(
        stores, select(decisions.c.action, decisions.c.decided_by, decisions.c.reasons, decisions.c.id)
    )
    assert (action, by) == ("reject", "rule")
    assert json.loads(reasons)[0]["text"] == "Imported from WordPress, where it was held for spam"
    told = select(events.c.type, events.c.previous_state, events.c.decision_id)
    assert builders.query(stores, told) == [("comment.rejected", None, decision_id)]


def test_history_is_never_scored_and_waits_for_nobody(bring_in: Import, stores: Stores, drain_now: Drain) -> None:
    bring_in("wordpress", wxr(wxr_comment(1, text=builders.UNSURE), wxr_comment(2, "0", builders.UNSURE)))

    assert drain_now() == 1
    assert {name: row[0] for name, row in standing(stores).items()} == {"1": "approved", "2": "review"}


def test_no_webhook_is_told_of_history(bring_in: Import, stores: Stores, site: Site) -> None:
    with stores.database.write() as connection:
        webhooks.add(connection, site.id, "https://hooks.example/x", None)

    bring_in("wordpress", wxr(wxr_comment(1), wxr_comment(2, "spam")))

    assert builders.query(stores, select(func.count()).select_from(deliveries)) == [0]


def test_personal_data_become_the_pseudonyms_of_the_api_and_nothing_is_kept_as_it_was_sent(
    bring_in: Import, stores: Stores, site: Site
) -> None:
    bring_in("wordpress", wxr(wxr_comment(1)))

    found = builders.query(stores, select(comments.c.email_hash, comments.c.ip_hash))
    assert found == [(pseudonym(site, "email", "ana@mail.example"), pseudonym(site, "ip", "198.51.100.7"))]
    assert builders.query(stores, select(raw_submissions.c.comment_id)) == []


def test_a_label_has_the_time_of_the_comment_and_counts_for_author_and_text(bring_in: Import, stores: Stores) -> None:
    text = "buy our very cheap pills today at https://pills.example/now"
    bring_in("wordpress", wxr(wxr_comment(1, "spam", text)))

    ((source, at),) = builders.query(stores, select(labels.c.source, labels.c.created_at))
    assert (source, rfc3339(at)) == ("import", "2021-03-04T05:06:07.000Z")
    kinds = builders.query(stores, select(reputations.c.kind, func.count()).group_by(reputations.c.kind))
    assert dict(kinds) == {"email": 1, "ip": 1, "domain": 2, "text": 4}


def test_the_same_file_again_changes_nothing(bring_in: Import, stores: Stores) -> None:
    file = wxr(wxr_comment(1), wxr_comment(2, "0"))
    bring_in("wordpress", file)
    before = standing(stores)

    assert counts(bring_in("wordpress", file, "--json")) == {"known": 2}
    assert counts(bring_in("wordpress", wxr(wxr_comment(1, text="Another text")), "--json")) == {
        "known": 1,
        "changed": 1,
    }
    assert standing(stores) == before
    assert builders.query(stores, select(func.count()).select_from(labels)) == [1]


def test_the_site_may_submit_the_same_comment_later(bring_in: Import, as_site: builders.Caller) -> None:
    line = {"external_id": "a1", "body": "Lovely roses", "author": {"name": "Ana"}}
    bring_in("jsonl", json.dumps(line | {"status": "approved"}).encode())

    answer = as_site.submit(**line)

    assert (answer.status_code, answer.json["state"]) == (200, "approved")


def test_disqus(bring_in: Import, stores: Stores) -> None:
    assert counts(bring_in("disqus", foreign_files.DISQUS, "--json")) == {"new": 3, "labels": 2}
    page = "https://garden.example/roses"
    assert standing(stores) == {
        "501": ("approved", "ham", "Ana", page, None, "<p>Lovely roses</p>"),
        "502": ("rejected", "spam", "Pills", page, "501", "<p>Cheap pills</p>"),
        "503": ("rejected", None, "Ben", page, None, "<p>Never mind</p>"),
    }


def test_blogger(bring_in: Import, stores: Stores) -> None:
    assert counts(bring_in("blogger", foreign_files.BLOGGER, "--json")) == {"new": 2, "labels": 2}
    first, page = "tag:blogger.com,1999:blog-1.post-11", "https://garden.example/roses.html"
    assert standing(stores) == {
        first: ("approved", "ham", "Ana", page, None, "Lovely roses<br />"),
        "tag:blogger.com,1999:blog-1.post-12": ("approved", "ham", "Ben", page, first, "I agree"),
    }


def test_the_address_of_nobody_is_nobodys(bring_in: Import, stores: Stores) -> None:
    bring_in("blogger", foreign_files.BLOGGER)

    hashes = builders.query(stores, select(comments.c.author_name, comments.c.email_hash))
    assert {name: email is not None for name, email in hashes} == {"Ana": False, "Ben": True}


def test_blogger_from_takeout(bring_in: Import, stores: Stores) -> None:
    assert counts(bring_in("blogger", foreign_files.BLOGGER_TAKEOUT, "--json")) == {"new": 2, "labels": 2}
    first = "tag:blogger.com,1999:blog-1.post-11"
    assert standing(stores) == {
        first: ("approved", "ham", "Ana", None, None, "Lovely roses"),
        "tag:blogger.com,1999:blog-1.post-12": ("rejected", "spam", "Pills", None, first, "Cheap pills"),
    }


def test_commento(bring_in: Import, stores: Stores) -> None:
    file = foreign_files.commento("approved", "flagged", "unapproved")

    assert counts(bring_in("commento", file, "--json")) == {"new": 3, "due": 1, "labels": 2}
    page = "https://garden.example/roses"
    assert standing(stores) == {
        "c0": ("approved", "ham", "Ana", page, None, "Roses 0"),
        "c1": ("rejected", "spam", None, page, "c0", "Roses 1"),
        "c2": ("received", None, None, page, "c1", "Roses 2"),
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(bring_in: Import, stores: Stores, delimiter: str) -> None:
    table = [
        ("external_id", "body", "author_name", "page_url", "created_at", "status", "parent"),
        ("1", '"Lovely\nroses"', "Ana", "https://garden.example/roses", "2021-03-04", "approved", ""),
        ("2", "Cheap pills", "", "", "", "spam", "1"),
        ("3", "Is this on?", "", "", "", "", ""),
    ]
    file = "\ufeff" + "\r\n".join(delimiter.join(row) for row in table)

    assert counts(bring_in("csv", file.encode(), "--json")) == {"new": 3, "due": 1, "labels": 2}
    assert standing(stores) == {
        "1": ("approved", "ham", "Ana", "https://garden.example/roses", None, "Lovely\nroses"),
        "2": ("rejected", "spam", None, None, "1", "Cheap pills"),
        "3": ("received", None, None, None, None, "Is this on?"),
    }


def test_a_row_without_an_id_is_the_same_comment_again(bring_in: Import) -> None:
    file = b"body,status\nLovely roses,ham\nLovely tulips,ham\n"

    assert counts(bring_in("csv", file, "--json")) == {"new": 2, "labels": 2}
    assert counts(bring_in("csv", file, "--json")) == {"known": 2}


def test_a_reply_that_stands_before_its_parent_finds_it_within_a_batch(bring_in: Import, stores: Stores) -> None:
    lines = [
        {"external_id": "a", "body": "Yes", "status": "ham", "parent": "b"},
        {"external_id": "b", "body": "Is this on?"},
        {"external_id": "c", "body": "Hm", "status": "ham", "parent": "gone"},
    ]
    file = "\n".join(map(json.dumps, lines)).encode()

    assert counts(bring_in("jsonl", file, "--json"))["parentless"] == 1
    assert {name: row[4] for name, row in standing(stores).items()} == {"a": "b", "b": None, "c": None}


def test_a_gzipped_file_is_read_as_it_is(bring_in: Import) -> None:
    assert counts(bring_in("wordpress", gzip.compress(wxr(wxr_comment(1))), "--json"))["new"] == 1


def test_broken_rows_are_named_and_the_others_come_in(bring_in: Import, stores: Stores) -> None:
    file = wxr(
        wxr_comment(""), wxr_comment(2), wxr_comment(3, "what"), wxr_comment(4, text="x" * 70_000), wxr_comment(5)
    )

    result = bring_in("wordpress", file)

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "row 1: has no wp:comment_id",
        "row 3: has a wp:comment_approved that is not known",
        "row 4: /body: may have 64 KiB of UTF-8 at most",
    ]
    assert result.stdout.endswith("3 rows could not be read and are left out.\n")
    assert set(standing(stores)) == {"2", "5"}
    assert bring_in("wordpress", file, "--skip-bad").exit_code == 0


@pytest.mark.parametrize(
    ("format_name", "content", "told"),
    [
        ("csv", b"body,status\none,ham,more\n", "row 2: has 3 fields, the first line names 2"),
        ("csv", b"body,created_at\none,soon\n", "row 2: created_at is not a time such as 2026-11-24T10:00:00Z"),
        ("jsonl", b'{"body": "x"}\n{"body"\n', "row 2: is no JSON"),
        ("jsonl", b'{"body": 7}', "row 1: /body: Input should be a valid string"),
        ("jsonl", b'{"body": "x", "colour": 1}', "row 1: /colour: Extra inputs are not permitted"),
        ("jsonl", b'{"body": "x", "status": "fine"}', "row 1: status must be one of"),
        ("commento", b'{"version": 1, "comments": [7, {"commentHex": "c"}], "commenters": []}', "row 1: is no object"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(bring_in: Import, format_name: str, content: bytes, told: str) -> None:
    result = bring_in(format_name, content)

    assert result.exit_code == 1
    assert told in result.stderr


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel>'
    b"<item><title>&b;</title></item></channel></rss>"
)
OUTSIDE = b'<!DOCTYPE rss SYSTEM "file:///etc/passwd"><rss/>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, b'<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://x.example/">]><rss/>'])
@pytest.mark.parametrize("format_name", ["wordpress", "disqus", "blogger"])
def test_a_document_type_is_refused_with_one_sentence(bring_in: Import, format_name: str, content: bytes) -> None:
    sentence = refused(bring_in(format_name, content))

    assert "document type (DOCTYPE)" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("format_name", "content", "told"),
    [
        ("disqus", wxr(), "begins with <rss>, not with <disqus>"),
        ("wordpress", wxr(wxr_comment(1))[:-40], "cannot be read as XML from line"),
        ("wordpress", b"<rss>" + b"<a>" * 70, "deeper than 64"),
        ("wordpress", b"<rss><!--" + b"x" * 17 * 1024 * 1024, "more than 16 MiB"),
        ("wordpress", gzip.compress(b"<rss>" + random.Random(1).randbytes(9000))[:-200], "damaged or cut off"),
        ("wordpress", b'<?xml version="1.0" encoding="shift-jis-9"?><rss/>', "encoding"),
        ("commento", b'{"version": 2}', "is version 2 of Commento's export"),
        ("commento", b'{"version": 1, "comments": [', "cannot be read as JSON"),
        ("commento", b'["x"', "cannot be read as JSON"),
        ("commento", b'{"x": "' + b"y" * 20 * 1024 * 1024, "more than 8 Mi characters"),
        ("csv", b"text,body\n1,2\n", "“text” is not one"),
        ("csv", b"status\nham\n", "“body” is needed"),
        ("csv", b"body\n\xff\xfe\n", "is not UTF-8"),
        ("csv", b"body\n" + b"y" * 2 * 1024 * 1024, "more than 1 Mi characters"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_one_sentence(
    bring_in: Import, format_name: str, content: bytes, told: str
) -> None:
    sentence = refused(bring_in(format_name, content))

    assert told in sentence
    assert "\n" not in sentence


def test_what_came_before_the_damage_is_in(bring_in: Import, stores: Stores) -> None:
    many = [wxr_comment(number) for number in range(600)]

    assert "cannot be read as XML" in refused(bring_in("wordpress", wxr(*many)[:-30]))

    assert len(standing(stores)) == 500


def test_control_characters_of_old_databases_are_passed_over(bring_in: Import, stores: Stores) -> None:
    bring_in("wordpress", wxr(wxr_comment(1, text="Lovely\x0b roses")))

    assert standing(stores)["1"][5] == "Lovely roses"


def test_a_site_that_is_not_there_is_refused(bring_in: Import) -> None:
    assert "There is no site" in refused(bring_in("csv", b"body\nx\n", "--site", "site_none"))


def test_a_terminal_gets_a_progress_bar(tmp_path: Path) -> None:
    site_id = importing.add_site(tmp_path)
    long_wxr.write(tmp_path / "export.xml", 700)
    command = [sys.executable, "-m", "cli.main", "import", "wordpress", str(tmp_path / "export.xml"), "--site", site_id]
    terminal, inner = pty.openpty()
    environment = importing.environment(tmp_path) | {"TERM": "xterm", "COLUMNS": "100"}
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=inner)
    os.close(inner)
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # The other side has closed.
        pass
    os.close(terminal)

    assert child.wait(60) == 0
    assert b"100%" in shown
    assert b"700 rows" in shown


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = [import_made(tmp_path / str(count), count) for count in (1_000, 10_000)]

    assert peaks[1] < peaks[0] + 15


@pytest.mark.slow
def test_fifty_thousand_comments_come_in_within_a_minute_in_constant_memory(tmp_path: Path) -> None:
    few, many = (import_made(tmp_path / str(count), count) for count in (5_000, 50_000))

    assert many < few + 15


def import_made(data: Path, count: int) -> float:
    """Import a made-up WordPress export of so many comments; the most memory that took, MiB."""
    data.mkdir()
    long_wxr.write(data / "export.xml", count)
    run = importing.measure(data, importing.add_site(data), data / "export.xml")
    assert run.counts["new"] == count
    assert run.seconds < 60
    return run.peak_mib
