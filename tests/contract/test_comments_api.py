import re

import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, Person, add_key, add_site, problem
from werkzeug.test import TestResponse

from store.records.sites import Site
from store.stores import Stores

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
COMMENT = {
    "id",
    "site_id",
    "external_id",
    "parent_id",
    "state",
    "revision",
    "body",
    "content_type",
    "language",
    "author",
    "page",
    "created_at",
    "received_at",
    "decision",
}
DECISION = {
    "id",
    "comment_id",
    "revision",
    "action",
    "by",
    "probability",
    "interval",
    "reasons",
    "would",
    "model",
    "policy",
    "evidence_digest",
    "decided_at",
    "latency_ms",
}
FULL = {
    "external_id": "a1",
    "author": {
        "id": "u1",
        "name": "Ana",
        "email": "ana-canary@example.org",
        "url": "https://ana.example",
        "ip": "198.51.100.77",
        "user_agent": "canary-agent/1.0",
        "role": "member",
    },
    "page": {"url": "https://blog.example/p", "title": "A page", "text": "canary page text"},
    "content_type": "reply",
    "created_at": "2026-11-24T11:00:00.5+01:00",
    "form": {"honeypot": "", "seconds": 3.5},
    "language": "de",
}
NEVER_GIVEN_BACK = (b"ana-canary", b"198.51.100.77", b"canary-agent", b"canary page text")


def shown(answer: TestResponse) -> dict[str, object]:
    assert answer.content_type == "application/json"
    value = answer.get_json()
    assert isinstance(value, dict)
    return value


def test_an_accepted_comment_has_every_field_and_null_where_there_is_no_value(as_site: Caller, site: Site) -> None:
    answer = as_site.submit("hello")

    value = shown(answer)
    assert answer.status_code == 202
    assert set(value) == COMMENT
    assert re.fullmatch(r"cmt_[0-9a-f]+", str(value.pop("id")))
    assert TIME.fullmatch(str(value.pop("received_at")))
    assert value == {
        "site_id": site.id,
        "external_id": None,
        "parent_id": None,
        "state": "received",
        "revision": 1,
        "body": "hello",
        "content_type": "comment",
        "language": None,
        "author": {"id": None, "name": None, "url": None, "role": None},
        "page": {"url": None, "title": None},
        "created_at": None,
        "decision": None,
    }


def test_a_comment_with_everything_is_given_back_but_for_what_is_never_shown(as_site: Caller) -> None:
    value = shown(as_site.submit("hello", **FULL))

    assert value["external_id"] == "a1"
    assert value["content_type"] == "reply"
    assert value["language"] == "de"
    assert value["author"] == {"id": "u1", "name": "Ana", "url": "https://ana.example", "role": "member"}
    assert value["page"] == {"url": "https://blog.example/p", "title": "A page"}
    assert value["created_at"] == "2026-11-24T10:00:00.500Z"


def test_email_ip_user_agent_and_page_text_are_in_no_answer(
    as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    first = as_site.submit(UNSURE, **FULL)
    drain_now()
    location = first.headers["Location"]
    decision = shown(as_site.get(location))["decision"]
    assert isinstance(decision, dict)
    leased = as_reviewer.post("/v1/review/leases", {"count": 1})
    item = leased.get_json()["items"][0]
    decided = as_reviewer.post(
        "/v1/review/decisions", {"items": [{"id": item["id"], "version": 1, "action": "approve"}]}
    )
    human = decided.get_json()["items"][0]["decision"]["id"]
    answers = [
        first,
        leased,
        decided,
        as_site.submit(UNSURE, **FULL),
        as_site.post("/v1/comments:batch", {"items": [{"body": UNSURE, **FULL}]}),
        as_site.get(location),
        as_site.get("/v1/comments"),
        as_site.get(f"/v1/decisions/{decision['id']}"),
        as_reviewer.post(f"/v1/review/decisions/{human}/undo"),
        as_reviewer.get("/v1/review/items"),
    ]

    assert all(answer.status_code < 300 for answer in answers)
    assert [secret for secret in NEVER_GIVEN_BACK for answer in answers if secret in answer.data] == []


def test_the_location_of_an_accepted_comment_can_be_read(as_site: Caller) -> None:
    answer = as_site.submit("hello")

    followed = as_site.get(answer.headers["Location"])

    assert followed.status_code == 200
    assert followed.get_json() == answer.get_json()


def test_a_decided_comment_carries_its_decision_with_every_field(as_site: Caller, drain_now: Drain) -> None:
    location = as_site.submit("ü: " + SPAM).headers["Location"]
    drain_now()

    value = as_site.get(location).get_json()

    decision = value["decision"]
    assert value["state"] == "rejected"
    assert set(decision) == DECISION
    assert (decision["comment_id"], decision["revision"]) == (value["id"], 1)
    assert (decision["action"], decision["by"], decision["would"]) == ("reject", "model", None)
    assert (decision["probability"], decision["interval"]) == (0.95, [0.92, 0.97])
    assert decision["reasons"] == [{"code": "words", "text": "It says “clear spam”", "weight": 1.5, "span": [3, 13]}]
    assert decision["model"] == "mdl_fixed"
    assert isinstance(decision["policy"], str)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", decision["evidence_digest"])
    assert TIME.fullmatch(decision["decided_at"])
    assert isinstance(decision["latency_ms"], int)


def test_a_decision_can_be_read_by_its_id(as_site: Caller, drain_now: Drain) -> None:
    location = as_site.submit(SPAM).headers["Location"]
    drain_now()
    decision = as_site.get(location).get_json()["decision"]

    answer = as_site.get(f"/v1/decisions/{decision['id']}")

    assert (answer.status_code, answer.get_json()) == (200, decision)


def test_an_unchanged_comment_is_not_sent_again(as_site: Caller, drain_now: Drain) -> None:
    location = as_site.submit(HAM).headers["Location"]
    tag = as_site.get(location).headers["ETag"]

    unchanged = as_site.get(location, If_None_Match=tag)
    drain_now()
    changed = as_site.get(location, If_None_Match=tag)

    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert (changed.status_code, changed.get_json()["state"]) == (200, "approved")


def test_the_same_external_id_and_content_is_the_same_comment(as_site: Caller, drain_now: Drain) -> None:
    first = as_site.submit(SPAM, external_id="a1")
    undecided = as_site.submit(SPAM, external_id="a1")
    drain_now()
    decided = as_site.submit(SPAM, external_id="a1")

    assert (first.status_code, undecided.status_code, decided.status_code) == (202, 202, 200)
    assert first.get_json() == undecided.get_json()
    assert undecided.headers["Location"] == first.headers["Location"]
    assert decided.get_json()["id"] == first.get_json()["id"]
    assert decided.get_json()["decision"]["action"] == "reject"


@pytest.mark.parametrize(
    "edit",
    [
        {"body": "other"},
        {"author": {"name": "Eve"}},
        {"author": {"email": "other@example.org"}},
        {"page": {"text": "other"}},
    ],
    ids=str,
)
def test_the_same_external_id_with_other_content_is_taken(as_site: Caller, edit: dict[str, object]) -> None:
    as_site.submit("hello", external_id="a1")

    answer = as_site.post("/v1/comments", {"body": "hello", "external_id": "a1", **edit})

    assert problem(answer) == (409, "external_id_taken", [])


def test_a_reply_names_a_comment_of_the_same_site(stores: Stores, as_site: Caller) -> None:
    parent = as_site.submit("hello").get_json()["id"]
    elsewhere = Caller(as_site.client, add_key(stores, add_site(stores)))

    reply = as_site.submit("re: hello", parent_id=parent)
    foreign = elsewhere.submit("re: hello", parent_id=parent)
    unknown = as_site.submit("re: hello", parent_id="cmt_none")

    assert reply.get_json()["parent_id"] == parent
    expected = (422, "invalid_request", [("/parent_id", "bad_value")])
    assert (problem(foreign), problem(unknown)) == (expected, expected)


def test_a_list_has_items_and_a_cursor_that_is_null_at_the_end(as_site: Caller) -> None:
    as_site.submit("hello")

    value = shown(as_site.get("/v1/comments"))

    assert set(value) == {"items", "next_cursor"}
    assert value["next_cursor"] is None
    assert isinstance(value["items"], list)
    assert [set(item) for item in value["items"]] == [COMMENT]


def test_an_empty_list_is_a_list(as_site: Caller) -> None:
    assert shown(as_site.get("/v1/comments")) == {"items": [], "next_cursor": None}


def test_pages_are_stable_while_comments_arrive(as_site: Caller) -> None:
    sent = [as_site.submit(f"text {n}").get_json()["id"] for n in range(7)]

    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = as_site.get(f"/v1/comments?limit=2{cursor}").get_json()
        seen += [item["id"] for item in page["items"]]
        as_site.submit("one that arrives meanwhile")
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == sent[::-1]


def test_a_list_is_filtered_by_external_id_and_state(as_site: Caller, drain_now: Drain) -> None:
    as_site.submit(SPAM, external_id="a1")
    as_site.submit(HAM, external_id="ü/1 &")
    drain_now()

    def bodies(query: dict[str, str]) -> list[str]:
        answer = as_site.client.get(
            "/v1/comments", query_string=query, headers={"Authorization": f"Bearer {as_site.secret}"}
        )
        return [item["body"] for item in answer.get_json()["items"]]

    assert bodies({"external_id": "a1"}) == [SPAM]
    assert bodies({"external_id": "ü/1 &"}) == [HAM]
    assert bodies({"state": "rejected"}) == [SPAM]
    assert bodies({"state": "review"}) == []
    assert bodies({"external_id": "a1", "state": "approved"}) == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=many", "/limit"),
        ("state=happy", "/state"),
        ("cursor=%21%21", "/cursor"),
        ("cursor=WzFd", "/cursor"),
        ("cursor=%FF", "/cursor"),
        ("cursor=" + "A" * 300, "/cursor"),
        ("external_id=" + "a" * 256, "/external_id"),
        ("external_id=%00", "/external_id"),
        ("colour=red", "/colour"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(as_site: Caller, query: str, pointer: str) -> None:
    status, code, fields = problem(as_site.get(f"/v1/comments?{query}"))

    assert (status, code) == (422, "invalid_request")
    assert [at for at, _ in fields] == [pointer]


def test_a_forged_cursor_is_refused_on_both_databases_alike(as_site: Caller) -> None:
    """`["\\u0000"]` has the right shape; PostgreSQL does not take the character."""
    answer = as_site.get("/v1/comments?cursor=WyJcdTAwMDAiXQ")

    assert problem(answer) == (422, "invalid_request", [("/cursor", "bad_value")])


def test_what_belongs_to_another_site_is_not_found_anywhere(
    stores: Stores, as_site: Caller, as_reviewer: Caller, drain_now: Drain, reviewer: Person
) -> None:
    elsewhere = Caller(as_site.client, add_key(stores, add_site(stores)))
    location = as_site.submit(UNSURE, external_id="a1").headers["Location"]
    drain_now()
    decision = as_site.get(location).get_json()["decision"]["id"]

    assert problem(elsewhere.get(location))[:2] == (404, "not_found")
    assert problem(elsewhere.get(f"/v1/decisions/{decision}"))[:2] == (404, "not_found")
    assert elsewhere.get("/v1/comments").get_json()["items"] == []
    assert elsewhere.get("/v1/comments?external_id=a1").get_json()["items"] == []
    assert elsewhere.submit(UNSURE, external_id="a1").status_code == 202


def test_honeypot_may_be_text_or_truth_and_seconds_a_whole_number(as_site: Caller) -> None:
    for form in ({"honeypot": "filled"}, {"honeypot": True}, {"seconds": 3}, {"seconds": 0}, {}):
        assert as_site.submit(form=form).status_code == 202
