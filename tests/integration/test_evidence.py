"""What is known beside the text: gathered for a batch, across batches, workers and restarts."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from builders import (
    query,
)
from sqlalchemy import insert

from models.vocabulary import Evidence
from store.ids import now_us
from store.records import reputations, sightings
from store.records.claims import Claimed, DueText
from store.records.evidence_tables import reputations as reputations_table
from store.records.evidence_tables import sightings as sightings_table
from store.records.reputations import site_salt
from store.records.tail import Tail
from store.records.transitions import Claim
from store.stores import Stores
from worker.evidence import Gathered, gather
from worker.memory import HOUR_US, Memory

SITE = "site_1"
NOW = now_us() // HOUR_US * HOUR_US + HOUR_US // 2
DAY_US = 24 * HOUR_US
CAMPAIGN = "earn five hundred dollars a day from home without any experience just ask me how it is done today"


@pytest.fixture
def memory() -> Memory:
    """The memory of a worker that has just started."""
    return Memory()


def asked(body: str = "nice video", site_id: str = SITE, revision: int = 1, **known: object) -> Claimed:
    """A claimed comment of which only this is known."""
    nothing = dict.fromkeys(DueText._fields)
    text: dict[str, Any] = nothing | {"body": body, "received_at": NOW, "site_mode": "automatic", "policy_version": 1}
    return Claim(1, "cmt_1", revision, site_id, 1), DueText(**(text | known))


def look(stores: Stores, memory: Memory, *batch: Claimed, at: int = NOW) -> list[Evidence]:
    """Evidence alone, as for a batch whose attempt is never finished."""
    with stores.database.read() as connection:
        return [one.evidence for one in gather(connection, memory, batch, at)]


def pass_by(stores: Stores, memory: Memory, *batch: Claimed, at: int = NOW) -> list[Evidence]:
    """Evidence, and the record that these comments were decided."""
    with stores.database.read() as connection:
        gathered = gather(connection, memory, batch, at)
    remember(stores, gathered, at)
    return [one.evidence for one in gathered]


def remember(stores: Stores, gathered: Sequence[Gathered], at: int = NOW) -> None:
    with stores.database.write() as connection:
        contents = b"".join(one.contents for one in gathered)
        sightings.add(connection, contents, b"".join(one.authors for one in gathered), at)


def give(stores: Stores, kind: str, value: str, *, spam: float = 0.0, ham: float = 0.0, site_id: str = SITE) -> None:
    """Let a subject have labels."""
    key = int(value) ^ site_salt(site_id) if kind == "text" else reputations.lookup_key(site_id, kind, value)
    unit = reputations._unit(NOW)
    row = {"site_id": site_id, "kind": kind, "value": value, "lookup_key": key, "spam": spam * unit, "ham": ham * unit}
    with stores.database.write() as connection:
        connection.execute(insert(reputations_table).values(row))


def test_a_comment_of_which_nothing_is_known_has_no_evidence(stores: Stores, memory: Memory) -> None:
    assert pass_by(stores, memory, asked("nice video"), asked("")) == [Evidence(), Evidence()]
    assert query(stores, sightings_table.select()) == [], "nothing to remember, so no row"


def test_an_empty_batch_is_no_work(stores: Stores, memory: Memory) -> None:
    assert look(stores, memory) == []


def test_what_the_form_saw_is_passed_on(stores: Stores, memory: Memory) -> None:
    (evidence,) = look(stores, memory, asked(form_honeypot="0", form_seconds=1.5))

    assert evidence == Evidence(honeypot_filled=False, form_seconds=1.5)


def test_a_campaign_of_near_copies_is_seen_across_batches(stores: Stores, memory: Memory) -> None:
    rng = random.Random(4)
    seen: list[int | None] = []
    for n in range(12):
        words = CAMPAIGN.split()
        words[rng.randrange(len(words))] = f"word{n}"
        (evidence,) = pass_by(stores, memory, asked(" ".join(words) + f" {n}!!"), at=NOW + n * DAY_US)
        seen.append(evidence.copies_seen)

    assert seen[0] == 0
    assert sum((count or 0) > 0 for count in seen[1:]) >= 10
    assert (seen[-1] or 0) >= 3


def test_copies_in_one_batch_are_seen_in_their_order(stores: Stores, memory: Memory) -> None:
    evidence = pass_by(stores, memory, *(asked(CAMPAIGN) for _ in range(3)))

    assert [one.copies_seen for one in evidence] == [0, 1, 2]


def test_another_worker_and_a_restarted_one_know_the_same(stores: Stores, memory: Memory) -> None:
    other = Memory()
    assert [e.copies_seen for e in pass_by(stores, other, asked(CAMPAIGN))] == [0]
    assert [e.copies_seen for e in pass_by(stores, memory, asked(CAMPAIGN))] == [1]

    assert [e.copies_seen for e in look(stores, other, asked(CAMPAIGN))] == [2]
    assert [e.copies_seen for e in look(stores, Memory(), asked(CAMPAIGN))] == [2]


def test_more_rows_than_one_page_are_all_read(stores: Stores, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    with stores.database.write() as connection:
        for _ in range(sightings.PAGE + 5):
            sightings.add(connection, site_salt(SITE).to_bytes(4, "little"), b"", NOW)
    tail = Tail()

    with stores.database.read() as connection:
        pages = [len(sightings.unread(connection, tail, NOW)) for _ in range(3)]

    assert pages == [sightings.PAGE, 5, 0]
    look(stores, memory, asked())
    assert memory._sightings.last == query(stores, sightings_table.select())[-1][0]


def test_an_attempt_that_was_not_finished_counts_nothing(stores: Stores, memory: Memory) -> None:
    for _ in range(3):
        assert look(stores, memory, asked(CAMPAIGN, author_id="ana")) == [Evidence(copies_seen=0, recent_by_author=0)]


def test_copies_on_another_site_are_none(stores: Stores, memory: Memory) -> None:
    pass_by(stores, memory, asked(CAMPAIGN, author_id="ana"))

    (evidence,) = look(stores, memory, asked(CAMPAIGN, "site_2", author_id="ana"))

    assert (evidence.copies_seen, evidence.recent_by_author) == (0, 0)


def test_copies_are_forgotten_after_five_weeks(stores: Stores, memory: Memory) -> None:
    pass_by(stores, memory, asked(CAMPAIGN))

    later = [look(stores, Memory(), asked(CAMPAIGN), at=NOW + days * DAY_US)[0].copies_seen for days in (27, 36)]

    assert later == [1, 0]


def test_old_rows_are_deleted(stores: Stores, memory: Memory) -> None:
    pass_by(stores, memory, asked(CAMPAIGN))
    pass_by(stores, memory, asked(CAMPAIGN), at=NOW + 36 * DAY_US)

    with stores.database.write() as connection:
        sightings.forget(connection, NOW + 36 * DAY_US)

    assert [row[1] for row in query(stores, sightings_table.select())] == [NOW + 36 * DAY_US]


def test_rows_that_come_after_all_were_deleted_are_read(stores: Stores, memory: Memory) -> None:
    """Their numbers must not begin again where a worker has been already."""
    for _ in range(3):
        pass_by(stores, memory, asked(CAMPAIGN))
    look(stores, memory, asked())
    with stores.database.write() as connection:
        sightings.forget(connection, NOW + 40 * DAY_US)

    other = "a completely different text about gardening, roses and the weather in spring"
    pass_by(stores, Memory(), asked(other))

    assert look(stores, memory, asked(other))[0].copies_seen == 1


def test_the_rate_of_an_author_is_of_the_last_hour(stores: Stores, memory: Memory) -> None:
    for minutes in (0, 10, 20):
        pass_by(stores, memory, asked(author_id="ana"), at=NOW + minutes * 60_000_000)

    now, later, much_later = (
        look(stores, memory, asked(author_id="ana"), at=NOW + minutes * 60_000_000)[0].recent_by_author
        for minutes in (21, 75 + 8, 3 * 60)
    )

    assert now == 3
    assert (later or 0) in (1, 2)
    assert much_later == 0


@pytest.mark.parametrize("known", ["author_id", "email_hash", "ip_hash"])
def test_an_author_is_found_by_whatever_is_known(stores: Stores, memory: Memory, known: str) -> None:
    pass_by(stores, memory, asked(author_id="ana", email_hash="e1", ip_hash="i1"))

    (evidence,) = look(stores, memory, asked(**{known: {"a": "ana", "e": "e1", "i": "i1"}[known[0]]}))

    assert evidence.recent_by_author == 1


def test_links_to_a_domain_that_was_spam_twelve_of_twelve_times(stores: Stores, memory: Memory) -> None:
    give(stores, "domain", "spam.example", spam=12)
    give(stores, "domain", "blog.example", ham=30)

    linking, both, other = look(
        stores,
        memory,
        asked("look at https://www.spam.example/a"),
        asked("see https://blog.example/x and https://spam.example/y"),
        asked("https://blog.example/z"),
    )

    assert (linking.domain, linking.domain_spam, linking.domain_ham) == ("spam.example", 12.0, 0.0)
    assert (both.domain, both.domain_spam) == ("spam.example", 12.0)
    assert (other.domain, other.domain_spam, other.domain_ham) == ("blog.example", 0.0, 30.0)


def test_a_domain_is_new_until_a_comment_has_linked_it(stores: Stores, memory: Memory) -> None:
    body = "https://a.example and https://a.example/2 and https://b.example"

    assert pass_by(stores, memory, asked(body))[0].domains_new == 2
    assert pass_by(stores, memory, asked("https://a.example https://c.example"))[0].domains_new == 1
    assert look(stores, memory, asked("no link"))[0].domains_new is None


def test_the_address_that_an_author_left_counts_as_a_link(stores: Stores, memory: Memory) -> None:
    give(stores, "domain", "spam.example", spam=2)

    (evidence,) = look(stores, memory, asked("nice video", author_url="https://SPAM.example/me"))

    assert (evidence.domain, evidence.domain_spam, evidence.domains_new) == ("spam.example", 2.0, 1)


def test_the_author_stands_by_account_or_address_whichever_has_more_labels(stores: Stores, memory: Memory) -> None:
    give(stores, "author", "ana", spam=1, ham=1)
    give(stores, "email", "e1", spam=5)
    give(stores, "ip", "i1", ham=2)

    (evidence,) = look(stores, memory, asked(author_id="ana", email_hash="e1", ip_hash="i1"))
    (account_alone,) = look(stores, memory, asked(author_id="ana"))

    assert (evidence.author_spam, evidence.author_ham) == (5.0, 0.0)
    assert (evidence.ip_spam, evidence.ip_ham) == (0.0, 2.0)
    assert (account_alone.author_spam, account_alone.author_ham, account_alone.ip_spam) == (1.0, 1.0, None)


def test_reputations_of_another_site_are_not_used(stores: Stores, memory: Memory) -> None:
    give(stores, "author", "ana", spam=9, site_id="site_2")

    assert look(stores, memory, asked(author_id="ana"))[0].author_spam is None


def test_labels_of_a_text_are_known_for_its_near_copies(stores: Stores, memory: Memory) -> None:
    with stores.database.read() as connection:
        (labelled,) = gather(connection, memory, [asked(CAMPAIGN)], NOW)
    for key in labelled.keys.texts:
        give(stores, "text", str(key), spam=3, ham=1)

    copy, other = look(
        stores, memory, asked(CAMPAIGN.replace("today", "now!") + " 77"), asked("x " * 3 + CAMPAIGN[::-1])
    )

    assert (copy.copies_spam, copy.copies_ham) == (3.0, 1.0)
    assert (other.copies_spam, other.copies_ham) == (None, None)


def test_relevance_needs_a_page(stores: Stores, memory: Memory) -> None:
    body = "the government should lower taxes for everybody"

    on_topic, unknown = look(stores, memory, asked(body, page_title="Government lowers taxes"), asked(body))

    assert (on_topic.relevance, unknown.relevance) == (0.4, None)


def test_new_labels_are_known_at_once(stores: Stores, memory: Memory) -> None:
    assert look(stores, memory, asked(author_id="ana"))[0].author_spam is None

    give(stores, "author", "ana", spam=1)

    assert look(stores, memory, asked(author_id="ana"))[0].author_spam == 1.0


def test_an_edit_is_no_copy_of_itself(stores: Stores, memory: Memory) -> None:
    pass_by(stores, memory, asked(CAMPAIGN))

    edit, other = look(stores, memory, asked(CAMPAIGN + " edited", revision=2), asked(CAMPAIGN))

    assert edit.copies_seen == 0
    assert other.copies_seen == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_that_is_committed_after_a_later_one_is_not_missed(stores: Stores, memory: Memory) -> None:
    pass_by(stores, memory, asked("first of all, a text that is long enough for keys"))
    look(stores, memory, asked())
    with stores.database.read() as connection:
        late, early = gather(connection, memory, [asked(CAMPAIGN), asked("another text that is long enough")], NOW)

    with stores.database.write() as slow:
        sightings.add(slow, late.contents, late.authors, NOW)
        remember(stores, [early])
        assert look(stores, memory, asked(CAMPAIGN))[0].copies_seen == 0

    assert look(stores, memory, asked(CAMPAIGN))[0].copies_seen == 1
    assert look(stores, memory, asked(CAMPAIGN))[0].copies_seen == 1
