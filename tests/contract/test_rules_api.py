"""Lists, rules and policies over HTTP, and that a preview tells what will happen."""

from typing import Any

import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, add_key, add_site, change, problem
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from models.vocabulary import Mode
from store.records.schema import sites
from store.records.sites import Site
from store.stores import Stores

ENTRY = {"effect": "block", "kind": "words", "value": "casino"}
LONG = {"field": "body.length", "operator": "gt", "value": 40}
SURE = {"field": "score.low", "operator": "ge", "value": 0.9}
RULE = {"name": "Long ones", "conditions": [LONG], "action": "review"}
BOTH = pytest.mark.parametrize(("path", "body"), [("/v1/lists", ENTRY), ("/v1/rules", RULE)], ids=["lists", "rules"])


def added(caller: Caller, path: str, body: dict[str, Any], **fields: Any) -> TestResponse:
    answer = caller.post(path, body | fields)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer


def tag(answer: TestResponse) -> str:
    return str(answer.headers["ETag"])


def version(caller: Caller, site: Site) -> int:
    return int(caller.get(f"/v1/sites/{site.id}/policy").get_json()["version"])


@BOTH
def test_what_was_added_can_be_read_and_is_listed(as_site: Caller, path: str, body: dict[str, Any]) -> None:
    answer = added(as_site, path, body)
    shown = answer.get_json()

    read = as_site.get(answer.headers["Location"])

    assert read.get_json() == shown
    assert tag(read) == tag(answer)
    assert (shown["hits"], shown["last_hit_at"], shown["version"]) == (0, None, 1)
    assert {name: shown[name] for name in body} == body
    assert as_site.get(path).get_json() == {"items": [shown], "next_cursor": None}


@BOTH
def test_every_change_needs_what_was_read_and_raises_the_version(
    as_site: Caller, site: Site, path: str, body: dict[str, Any]
) -> None:
    values = {"reason": "spam"} if path == "/v1/lists" else {"name": "New name"}
    first = added(as_site, path, body)
    location = first.headers["Location"]

    assert problem(as_site.call("PATCH", location, values))[:2] == (428, "version_required")
    assert problem(as_site.call("DELETE", location))[:2] == (428, "version_required")
    assert version(as_site, site) == 2, "what was refused changed nothing"
    changed = as_site.call("PATCH", location, values, If_Match=tag(first))
    assert changed.get_json() | values == changed.get_json()
    for method in ("PATCH", "DELETE"):
        sent = values if method == "PATCH" else None
        assert problem(as_site.call(method, location, sent, If_Match=tag(first)))[:2] == (412, "version_mismatch")
    assert version(as_site, site) == 3
    assert as_site.call("DELETE", location, If_Match=tag(changed)).status_code == 204
    assert version(as_site, site) == 4
    assert as_site.get(location).status_code == 404


@BOTH
def test_what_belongs_to_another_site_is_like_what_is_not_there(
    stores: Stores, client: FlaskClient, as_site: Caller, path: str, body: dict[str, Any]
) -> None:
    location = added(as_site, path, body).headers["Location"]
    other = Caller(client, add_key(stores, add_site(stores)))
    name = "entry" if path == "/v1/lists" else "rule"

    for method, sent in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        theirs, absent = (
            other.call(method, at, sent, If_Match="*", X_Request_Id="r1") for at in (location, f"{path}/lst_none")
        )
        assert theirs.status_code == 404
        assert (theirs.data, dict(theirs.headers)) == (absent.data, dict(absent.headers))
    theirs, absent = (
        other.post(f"{path}:preview", {"replaces": at, name: body}, X_Request_Id="r1")
        for at in (location.rpartition("/")[2], "lst_none")
    )
    assert (theirs.status_code, theirs.data) == (404, absent.data)
    assert other.get(path).get_json()["items"] == []


def test_another_sites_policy_is_like_none(stores: Stores, as_site: Caller) -> None:
    other = add_site(stores)

    for end, method, sent in (
        ("policy", "GET", None),
        ("policy", "PATCH", {"mode": "shadow"}),
        ("shadow", "GET", None),
    ):
        theirs, absent = (
            as_site.call(method, f"/v1/sites/{site}/{end}", sent, If_Match="*", X_Request_Id="r1")
            for site in (other.id, "site_none")
        )
        assert theirs.status_code == 404
        assert theirs.data == absent.data


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "regex", "value": "(?=look)"}, "/value"),
        ({"kind": "regex", "value": "("}, "/value"),
        ({"kind": "ip", "value": "192.0.2.1/24"}, "/value"),
        ({"kind": "shoes"}, "/kind"),
        ({"effect": "discard"}, "/effect"),
        ({"value": ""}, "/value"),
        ({"value": "x" * 1001}, "/value"),
        ({"expires_at": "tomorrow"}, "/expires_at"),
        ({"hits": 7}, "/hits"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_with_the_place(
    as_site: Caller, wrong: dict[str, Any], pointer: str
) -> None:
    status, code, fields = problem(as_site.post("/v1/lists", ENTRY | wrong))
    in_preview = problem(as_site.post("/v1/lists:preview", {"entry": ENTRY | wrong}))

    assert (status, code, fields[0][0]) == (422, "invalid_request", pointer)
    assert in_preview[2][0][0] == f"/entry{pointer}"


@pytest.mark.parametrize(
    ("field", "operator", "value", "pointer"),
    [
        ("body", "matches", "(", "/value"),
        ("body", "matches", r"(a)\1", "/value"),
        ("body", "gt", 1, "/operator"),
        ("shoes", "is", "x", "/field"),
        ("body", "is", None, "/value"),
        ("body", "is", {"a": 1}, "/value"),
        ("body", "in", [1], "/value"),
        ("body", "is", "a\0", "/value"),
        ("body.links", "gt", "2", "/value"),
    ],
)
def test_a_condition_that_cannot_be_met_is_refused_with_the_place(
    as_site: Caller, field: str, operator: str, value: Any, pointer: str
) -> None:
    fine = RULE["conditions"][0]  # type: ignore[index]
    wrong = RULE | {"conditions": [fine, {"field": field, "operator": operator, "value": value}]}

    assert problem(as_site.post("/v1/rules", wrong))[2][0][0] == f"/conditions/1{pointer}"
    assert problem(as_site.post("/v1/rules:preview", {"rule": wrong}))[2][0][0] == f"/rule/conditions/1{pointer}"


def test_two_entries_for_the_same_are_refused(as_site: Caller) -> None:
    added(as_site, "/v1/lists", ENTRY)
    other = added(as_site, "/v1/lists", ENTRY, value="poker")

    assert problem(as_site.post("/v1/lists", ENTRY | {"effect": "hold"}))[2] == [("/value", "bad_value")]
    clash = as_site.call("PATCH", other.headers["Location"], {"value": "casino"}, If_Match=tag(other))
    assert problem(clash)[2] == [("/value", "bad_value")]


def test_entries_are_listed_page_by_page_and_by_kind(as_site: Caller) -> None:
    for n in range(5):
        added(as_site, "/v1/lists", ENTRY, value=f"word{n}", effect="hold" if n % 2 else "block")

    first = as_site.get("/v1/lists?limit=3").get_json()
    rest = as_site.get(f"/v1/lists?limit=3&cursor={first['next_cursor']}").get_json()

    assert [entry["value"] for entry in first["items"] + rest["items"]] == [f"word{n}" for n in range(5)]
    assert len(as_site.get("/v1/lists?effect=hold").get_json()["items"]) == 2
    assert as_site.get("/v1/lists?kind=ip").get_json()["items"] == []


def test_rules_keep_the_order_that_they_are_given(as_site: Caller) -> None:
    def names() -> list[tuple[str, int]]:
        return [(rule["name"], rule["position"]) for rule in as_site.get("/v1/rules").get_json()["items"]]

    added(as_site, "/v1/rules", RULE, name="b")
    added(as_site, "/v1/rules", RULE, name="c")
    first = added(as_site, "/v1/rules", RULE, name="a", position=1)
    assert names() == [("a", 1), ("b", 2), ("c", 3)]

    moved = as_site.call("PATCH", first.headers["Location"], {"position": 3}, If_Match=tag(first))
    assert names() == [("b", 1), ("c", 2), ("a", 3)]

    as_site.call("DELETE", as_site.get("/v1/rules").get_json()["items"][0]["id"].join(["/v1/rules/", ""]), If_Match="*")
    assert names() == [("c", 1), ("a", 2)]
    assert moved.get_json()["version"] == 2


def test_a_policy_is_changed_by_its_version(as_site: Caller, site: Site) -> None:
    path = f"/v1/sites/{site.id}/policy"
    first = as_site.get(path)

    assert problem(as_site.call("PATCH", path, {"mode": "shadow"}))[:2] == (428, "version_required")
    changed = as_site.call(
        "PATCH", path, {"mode": "shadow", "first_comments": 2, "trust_after": 5}, If_Match=tag(first)
    )
    shown = changed.get_json()
    assert (shown["mode"], shown["first_comments"], shown["trust_after"], shown["version"]) == ("shadow", 2, 5, "2")
    assert as_site.call("PATCH", path, {}, If_Match=tag(first)).status_code == 412
    again = as_site.call("PATCH", path, {"trust_after": None}, If_Match=tag(changed)).get_json()
    assert (again["mode"], again["first_comments"], again["trust_after"]) == ("shadow", 2, None)
    assert [first.get_json()["author_per_hour"], again["author_per_hour"]] == [60, 60]
    current = as_site.get(path)
    freed = as_site.call("PATCH", path, {"author_per_hour": None}, If_Match=tag(current)).get_json()
    assert (freed["author_per_hour"], freed["first_comments"], freed["version"]) == (None, 2, "4")
    wrongs = ({"mode": None}, {"mode": "off"}, {"first_comments": -1}, {"trust_after": 0}, {"author_per_hour": 0})
    for wrong in (*wrongs, {"version": 7}):
        assert as_site.call("PATCH", path, wrong, If_Match="*").status_code == 422


# One is long, and yet too few words for its copy to be one.
TEXTS = ["casino night", HAM, f"{UNSURE} casino", SPAM, HAM + "!" * 40, f"{SPAM} casino"]


@pytest.mark.parametrize(
    ("path", "name", "body"),
    [
        ("/v1/lists", "entry", ENTRY),
        ("/v1/lists", "entry", ENTRY | {"effect": "hold"}),
        ("/v1/lists", "entry", ENTRY | {"effect": "allow"}),
        ("/v1/lists", "entry", {"effect": "block", "kind": "email", "value": "ana@mail.example"}),
        ("/v1/lists", "entry", {"effect": "block", "kind": "email_domain", "value": "mail.example"}),
        ("/v1/lists", "entry", {"effect": "hold", "kind": "ip", "value": "192.0.2.0/24"}),
        ("/v1/rules", "rule", RULE),
        ("/v1/rules", "rule", RULE | {"action": "continue"}),
        ("/v1/rules", "rule", {"name": "Sure", "action": "discard", "conditions": [SURE]}),
    ],
    ids=str,
)
def test_a_preview_tells_what_happens_once_it_is_saved(
    as_site: Caller, drain_now: Drain, path: str, name: str, body: dict[str, Any]
) -> None:
    def submit_all() -> dict[str, str]:
        """Text to action, of comments of Ana's and of nobody's."""
        ana = {"id": None, "email": "ana@mail.example", "ip": "192.0.2.7"}
        got = {}
        for who in (ana, None):
            for text in TEXTS:
                got[f"{text} {who}"] = as_site.submit(text, author=who).get_json()["id"]
        drain_now()
        return {key: as_site.get(f"/v1/comments/{one}").get_json()["decision"]["action"] for key, one in got.items()}

    before = submit_all()
    preview = as_site.post(f"{path}:preview", {name: body}).get_json()
    added(as_site, path, body)
    after = submit_all()

    flips = sorted((before[key], after[key]) for key in before if before[key] != after[key])
    told = sorted((item["before"], item["after"]) for item in preview["items"])
    assert told == flips
    assert sum(change["count"] for change in preview["changes"]) == len(flips)
    assert (preview["comments"], preview["complete"]) == (len(before), True)
    assert {action: count for action, count in preview["after"].items() if count} == {
        action: list(after.values()).count(action) for action in set(after.values())
    }


def test_a_preview_shows_the_comments_with_what_speaks_then(as_site: Caller, drain_now: Drain) -> None:
    as_site.submit("casino night")
    as_site.submit(HAM)
    drain_now()

    preview = as_site.post("/v1/lists:preview", {"entry": ENTRY}).get_json()

    (item,) = preview["items"]
    assert preview["summary"] == "Of the last 2 comments it would have had 1 more rejected."
    assert (item["before"], item["after"], item["comment"]["body"]) == ("approve", "reject", "casino night")
    assert [reason["code"] for reason in item["reasons"]] == ["list_block"]
    assert as_site.get("/v1/lists").get_json()["items"] == [], "nothing is saved"
    assert as_site.post("/v1/lists:preview", {"entry": ENTRY, "last": 1}).get_json()["comments"] == 1


@pytest.mark.parametrize(("path", "body"), [("/v1/lists", ENTRY), ("/v1/rules", RULE | {"action": "reject"})])
def test_a_preview_of_a_removal_tells_what_the_model_would_do(
    as_site: Caller, drain_now: Drain, path: str, body: dict[str, Any]
) -> None:
    entry_id = added(as_site, path, body).get_json()["id"]
    as_site.submit(f"a casino, {HAM}, and so on, and so on, and on")
    drain_now()

    preview = as_site.post(f"{path}:preview", {"replaces": entry_id}).get_json()

    assert [(item["before"], item["after"]) for item in preview["items"]] == [("reject", "approve")]
    assert problem(as_site.post(f"{path}:preview", {}))[0] == 422


def test_a_decision_of_a_rule_says_so_and_shows_no_score(as_site: Caller, site: Site, drain_now: Drain) -> None:
    added(as_site, "/v1/lists", ENTRY, reason="no gambling")
    comment_id = as_site.submit("casino night").get_json()["id"]
    drain_now()

    decision = as_site.get(f"/v1/comments/{comment_id}").get_json()["decision"]

    assert (decision["action"], decision["by"], decision["policy"]) == ("reject", "rule", "2")
    assert (decision["probability"], decision["interval"], decision["model"]) == (None, None, None)
    assert decision["reasons"][0]["code"] == "list_block"
    assert decision["reasons"][0]["span"] == [0, 6]
    assert "no gambling" in decision["reasons"][0]["text"]


def test_what_a_rule_holds_waits_for_a_person_with_its_score(
    as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    added(as_site, "/v1/lists", ENTRY, effect="hold")
    as_site.submit("casino night")
    drain_now()

    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]

    assert item["reason"] == "rule"
    assert item["score"]["probability"] == 0.02


@pytest.mark.parametrize("mode", ["shadow", "review-all"])
def test_each_mode_does_what_it_says(as_site: Caller, site: Site, drain_now: Drain, stores: Stores, mode: str) -> None:
    change(stores, update(sites).values(mode=mode, policy_version=9))
    added(as_site, "/v1/lists", ENTRY)
    for text in (HAM, UNSURE, SPAM, "casino night"):
        as_site.submit(text)
    drain_now()

    shown = as_site.get("/v1/comments").get_json()["items"]
    held_back = as_site.get(f"/v1/sites/{site.id}/shadow").get_json()

    if mode == Mode.REVIEW_ALL:
        assert {comment["state"] for comment in shown} == {"review"}
        assert held_back["comments"] == 0
        return
    assert {comment["state"] for comment in shown} == {"approved"}
    assert held_back["summary"] == "Of 4 comments it would have rejected 2 and held 1."
    assert held_back["would"] == {"approve": 1, "review": 1, "reject": 2, "discard": 0}
    assert sorted(item["decision"]["would"] for item in held_back["items"]) == ["reject", "reject", "review"]
    page = as_site.get(f"/v1/sites/{site.id}/shadow?limit=2").get_json()
    rest = as_site.get(f"/v1/sites/{site.id}/shadow?limit=2&cursor={page['next_cursor']}").get_json()
    assert page["items"] + rest["items"] == held_back["items"]
    later = as_site.get(f"/v1/sites/{site.id}/shadow?since=2190-01-01T00:00:00Z").get_json()
    assert (later["comments"], later["items"]) == (0, [])


def test_a_check_asks_the_lists_too(as_site: Caller, worker: None) -> None:
    added(as_site, "/v1/lists", {"effect": "block", "kind": "ip", "value": "192.0.2.0/24"})

    blocked, other = (
        as_site.post("/v1/checks", {"body": HAM, "author": {"ip": ip}}).get_json()["decision"]
        for ip in ("192.0.2.9", "198.51.100.1")
    )

    assert (blocked["action"], blocked["by"]) == ("reject", "rule")
    assert (other["action"], other["by"]) == ("approve", "model")
