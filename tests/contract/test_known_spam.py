"""Known spam among the audits: for reviewers like any other comment, for the site not there at all."""

import random
from typing import Any

import orjson
import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, Person, add_person, change, new_comment, query, record
from flask.testing import FlaskClient
from lane_history import CLOSED, lay_down
from sqlalchemy import func, select, update

from models.errors import Refused
from models.guarantee.plan import Plan
from models.thresholds import PROVISIONAL
from models.vocabulary import Action, Role
from service.review import Choice, Review
from service.seeds import Seeds
from store.records import archive, guarantees
from store.records.guarantee_tables import guarantee_log, lane_outcomes
from store.records.schema import comments, decisions, events, labels, review_items, revisions
from store.records.seed_tables import seeds as table
from store.records.sites import Site
from store.stores import Stores
from worker import lanes
from worker.seeds import Round, tend_seeds

GIVEN = "Cheap watches at watches.example"


class Always(random.Random):
    """Draws a seed for each blind item."""

    def random(self) -> float:
        return 0.0


@pytest.fixture
def audited(stores: Stores, site: Site) -> Site:
    """A site of which everything is blind."""
    lay_down(stores, site, Plan(), PROVISIONAL._replace(approve_rate=1.0, reject_rate=1.0))
    return site


def seen_by_the_site(stores: Stores, site: Site, as_site: Caller) -> list[Any]:
    """All that the site's own clients can read of its comments, and what lanes and training learn from."""
    told = [as_site.get(f"/v1/{path}").get_json() for path in ("comments?limit=100", "events?limit=100")]
    with stores.database.read() as connection:
        told.append(list(archive.read(connection, site.id)))
    counted = [query(stores, select(func.count()).select_from(one)) for one in (events, labels, lane_outcomes)]
    metrics = [line for line in as_site.get("/metrics").text.splitlines() if line.startswith("gatepost_revisions")]
    return [told, counted, metrics]


def waiting(stores: Stores, person: Person) -> dict[str, Choice]:
    """What waits, by its text, as an approval."""
    cards = Review(stores).items(person.reviewer, site_id=None, reason=None, oldest_first=True, after=None, limit=50)
    return {c.comment.body: Choice(c.item.id, c.item.version, Action.APPROVE, None, None) for c in cards}


def test_a_seed_waits_like_any_blind_item_and_nothing_of_it_reaches_the_site(
    stores: Stores, audited: Site, as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    Seeds(stores).change(audited.id, 0.2, [GIVEN])
    named = {"author_id": "user-17", "page_url": "https://blog.example/p", "external_id": "17"}
    record(stores, audited, new_comment(f"{HAM} to all", content_digest="a", **named))
    drain_now()
    before = seen_by_the_site(stores, audited, as_site)

    assert tend_seeds(stores, Always()) == Round(placed=1, removed=0)
    assert tend_seeds(stores, Always()) == Round(placed=0, removed=0), "one for each blind item"
    shown = as_reviewer.get("/v1/review/items").get_json()["items"]
    found = {item["comment"]["body"]: item for item in shown}
    seed, other = found[GIVEN], found[f"{HAM} to all"]
    assert {name for name in seed if (seed[name] is None) != (other[name] is None)} == set()
    assert (seed["reason"], seed["version"], seed["site_id"]) == (other["reason"], other["version"], audited.id)
    assert seed["comment"]["page"]["url"] == other["comment"]["page"]["url"]
    again = as_reviewer.get("/v1/review/items").get_json()["items"]
    assert [item["comment"]["external_id"] for item in again if item["id"] == seed["id"]] == [
        seed["comment"]["external_id"]
    ], "the name that the site seems to have given it stays"
    assert len(seed["comment"]["external_id"]) == 2
    assert seen_by_the_site(stores, audited, as_site) == before
    assert as_site.get(f"/v1/comments/{seed['comment']['id']}").status_code == 404

    choice = {"id": seed["id"], "version": seed["version"], "action": "approve"}
    (ruling,) = as_reviewer.post("/v1/review/decisions", {"items": [choice]}).get_json()["items"]
    assert (ruling["status"], ruling["decision"]["by"]) == (200, "human")
    assert seen_by_the_site(stores, audited, as_site) == before
    assert tend_seeds(stores, Always()) == Round(0, 0), "as long as it may be undone"
    change(stores, update(table).values(decided_at=table.c.decided_at - 60_000_000))
    assert tend_seeds(stores, Always()) == Round(0, removed=1)
    gone = [query(stores, select(one.c.comment_id).where(one.c.comment_id == seed["comment"]["id"]))
            for one in (revisions, decisions, review_items, events, lane_outcomes)]  # fmt: skip
    assert gone == [[]] * 5
    assert query(stores, select(comments.c.id).where(comments.c.id == seed["comment"]["id"])) == []
    assert seen_by_the_site(stores, audited, as_site) == before


def test_what_reviewers_called_spam_comes_again_in_disguise_and_once(
    stores: Stores, audited: Site, reviewer: Person, drain_now: Drain
) -> None:
    Seeds(stores).change(audited.id, 0.2)
    record(stores, audited, new_comment(f"{SPAM} one", author_id="user-17", author_name="Eve"), f"{UNSURE} two")
    drain_now()
    assert tend_seeds(stores, Always()) == Round(0, 0), "nothing is known to be spam yet"
    choice = waiting(stores, reviewer)[f"{SPAM} one"]
    Review(stores).decide(reviewer.reviewer, [Choice(*choice_fields(choice, Action.REJECT))])
    record(stores, audited, f"{UNSURE} three", f"{UNSURE} four")
    drain_now()

    assert tend_seeds(stores, Always()) == Round(1, 0)

    author = query(
        stores,
        select(comments.c.author_id, comments.c.author_name).where(comments.c.id.in_(select(table.c.comment_id))),
    )
    assert author[0][1] == "Eve"
    assert author[0][0] != "user-17"
    assert len(query(stores, select(revisions.c.id).where(revisions.c.body == f"{SPAM} one"))) == 2

    (source,) = query(stores, select(table.c.source))
    change(stores, update(revisions).where(revisions.c.comment_id == source).values(state="erased"))
    assert tend_seeds(stores, Always()).removed == 1, "a copy does not outlive what was erased"


def choice_fields(choice: Choice, action: Action) -> tuple[str, int, Action, None, None]:
    return choice.item_id, choice.version, action, None, None


def test_a_decision_about_a_seed_can_be_taken_back_and_switching_off_withdraws_it(
    stores: Stores, audited: Site, reviewer: Person, drain_now: Drain
) -> None:
    Seeds(stores).change(audited.id, 0.2, [GIVEN])
    record(stores, audited, HAM)
    drain_now()
    tend_seeds(stores, Always())
    review = Review(stores)

    (ruling,) = review.decide(reviewer.reviewer, [waiting(stores, reviewer)[GIVEN]])
    assert ruling.decision is not None
    card = review.undo(reviewer.reviewer, ruling.decision.id)
    assert card.item.waiting
    assert query(stores, select(table.c.missed)) == [None]
    assert GIVEN in waiting(stores, reviewer)

    Seeds(stores).change(audited.id, 0.0)
    assert tend_seeds(stores, Always()) == Round(0, 1)
    assert GIVEN not in waiting(stores, reviewer)
    assert query(stores, select(func.count()).select_from(table)) == [0], "the text may come again"
    with pytest.raises(Refused):
        Seeds(stores).change(audited.id, 0.5)


def test_what_reviewers_miss_tightens_the_target_and_only_leads_see_who(
    stores: Stores, site: Site, client: FlaskClient, as_site: Caller, reviewer: Person
) -> None:
    lay_down(stores, site, Plan(start="closed"), CLOSED)
    Seeds(stores).change(site.id, 0.05, [GIVEN])
    lanes.advance_site(stores, site.id)
    with stores.database.write() as connection:
        for number in range(40):
            values = {"comment_id": f"cmt_{number}", "site_id": site.id, "source": str(number), "placed_at": 1}
            said = {"reviewer_id": reviewer.reviewer.id, "missed": int(number < 4), "decided_at": 2, "removed_at": 3}
            connection.execute(table.insert().values(values | said))

    lanes.advance_site(stores, site.id)

    lead = add_person(stores, "Lea", Role.LEAD, site)
    told = as_site.get("/v1/metrics/guarantee").get_json()
    assert (told["seeds"]["decided"], told["seeds"]["missed"], told["seeds"]["rate"]) == (40, 4, 0.05)
    assert told["seeds"]["low"] < 0.1 < told["seeds"]["high"] <= told["seeds"]["applied"]
    assert told["seeds"]["by_reviewer"] is None
    assert told["lanes"][0]["target"] == 0.005
    assert told["lanes"][0]["live"]["target"] == pytest.approx(0.005 * (1 - told["seeds"]["applied"]))
    assert told["lanes"][0]["reason"] == "reviewers miss spam"
    assert (
        Caller(client, reviewer.token).get(f"/v1/metrics/guarantee?site={site.id}").get_json()["seeds"]["by_reviewer"]
        is None
    )
    by_lead = Caller(client, lead.token).get(f"/v1/metrics/guarantee?site={site.id}").get_json()
    assert by_lead["seeds"]["by_reviewer"] == [{"reviewer": reviewer.reviewer.name, "decided": 40, "missed": 4}]
    with stores.database.read() as connection:
        stored = guarantees.get(connection, site.id)
        assert stored is not None
        kinds = [one.kind for one in guarantees.log(connection, site.id)]
    assert orjson.loads(stored.plan)["miss_rate_upper"] == told["seeds"]["applied"]
    assert kinds.count("plan") == 2
    lanes.advance_site(stores, site.id)
    assert len(query(stores, select(guarantee_log.c.seq).where(guarantee_log.c.kind == "plan"))) == 2, "once"
