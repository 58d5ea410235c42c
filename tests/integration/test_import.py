"""Histories of other systems come in as they were left, and once."""

import gzip
import json

import builders
import foreign_files
import pytest
from bringing_in import Import, counts, standing
from builders import Drain
from foreign_files import wxr, wxr_comment
from sqlalchemy import func, select

from service.intake import pseudonym
from store.ids import rfc3339
from store.records import webhooks
from store.records.evidence_tables import reputations
from store.records.outward_tables import deliveries
from store.records.schema import comments, decisions, events, labels, raw_submissions
from store.records.sites import Site
from store.stores import Stores


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
