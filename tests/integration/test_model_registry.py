import pytest
from builders import add_site, query
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models.errors import NotFound, Refused
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.records.schema import activations
from store.records.schema import model_versions as table
from store.records.sites import Site
from store.stores import Stores


def registered(stores: Stores, letter: str, site: Site | None = None) -> ModelVersion:
    with stores.database.write() as connection:
        return model_versions.register(connection, letter * 64, "trained", "{}", None if site is None else site.id)


def promote(stores: Stores, version: ModelVersion, why: str = "") -> None:
    with stores.database.write() as connection:
        model_versions.activate(connection, version.id, actor="Ana", reason=why)


def roll_back(stores: Stores, site: Site | None = None) -> ModelVersion | None:
    with stores.database.write() as connection:
        return model_versions.roll_back(
            connection, None if site is None else site.id, actor="Bo", reason="it was worse"
        )


def active(stores: Stores, site: Site | None = None) -> str | None:
    with stores.database.read() as connection:
        found = model_versions.active(connection, None if site is None else site.id)
    return None if found is None else found.id


def test_registering_a_digest_again_gives_the_entry_that_is_there(stores: Stores) -> None:
    first, again = registered(stores, "a"), registered(stores, "a")

    assert again == first
    assert first.status == "candidate"


def test_the_same_file_is_not_registered_for_another_scope(stores: Stores, site: Site) -> None:
    registered(stores, "a")

    with pytest.raises(Refused, match="for all sites already"):
        registered(stores, "a", site)


def test_promoting_leaves_one_active_version_and_tells_who_and_why(stores: Stores) -> None:
    a, b = registered(stores, "a"), registered(stores, "b")
    promote(stores, a)
    promote(stores, b, "better on labels")

    assert active(stores) == b.id
    assert sorted(query(stores, select(table.c.status))) == ["active", "candidate"]
    with stores.database.read() as connection:
        told = [(one.model_id, one.action, one.actor, one.reason) for one in model_versions.history(connection)]
    assert told == [(a.id, "promote", "Ana", ""), (b.id, "promote", "Ana", "better on labels")]


def test_promoting_what_is_active_changes_nothing(stores: Stores) -> None:
    a = registered(stores, "a")
    promote(stores, a)
    promote(stores, a)

    assert len(query(stores, select(activations.c.seq))) == 1


def test_rolling_back_twice_goes_back_two_versions_and_not_in_a_circle(stores: Stores) -> None:
    a, b, c = (registered(stores, letter) for letter in "abc")
    for version in (a, b, c):
        promote(stores, version)

    assert [getattr(roll_back(stores), "id", None) for _ in range(2)] == [b.id, a.id]
    assert active(stores) == a.id
    with pytest.raises(Refused, match="No other version was active before"):
        roll_back(stores)


def test_what_is_promoted_after_a_rollback_returns_to_what_was_rolled_back_to(stores: Stores) -> None:
    a, b, c = (registered(stores, letter) for letter in "abc")
    promote(stores, a)
    promote(stores, b)
    roll_back(stores)
    promote(stores, c)

    assert getattr(roll_back(stores), "id", None) == a.id


def test_a_site_has_a_version_of_its_own_beside_that_for_all(stores: Stores, site: Site) -> None:
    other = add_site(stores)
    general, own, others = registered(stores, "a"), registered(stores, "b", site), registered(stores, "c", other)
    for version in (general, own, others):
        promote(stores, version)

    assert (active(stores), active(stores, site), active(stores, other)) == (general.id, own.id, others.id)
    with stores.database.read() as connection:
        assert {one.id for one in model_versions.in_force(connection)} == {general.id, own.id, others.id}


def test_rolling_back_a_sites_first_version_returns_it_to_the_one_for_all(stores: Stores, site: Site) -> None:
    general, own = registered(stores, "a"), registered(stores, "b", site)
    promote(stores, general)
    promote(stores, own)

    assert roll_back(stores, site) is None
    assert (active(stores), active(stores, site)) == (general.id, None)
    with pytest.raises(Refused, match=f"No version is active for site {site.id}"):
        roll_back(stores, site)


@pytest.mark.parametrize("of_a_site", [False, True])
def test_the_database_itself_refuses_two_active_versions(stores: Stores, site: Site, of_a_site: bool) -> None:
    promote(stores, registered(stores, "a", site if of_a_site else None))
    row = {"id": "mdl_x", "digest": "x" * 64, "status": "active", "origin": "trained", "card": "{}", "created_at": 1}

    with pytest.raises(IntegrityError), stores.database.write() as connection:
        connection.execute(insert(table).values(**row, site_id=site.id if of_a_site else None))


def test_an_unknown_model_is_not_promoted(stores: Stores) -> None:
    with pytest.raises(NotFound, match="gatepost models"), stores.database.write() as connection:
        model_versions.activate(connection, "mdl_none")
