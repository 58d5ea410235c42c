"""Whatever is wrong with a file is said, and a long one takes no more memory than a short one."""

import gzip
import os
import pty
import random
import subprocess
import sys
from pathlib import Path

import pytest
from bringing_in import Import, refused, standing
from foreign_files import wxr, wxr_comment

from benchmarks import importing
from benchmarks import wxr as long_wxr
from store.stores import Stores

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("content", [BOMB, OUTSIDE, b'<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://x.example/">]><rss/>'])
@pytest.mark.parametrize("format_name", ["wordpress", "disqus", "blogger"])
def test_a_document_type_is_refused_with_one_sentence(bring_in: Import, format_name: str, content: bytes) -> None:
    sentence = refused(bring_in(format_name, content))

    assert "document type (DOCTYPE)" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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
        ("commento", b'{"body": "x"}', "has neither comments nor commenters"),
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
