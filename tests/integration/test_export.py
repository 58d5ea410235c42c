"""An export holds all of a site, and taken in by an empty installation it is the same again."""

import gzip
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import builders
import pytest
import servers
from builders import Caller, Drain, new_comment
from commands import Run, command
from sqlalchemy import func, select

from models.vocabulary import Condition, ListEffect, ListKind, Mode
from service.policies import NewEntry, NewRule, Policies
from store.ids import now_us
from store.live import review_queue
from store.records import migrate, sites
from store.records.evidence_tables import reputations
from store.records.foreign import Foreign
from store.records.schema import comments, events, labels, revisions
from store.records.sites import Site
from store.settings import load_settings
from store.stores import Stores, open_stores

EMPTY = b'{"gatepost_export":2}\n{"policy":{"version":1,"mode":"automatic","authors":null}}\n'


@pytest.fixture
def run(stores: Stores) -> Run:
    """Calls `gatepost` on the installation of the test."""
    return command(stores.settings)


@pytest.fixture
def elsewhere(bare_url: str, stores: Stores, valkey: servers.Valkey, tmp_path: Path) -> Iterator[Stores]:
    """A second installation, empty, on either database."""
    settings = load_settings(
        {"DATABASE_URL": bare_url, "REDIS_URL": valkey.url, "GATEPOST_SECRET_KEY": "f" * 64}, data=tmp_path / "second"
    )
    opened = open_stores(settings)
    migrate.upgrade(opened.database)
    yield opened
    opened.close()


def exported(run: Run, site: Site, *options: str) -> bytes:
    result = run("export", "--site", site.id, *options)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout_bytes


def taken_in(run: Run, site: Site, file: Path) -> dict[str, int]:
    result = run("import", "jsonl", str(file), "--site", site.id, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    return {name: count for name, count in json.loads(result.stdout).items() if count}


@pytest.fixture
def lived(stores: Stores, site: Site, as_site: Caller, as_reviewer: Caller, drain_now: Drain) -> Site:
    """A site with something of everything: a policy, edits, people's decisions, an undo, an erasure, what waits."""
    policies = Policies(stores)
    policies.add_entry(site.id, NewEntry(ListEffect.ALLOW, ListKind.WORDS, "not looked at yet", "fine"))
    policies.add_entry(site.id, NewEntry(ListEffect.BLOCK, ListKind.REGEX, "(?i)casino", None, now_us() + 10**12))
    conditions = (Condition("body.links", "ge", 2), Condition("body", "contains", "é"))
    policies.add_rule(site.id, NewRule("Links", conditions, "continue"))
    policies.change(site.id, 4, mode=site.mode, first_comments=0, trust_after=None, author_per_hour=7)
    first = as_site.submit(builders.HAM, external_id="a1", author={"name": "Ana", "email": "ana@mail.example"})
    as_site.submit("é " + builders.SPAM, external_id="a2", parent_id=first.json["id"], form={"seconds": 0.1})
    for name in ("a3", "a4", "a5"):
        as_site.submit(f"{builders.UNSURE} {name}", external_id=name, author={"id": f"author of {name}"})
    erased = as_site.submit("forget me", external_id="a6").json["id"]
    builders.record(stores, site, new_comment("of another wire", foreign=Foreign("akismet", "f" * 64, is_test=1)))
    drain_now()
    items = as_reviewer.get("/v1/review/items").json["items"]
    choices = [{"id": item["id"], "version": 1, "action": "approve", "note": "fine"} for item in items[:2]]
    decided = as_reviewer.post("/v1/review/decisions", {"items": choices}).json["items"]
    assert [one["status"] for one in decided] == [200, 200]
    undone = as_reviewer.post(f"/v1/review/decisions/{decided[0]['decision']['id']}/undo", {})
    assert undone.status_code == 200
    assert as_site.post(f"/v1/comments/{first.json['id']}/revisions", {"body": builders.WORST}).status_code == 202
    drain_now()
    assert as_site.call("DELETE", f"/v1/comments/{erased}").status_code == 204
    as_site.submit("not looked at yet", external_id="a7")
    return site


def test_export_and_import_give_equal_digests(lived: Site, run: Run, elsewhere: Stores, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived))
    other, again = builders.add_site(elsewhere), command(elsewhere.settings)

    assert taken_in(again, other, file) == {"new": 8}

    assert sha256(exported(again, other)).hexdigest() == sha256(file.read_bytes()).hexdigest()


def test_an_export_holds_everything(lived: Site, run: Run, stores: Stores) -> None:
    header, *lines = map(json.loads, exported(run, lived).splitlines())

    assert header == {"gatepost_export": 2}
    policy, *entries, rule = lines[:4]
    lines = lines[4:]
    assert (policy["policy"]["version"], policy["policy"]["authors"]["author_per_hour"]) == (5, 7)
    assert [one["list_entry"]["effect"] for one in entries] == ["allow", "block"]
    assert rule["rule"]["action"] == "continue"
    counted = {
        "comments": len(lines),
        **{name: sum(len(line[name]) for line in lines) for name in ("revisions", "events", "labels")},
    }
    tables = {"comments": comments, "revisions": revisions, "events": events, "labels": labels}
    assert counted == {
        name: builders.query(stores, select(func.count()).select_from(table))[0] for name, table in tables.items()
    }
    by_id = {line["comment"]["external_id"]: line for line in lines}
    assert [row["state"] for row in by_id["a1"]["revisions"]] == ["superseded", "discarded"]
    assert by_id["a2"]["comment"]["parent_id"] == by_id["a1"]["comment"]["id"]
    assert sorted(line["review_items"][0]["waiting"] for line in lines if line["review_items"]) == [0, 1, 1]
    assert [line["foreign"][0]["is_test"] for line in lines if line["foreign"]] == [1]


def test_an_export_holds_no_address_and_no_secret(lived: Site, run: Run) -> None:
    written = exported(run, lived).decode()

    assert "ana@mail.example" not in written
    assert lived.pseudonym_key not in written
    assert lived.id not in written


def test_what_is_taken_in_works_there(lived: Site, run: Run, elsewhere: Stores, tmp_path: Path, stores: Stores) -> None:
    """What waits stands in the queue, and labels count for their authors as they did before."""
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived))
    stores.redis.flushall()

    other = builders.add_site(elsewhere)
    taken_in(command(elsewhere.settings), other, file)

    assert review_queue.size(elsewhere.redis) == 2
    columns = select(reputations.c.kind, reputations.c.value, reputations.c.spam, reputations.c.ham)
    found = [builders.query(place, columns.order_by(*columns.selected_columns)) for place in (stores, elsewhere)]
    assert len(found[1]) == 1
    assert found[1] == [row for row in found[0] if row[2] or row[3]]


@pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
def test_taking_in_again_changes_nothing(lived: Site, run: Run, elsewhere: Stores, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived))
    other, again = builders.add_site(elsewhere), command(elsewhere.settings)
    taken_in(again, other, file)

    assert taken_in(again, other, file) == {"known": 8}
    assert taken_in(run, lived, file) == {"known": 8}
    assert exported(again, other) == file.read_bytes()


def test_another_site_of_the_same_installation_does_not_take_it(
    lived: Site, run: Run, stores: Stores, tmp_path: Path
) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived))

    result = run("import", "jsonl", str(file), "--site", builders.add_site(stores).id)

    assert result.exit_code == 1
    assert result.stderr.count("another site of this installation has a comment of this id") == 8
    assert "lists and rules have ids that belong to another site" in result.stderr


@pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
def test_with_the_pseudonym_key_authors_are_known_again(
    lived: Site, run: Run, elsewhere: Stores, tmp_path: Path
) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived, "--with-pseudonym-key"))
    other = builders.add_site(elsewhere)

    taken_in(command(elsewhere.settings), other, file)

    with elsewhere.database.read() as connection:
        assert sites.get(connection, other.id).pseudonym_key == lived.pseudonym_key


@pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
def test_a_site_with_comments_keeps_its_own_pseudonyms(
    lived: Site, run: Run, elsewhere: Stores, tmp_path: Path
) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived, "--with-pseudonym-key"))
    other = builders.add_site(elsewhere)
    builders.record(elsewhere, other, "already here")

    result = command(elsewhere.settings)("import", "jsonl", str(file), "--site", other.id)

    assert result.exit_code == 1
    assert "import the export into a new site" in str(result.exception)


def broken(line: dict[str, Any], **changes: Any) -> bytes:
    """A line of an export with other values in its comment (`comment_x`) or in its first revision (`revision_x`)."""
    made = json.loads(json.dumps(line))
    for name, value in changes.items():
        place, _, column = name.partition("_")
        (made["comment"] if place == "comment" else made["revisions"][0])[column] = value
    return json.dumps(made).encode()


@pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
def test_lines_that_were_tampered_with_are_left_out_one_by_one(
    lived: Site, run: Run, elsewhere: Stores, tmp_path: Path
) -> None:
    head, policy, entry, pattern, rule, one, two, *_ = exported(run, lived).splitlines()
    line = json.loads(one)
    laid = [
        policy.replace(b"automatic", b"sometimes"),
        entry.replace(b"allow", b"praise"),
        pattern.replace(b"(?i)casino", b"("),
        rule.replace(b"body.links", b"body.mood"),
        rule.replace(b"continue", b"escalate"),
    ]
    bad = [
        broken(line, revision_state="published"),
        broken(line, comment_received_at="now"),
        broken(line, comment_received_at=True),
        broken(line, comment_colour="red"),
        broken(line, comment_id="x" * 41),
        broken(line, comment_revision=9),
        broken(line, revision_body="a\0b"),
        broken(line, comment_id="cmt_other", comment_external_id=None),
        b"[]",
        b"{",
    ]
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"\n".join([head, *laid, entry, one, *bad, two]))
    other = builders.add_site(elsewhere)

    result = command(elsewhere.settings)("import", "jsonl", str(file), "--site", other.id)

    assert result.exit_code == 1
    told = result.stderr.splitlines()
    assert [row.partition(":")[0] for row in told] == [f"row {number}" for number in (*range(2, 7), *range(9, 19))]
    assert result.stdout.startswith("2 comments are new")
    assert len(exported(command(elsewhere.settings), other).splitlines()) == 5


def test_a_version_that_is_not_known_is_refused(run: Run, site: Site, tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_bytes(b'{"gatepost_export": 3}\n')

    result = run("import", "jsonl", str(tmp_path / "export.jsonl"), "--site", site.id)

    assert (result.exit_code, str(result.exception)) == (
        1,
        "export.jsonl is version 3 of an export; this Gatepost knows up to 2.",
    )


def test_a_file_is_there_only_when_it_is_whole(run: Run, site: Site, tmp_path: Path) -> None:
    out = tmp_path / "out" / "export.jsonl.gz"

    assert run("export", "--site", site.id, "--out", str(out)).exit_code == 1
    out.parent.mkdir()
    assert run("export", "--site", site.id, "--out", str(out)).exit_code == 0

    assert gzip.decompress(out.read_bytes()) == EMPTY
    assert list(out.parent.iterdir()) == [out]


def test_only_the_named_site_is_written(run: Run, stores: Stores, site: Site) -> None:
    builders.record(stores, builders.add_site(stores, Mode.SHADOW), "of another site")

    assert exported(run, site) == EMPTY


@pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
def test_an_export_of_the_first_version_still_comes_in(
    lived: Site, run: Run, elsewhere: Stores, tmp_path: Path
) -> None:
    """It held neither policy nor lists and rules; the site's own stay."""
    lines = exported(run, lived).splitlines()
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"\n".join([b'{"gatepost_export":1}', *lines[5:]]))
    other = builders.add_site(elsewhere, Mode.REVIEW_ALL)

    assert taken_in(command(elsewhere.settings), other, file) == {"new": 8}

    with elsewhere.database.read() as connection:
        assert (sites.get(connection, other.id).mode, sites.get(connection, other.id).policy_version) == (
            Mode.REVIEW_ALL,
            1,
        )


@pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
def test_what_a_site_has_laid_down_itself_stays_and_what_comes_in_is_added(
    lived: Site, run: Run, elsewhere: Stores, tmp_path: Path
) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(run, lived))
    other, again = builders.add_site(elsewhere), command(elsewhere.settings)
    told = ("--effect", "hold", "--kind", "regex", "--value", "(?i)casino")
    again("list", "add", "--site", other.id, *told)
    again("rule", "add", "--site", other.id, "--name", "Own", "--if", "body", "is", "x", "--action", "review")

    taken_in(again, other, file)
    taken_in(again, other, file)

    entries = json.loads(again("list", "show", "--site", other.id, "--json").stdout)["items"]
    rules = json.loads(again("rule", "list", "--site", other.id, "--json").stdout)["items"]
    assert sorted((one["effect"], one["kind"]) for one in entries) == [("allow", "words"), ("hold", "regex")]
    assert [(one["position"], one["name"]) for one in rules] == [(1, "Own"), (2, "Links")]
    with elsewhere.database.read() as connection:
        assert sites.get(connection, other.id).policy_version == 4
