"""The lanes of a site on a real database: evidence in, thresholds out, and the log gives the same state again."""

import hashlib
from typing import Any

import orjson
import pytest
from builders import add_person
from lane_history import CLOSED, FAST, SPREAD, NumberScorer, lay_down, post, review_all
from sqlalchemy import delete, select, update

from models.guarantee import log as guarantee_log
from models.guarantee.plan import Plan
from models.guarantee.state import Status, to_json
from models.thresholds import PROVISIONAL
from models.vocabulary import Action, LabelKind, LaneSettings, ReviewReason
from service.feedback import Corrections
from service.objections import Objections
from service.review import Choice, Review
from store.records import guarantees, model_versions, policies
from store.records.guarantee_tables import guarantees as guarantees_table
from store.records.guarantee_tables import lane_outcomes
from store.records.schema import decisions, events, labels, review_items, revisions
from store.records.sites import Site
from store.stores import Stores
from worker import lanes
from worker.recertify import recertify


@pytest.fixture
def model(stores: Stores) -> str:
    with stores.database.write() as connection:
        version = model_versions.register(connection, hashlib.sha256(b"numbers").hexdigest(), "trained", "{}")
        return model_versions.activate(connection, version.id).id


def advanced(stores: Stores, site: Site) -> dict[str, Any]:
    """Let the undo window pass, take in what is new, and give the state as JSON."""
    with stores.database.write() as connection:
        connection.execute(update(lane_outcomes).values(at=lane_outcomes.c.at - 60_000_000))
    return to_json(lanes.advance_site(stores, site.id))


def settings_of(stores: Stores, site: Site) -> LaneSettings | None:
    with stores.database.read() as connection:
        return policies.get(stores.database, connection, site.id).lanes


def replayed(stores: Stores, site: Site) -> dict[str, object]:
    with stores.database.read() as connection:
        entries = guarantees.log(connection, site.id)
    state = guarantee_log.replay(site.id, [(one.kind, one.entry, one.at) for one in entries])
    assert state is not None
    return to_json(state)


def test_lanes_open_by_evidence_and_act_and_the_log_gives_the_same_state(
    stores: Stores, site: Site, model: str
) -> None:
    lay_down(stores, site, FAST, CLOSED)
    post(stores, site, model, SPREAD)
    person = add_person(stores)

    before = advanced(stores, site)
    assert review_all(stores, person, site) == len(SPREAD), "closed lanes leave everything to a person"
    after = advanced(stores, site)

    assert before["approve"]["status"] == Status.CLOSED
    assert after["approve"]["status"] == after["reject"]["status"] == Status.OPEN
    settings = settings_of(stores, site)
    assert settings is not None
    assert settings.approve_threshold is not None
    assert 0.3 < settings.approve_threshold < 0.55
    assert (settings.approve_rate, settings.reject_rate) == (0.05, 0.20)
    assert replayed(stores, site) == after
    with stores.database.read() as connection:
        told = connection.execute(select(events.c.type, events.c.data).where(events.c.data.is_not(None))).all()
    assert [type_ for type_, _ in told] == ["lane.opened", "lane.opened"]
    assert all(orjson.loads(data)["log_evidence"] >= orjson.loads(data)["limit"] for _, data in told)
    post(stores, site, model, [1, 99], tag="then")
    with stores.database.read() as connection:
        lane = select(decisions.c.lane).join(revisions, revisions.c.comment_id == decisions.c.comment_id)
        assert set(connection.execute(lane.where(revisions.c.body.contains("then"))).scalars()) == {"approve", "reject"}


def test_an_audit_keeps_its_state_where_a_person_agrees_and_is_looked_at_twice_where_not(
    stores: Stores, site: Site, model: str
) -> None:
    lay_down(stores, site, Plan(), PROVISIONAL._replace(approve_rate=1.0, reject_rate=1.0))
    post(stores, site, model, [1, 2])
    ana, ben = add_person(stores), add_person(stores, "Ben")
    review = Review(stores)

    def items() -> list[tuple[str, str, str, int]]:
        with stores.database.read() as connection:
            query = select(revisions.c.body, revisions.c.state, review_items.c.reason, review_items.c.waiting).join(
                review_items, review_items.c.comment_id == revisions.c.comment_id
            )
            return sorted(tuple(row) for row in connection.execute(query))  # type: ignore[misc]

    assert [(state, reason, waiting) for _, state, reason, waiting in items()] == [("approved", "blind", 1)] * 2
    first, second = review.items(ana.reviewer, site_id=None, reason=None, oldest_first=True, after=None, limit=9)
    rulings = review.decide(
        ana.reviewer,
        [
            Choice(first.item.id, first.item.version, Action.APPROVE, None, None),
            Choice(second.item.id, second.item.version, Action.REJECT, None, None),
        ],
    )
    assert [row[1:] for row in items()] == [("approved", "blind", 0), ("rejected", "disagreement", 1)]
    with stores.database.read() as connection:
        assert len(connection.execute(select(lane_outcomes)).all()) == 2

    assert rulings[1].decision is not None
    review.undo(ana.reviewer, rulings[1].decision.id)
    assert [row[1:] for row in items()] == [("approved", "blind", 0), ("approved", "blind", 1)]

    again = review.card(ana.reviewer, second.item.id)
    review.decide(ana.reviewer, [Choice(again.item.id, again.item.version, Action.REJECT, None, None)])
    looked = review.card(ben.reviewer, second.item.id)
    review.decide(ben.reviewer, [Choice(looked.item.id, looked.item.version, Action.APPROVE, None, None)])
    assert [row[1:] for row in items()] == [("approved", "blind", 0), ("approved", "disagreement", 0)]


def test_a_site_without_evidence_goes_by_the_thresholds_of_its_model(stores: Stores, site: Site, model: str) -> None:
    """Before the clock has seen the site and afterwards, and by those of the next model as soon as that is in force."""

    def put_in_force(name: bytes, approve_below: float) -> None:
        thresholds = {"approve_below": approve_below, "reject_from": 0.7, "discard_from": 0.975}
        with stores.database.write() as connection:
            digest, card = hashlib.sha256(name).hexdigest(), orjson.dumps({"thresholds": thresholds}).decode()
            own = model_versions.register(connection, digest, "trained", card, site.id)
            model_versions.activate(connection, own.id)

    with stores.database.write() as connection:
        connection.execute(delete(guarantees_table).where(guarantees_table.c.site_id == site.id))
    put_in_force(b"bold", 0.3)
    post(stores, site, model, [29, 31, 71])
    with stores.database.read() as connection:
        query = select(revisions.c.body, decisions.c.lane).join(
            decisions, decisions.c.comment_id == revisions.c.comment_id
        )
        lanes_of = {body[:2]: lane for body, lane in connection.execute(query)}

    advanced(stores, site)
    first = settings_of(stores, site)
    put_in_force(b"meek", 0.04)
    anew = advanced(stores, site)

    assert lanes_of == {"29": "approve", "31": "review", "71": "reject"}
    assert first == LaneSettings(0.3, 0.7, 0.25, 0.25)
    assert settings_of(stores, site) == LaneSettings(0.04, 0.7, 0.25, 0.25)
    assert anew["approve"]["reason"] == "new model"
    assert replayed(stores, site) == anew


def test_the_label_of_an_audit_stands_for_all_that_had_the_same_chance(stores: Stores, site: Site, model: str) -> None:
    lay_down(stores, site, Plan(), PROVISIONAL)
    post(stores, site, model, [1] * 60)
    waiting = review_all(stores, add_person(stores), site)

    with stores.database.read() as connection:
        weights = connection.execute(select(labels.c.weight)).scalars().all()
    assert 0 < waiting < 60, "a share of them is audited"
    assert weights == [4.0] * waiting


def test_an_audit_that_nobody_decides_counts_as_an_error(stores: Stores, site: Site, model: str) -> None:
    lay_down(stores, site, Plan(provisional_audit_rate=1.0), PROVISIONAL._replace(approve_rate=1.0, reject_rate=1.0))
    advanced(stores, site)
    post(stores, site, model, [1, 2] * 110)
    advanced(stores, site)
    with stores.database.write() as connection:
        connection.execute(update(review_items).values(waiting_since=review_items.c.waiting_since - lanes.OVERDUE_US))

    after = advanced(stores, site)

    assert after["approve"]["status"] == Status.CLOSED
    assert "breach" in after["approve"]["reason"]
    assert replayed(stores, site) == after


@pytest.mark.parametrize("kind", ["report", "feedback"])
def test_complaints_that_pile_up_have_more_of_the_lane_audited(
    stores: Stores, site: Site, model: str, kind: str
) -> None:
    plan = Plan(provisional_audit_rate=0.05)
    lay_down(stores, site, plan, PROVISIONAL._replace(approve_rate=0.0, reject_rate=0.0))
    advanced(stores, site)
    post(stores, site, model, [1] * 6)
    with stores.database.read() as connection:
        published = list(connection.execute(select(revisions.c.comment_id)).scalars())

    def complain_of(comment_ids: list[str]) -> dict[str, Any]:
        for comment_id in comment_ids:
            if kind == "report":
                Objections(stores).take(site, comment_id, ReviewReason.REPORT, source="a reader")
            else:
                Corrections(stores).say(site.id, comment_id, LabelKind.SPAM)
        return advanced(stores, site)

    assert complain_of(published[:4])["approve"]["tripped_until"] == 0
    after = complain_of(published[4:])
    again = advanced(stores, site)

    assert after["approve"]["tripped_until"] > 0
    assert after["reject"]["tripped_until"] == 0
    settings = settings_of(stores, site)
    assert settings is not None
    assert (settings.approve_rate, settings.reject_rate) == (0.25, 0.20)
    assert replayed(stores, site) == again
    with stores.database.read() as connection:
        kinds = [one.kind for one in guarantees.log(connection, site.id)]
    assert kinds.count("alert") == 1, "it is told once"


def test_a_new_model_begins_anew_and_other_rules_are_held_against_what_was_found(
    stores: Stores, site: Site, model: str
) -> None:
    lay_down(stores, site, FAST, CLOSED)
    post(stores, site, model, SPREAD)
    review_all(stores, add_person(stores), site)
    advanced(stores, site)
    assert advanced(stores, site)["approve"]["status"] == Status.OPEN

    with stores.database.write() as connection:
        policies.set_authors(connection, site.id, first_comments=1, trust_after=None, author_per_hour=None)
        policies.raise_version(connection, site.id)
    held = advanced(stores, site)
    assert held["approve"]["status"] != Status.OPEN, "of new authors nothing is the lanes' any more"
    with stores.database.write() as connection:
        policies.set_authors(connection, site.id, first_comments=0, trust_after=None, author_per_hour=60)
        policies.raise_version(connection, site.id)
    assert advanced(stores, site)["approve"]["status"] == Status.OPEN

    with stores.database.write() as connection:
        other = model_versions.register(connection, hashlib.sha256(b"other").hexdigest(), "trained", "{}")
        model_versions.activate(connection, other.id)
    anew = advanced(stores, site)
    assert anew["approve"]["status"] == Status.CLOSED
    assert replayed(stores, site) == anew

    assert recertify(stores, NumberScorer(model), site.id) == 0, "this worker has not loaded the new model yet"
    assert recertify(stores, NumberScorer(other.id), site.id) == len(SPREAD)
    again = advanced(stores, site)
    assert again["approve"]["status"] == Status.OPEN, "what the new model was not trained on proves it at once"
    assert recertify(stores, NumberScorer(other.id), site.id) == 0, "once"
    assert replayed(stores, site) == again
