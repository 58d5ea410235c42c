"""What a reviewer does at the desk without scripts: block, trust, and what is alike."""

import re

import pytest
from builders import SPAM, UNSURE, Drain, add_person, add_site, change, query, read, record
from console_calls import Visitor, visitor
from flask import Flask
from sqlalchemy import select, update

from models.pseudonyms import pseudonym
from models.vocabulary import Role
from store.records import review_items
from store.records.rule_tables import list_entries
from store.records.schema import decisions
from store.records.schema import review_items as items
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores

COPIES = "earn money from home with the one simple trick that banks do not want you to know"


def item_of(stores: Stores, comment_id: str) -> str:
    with stores.database.read() as connection:
        item = review_items.of_comment(connection, comment_id)
    assert item is not None
    return item.id


def offered(page: str) -> list[str]:
    return re.findall(r'name="sign" value="([^"]+)"', page)


@pytest.fixture
def lea(app: Flask, stores: Stores) -> Visitor:
    return visitor(app, stores, add_person(stores, "Lea", Role.LEAD).reviewer.id)


def test_an_author_is_blocked_from_a_comment_by_what_tells_no_address(
    app: Flask, stores: Stores, site: Site, drain_now: Drain, lea: Visitor
) -> None:
    hashed = pseudonym(site.pseudonym_key, "email", "kim@mail.example")
    first = NewComment(
        body=f"{UNSURE} https://shop.example/x", email="kim@mail.example", email_hash=hashed, ip_hash="1" * 64
    )
    (comment_id,) = record(stores, site, first)
    drain_now()
    item = item_of(stores, comment_id)
    ana = visitor(app, stores, add_person(stores, "Ana").reviewer.id)
    gil = visitor(app, stores, add_person(stores, "Gil", Role.LEAD, add_site(stores)).reviewer.id)

    assert offered(lea.get(f"/review/{item}/block").text) == ["email", "ip", "email_domain", "url_domain:shop.example"]
    assert offered(ana.get(f"/review/{item}/block").text) == ["email", "ip"]
    assert offered(lea.get(f"/review/{item}/trust").text) == ["email"]
    assert gil.get(f"/review/{item}/block").status_code == 404
    assert ana.post(f"/review/{item}/block", page=f"/review/{item}", sign="email_domain").status_code == 422
    form = {"page": f"/review/{item}/block", "sign": "email", "days": "30", "version": "1", "also": "1"}
    assert "kim@mail" not in ana.get(f"/review/{item}/block").text
    assert query(stores, select(list_entries.c.id)) == []
    assert 'role="status"' in ana.post(f"/review/{item}/block", step="preview", **form).text
    assert query(stores, select(list_entries.c.id)) == []

    answer = ana.post(f"/review/{item}/block", step="save", **form)

    assert (answer.status_code, read(stores, comment_id).state) == (303, "rejected")
    assert query(stores, select(list_entries.c.value)) == [f"hash:{hashed}"]
    (next_one,) = record(stores, site, NewComment(body="good evening", email_hash=hashed))
    drain_now()
    assert read(stores, next_one).state == "rejected"
    (entry,) = query(stores, select(list_entries.c.id))
    assert gil.post(f"/review/{item}/unlist/{entry}").status_code == 404
    assert ana.post(f"/review/{item}/unlist/{entry}", page=f"/review/{item}").status_code == 303
    assert query(stores, select(list_entries.c.id)) == []


def test_whoever_cannot_be_known_again_is_not_trusted(
    stores: Stores, site: Site, drain_now: Drain, lea: Visitor
) -> None:
    (comment_id,) = record(stores, site, NewComment(body=UNSURE, author_name="Kim"))
    drain_now()
    item = item_of(stores, comment_id)

    assert offered(lea.get(f"/review/{item}/trust").text) == []
    assert offered(lea.get(f"/review/{item}/block").text) == ["author_name"]


def test_what_is_alike_is_counted_and_listed_and_near_copies_are_decided_at_once(
    stores: Stores, site: Site, drain_now: Drain, lea: Visitor
) -> None:
    made = [NewComment(body=f"{UNSURE} {COPIES} {n}!", ip_hash="1" * 64) for n in range(3)]
    ids = record(stores, site, *made, NewComment(body=f"{SPAM} https://a.example", ip_hash="1" * 64))
    drain_now()
    item = item_of(stores, ids[0])

    page = lea.get(f"/review/{item}").text
    assert "2 say nearly the same" in page
    assert "3 from the same address" in page
    assert lea.get(f"/review/{item}/alike?by=address").text.count('class="entry"') == 3
    assert "3 near copies wait" in lea.get(f"/review/{item}/alike").text
    assert lea.get(f"/review/{item}/alike?by=nothing").status_code == 404
    members = re.search(r'name="items" value="([^"]+)"', lea.get(f"/review/{item}/alike").text)
    assert members is not None
    lea.post("/clusters", page=f"/review/{item}/alike", items=members[1], action="reject", reason="spam")

    assert [read(stores, one).state for one in ids[:3]] == ["rejected"] * 3


def test_what_the_model_thinks_of_a_blind_comment_is_shown_once_it_is_decided(
    stores: Stores, site: Site, drain_now: Drain, lea: Visitor
) -> None:
    (comment_id,) = record(stores, site, UNSURE)
    drain_now()
    change(stores, update(items).values(reason="blind"))
    path = f"/review/{item_of(stores, comment_id)}"

    before = lea.get(path).text
    lea.post(path, page=path, action="approve", version="1")
    at_once = lea.get(path).text
    change(stores, update(decisions).values(decided_at=decisions.c.decided_at - 16_000_000))
    counted = lea.get(path).text
    (decision,) = query(stores, select(decisions.c.id).where(decisions.c.decided_by == "human"))
    lea.post(f"/undo/{decision}", page=path)

    pages = (before, at_once, counted, lea.get(path).text)
    assert ['class="meter"' in page for page in pages] == [False, False, True, False]


@pytest.mark.parametrize(
    ("referer", "leads_back"),
    [
        ("http://localhost/console/guarantee?site=a", True),
        ("http://evil.example/console/guarantee", False),
        ("http://localhost/console/../other", False),
    ],
)
def test_a_page_that_refuses_leads_back_to_where_it_was_asked(lea: Visitor, referer: str, leads_back: bool) -> None:
    answer = lea.client.get("/console/digest/of-nobody/nor-this", headers={"Referer": referer})

    assert answer.status_code == 404
    assert ("Back to the page before" in answer.text, "?site=a" in answer.text) == (leads_back, leads_back)


def test_what_waits_too_long_for_its_site_is_marked_in_the_list(
    stores: Stores, site: Site, drain_now: Drain, lea: Visitor
) -> None:
    record(stores, site, UNSURE)
    drain_now()
    change(stores, update(items).values(waiting_since=items.c.waiting_since - 3 * 3600 * 1_000_000))

    assert 'class="late"' not in lea.get("").text
    german = lea.client.get("/console/overview", headers={"Accept-Language": "de"}).text
    assert ["<b>100,0 %</b>" in german, "<b>100.0%</b>" in lea.get("/overview").text] == [True, True]
    assert lea.post("/overview", site=site.id, hours="2").status_code == 303
    assert 'class="late"' in lea.get("").text
    assert [lea.post("/overview", site=site.id, hours=wrong).status_code for wrong in ("0", "x", "99999")] == [422] * 3


def test_a_comment_that_waits_for_a_chosen_reason_is_hidden_until_it_is_opened(
    stores: Stores, site: Site, drain_now: Drain, lea: Visitor
) -> None:
    ids = record(stores, site, f"{UNSURE} hard to look at", f"{UNSURE} a question")
    drain_now()
    change(stores, update(items).where(items.c.comment_id == ids[0]).values(reason="report"))
    lea.post("/account/preferences", page="/account", hidden="report")

    page = lea.get("").text

    assert ["hard to look at" in page, "a question" in page] == [False, True]
    assert ['class="veil"' in lea.get(f"/review/{item_of(stores, one)}").text for one in ids] == [True, False]
