"""`gatepost organisation`, `gatepost rule` and `gatepost list`: what the API does, by hand and in bulk."""

from pathlib import Path

import pytest
from builders import HAM, Caller, Drain, add_site, record, states
from commands import Run, command, refused, shown

from store.records import sites
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def run(stores: Stores) -> Run:
    return command(stores.settings)


def test_sites_belong_to_organisations_that_are_named_by_id_or_name(run: Run, stores: Stores) -> None:
    made = shown(run("organisation", "add", "--name", "Times", "--json"))
    site_id = shown(run("site", "add", "--url", "https://times.example", "--organisation", "Times", "--json"))[
        "site_id"
    ]
    by_id = run("site", "add", "--url", "https://x.example", "--organisation", made["organisation_id"], "--json")
    run("site", "add", "--url", "https://other.example")

    listed = shown(run("organisation", "list", "--json"))["items"]
    assert [(one["name"], one["sites"]) for one in listed] == [("Times", 2), ("default", 1)]
    assert [one["organisation"] for one in shown(run("site", "list", "--json"))["items"]] == [*["Times"] * 2, "default"]
    with stores.database.read() as connection:
        owners = {sites.get(connection, one).organisation_id for one in (site_id, shown(by_id)["site_id"])}
    assert owners == {made["organisation_id"]}
    assert "already" in refused(run("organisation", "add", "--name", "Times"))
    assert "no organisation" in refused(run("site", "add", "--url", "https://x.example", "--organisation", "Nobody"))


def test_a_rule_is_previewed_added_listed_and_removed(
    run: Run, stores: Stores, site: Site, as_site: Caller, drain_now: Drain
) -> None:
    record(stores, site, "casino one", "casino two", HAM)
    drain_now()
    told = ("--site", site.id, "--name", "No casino", "--if", "body", "contains", "casino", "--action", "reject")

    preview = shown(run("rule", "preview", *told, "--json"))
    assert (preview["comments"], preview["matched"]) == (3, 2)
    assert preview["changes"] == [{"before": "approve", "after": "reject", "count": 2}]
    assert shown(run("rule", "list", "--site", site.id, "--json"))["items"] == []

    first = shown(run("rule", "add", *told, "--json"))
    links = ("--if", "body.links", "ge", "3", "--if", "author.signed_in", "is", "false", "--action", "continue")
    second = shown(run("rule", "add", "--site", site.id, "--name", "3", *links, "--position", "1", "--json"))
    ids = record(stores, site, "casino again")
    drain_now()

    assert states(stores, ids) == ["rejected"]
    listed = shown(run("rule", "list", "--site", site.id, "--json"))["items"]
    assert [(one["rule_id"], one["hits"]) for one in listed] == [(second["rule_id"], 0), (first["rule_id"], 1)]
    assert [one["value"] for one in listed[0]["conditions"]] == [3, False]
    assert 'body contains "casino"' in run("rule", "list", "--site", site.id).stdout
    assert [one["id"] for one in as_site.get("/v1/rules").get_json()["items"]] == [one["rule_id"] for one in listed]
    shown(run("rule", "remove", first["rule_id"], "--site", site.id, "--json"))
    assert "no such rule" in refused(run("rule", "remove", first["rule_id"], "--site", site.id))


@pytest.mark.parametrize(
    "condition", [("body", "ge", "3"), ("body.links", "ge", "many"), ("mood", "is", "bad"), ("body", "matches", "(")]
)
def test_a_rule_that_cannot_be_read_is_refused(run: Run, site: Site, condition: tuple[str, str, str]) -> None:
    told = ("--site", site.id, "--name", "x", "--if", *condition, "--action", "review")

    assert f"--if {' '.join(condition)}: " in refused(run("rule", "add", *told))


def test_entries_are_added_shown_and_removed_on_their_own_site_alone(run: Run, stores: Stores, site: Site) -> None:
    told = ("--effect", "block", "--kind", "email", "--value", "Ana@Mail.example", "--reason", "rude", "--json")
    made = shown(run("list", "add", "--site", site.id, *told))
    other = add_site(stores)

    (entry,) = shown(run("list", "show", "--site", site.id, "--json"))["items"]
    assert (entry["entry_id"], entry["reason"], entry["hits"]) == (made["entry_id"], "rude", 0)
    assert shown(run("list", "show", "--site", other.id, "--json"))["items"] == []
    assert "no such entry" in refused(run("list", "remove", made["entry_id"], "--site", other.id))
    assert "already" in refused(run("list", "add", "--site", site.id, *told))
    assert "no site" in refused(run("list", "show", "--site", "site_none"))
    shown(run("list", "remove", made["entry_id"], "--site", site.id, "--json"))
    assert shown(run("list", "show", "--site", site.id, "--json"))["items"] == []


def test_many_entries_come_in_at_once_and_what_is_there_stays(
    run: Run, stores: Stores, site: Site, drain_now: Drain, tmp_path: Path
) -> None:
    words, table = tmp_path / "words.txt", tmp_path / "entries.csv"
    words.write_text("casino\n\nroulette\ncasino\n", encoding="utf-8")
    table.write_text('kind,value,reason\nurl_domain,spam.example,"known, bad"\nwords,casino,\n', encoding="utf-8-sig")
    record(stores, site, "casino night", HAM)
    drain_now()
    many = ("list", "import", str(words), "--site", site.id, "--effect", "block", "--kind", "words")

    preview = shown(run(*many, "--preview", "--json"))
    assert (preview["new"], preview["known"], preview["matched"]) == (2, 1, 1)
    assert shown(run("list", "show", "--site", site.id, "--json"))["items"] == []

    assert shown(run(*many, "--json")) == {"new": 2, "known": 1}
    again = run("list", "import", str(table), "--site", site.id, "--effect", "hold", "--json")
    assert shown(again) == {"new": 1, "known": 1}
    items = shown(run("list", "show", "--site", site.id, "--json"))["items"]
    assert [(one["effect"], one["value"], one["reason"]) for one in items] == [
        ("block", "casino", None),
        ("block", "roulette", None),
        ("hold", "spam.example", "known, bad"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("casino\n", "Row 1 names no effect or no kind"),
        ("kind,value,effect\nwords,ok,block\nregex,(,block\n", "Row 3: '(' is no entry"),
        ("value,colour\nx,red\n", "columns that are not known"),
        ("effect,kind,value\nblock,words,\n", "Row 2: '' is no entry"),
    ],
)
def test_a_file_with_one_wrong_row_brings_in_none(run: Run, site: Site, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "entries"
    file.write_text(text)

    assert told in refused(run("list", "import", str(file), "--site", site.id))
    assert shown(run("list", "show", "--site", site.id, "--json"))["items"] == []
