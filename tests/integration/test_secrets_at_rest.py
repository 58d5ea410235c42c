from pathlib import Path

import pytest
from builders import Person, add_key, add_person, query
from sqlalchemy import select

from models.errors import NotFound, Refused
from models.vocabulary import Role
from store.records import keys, reviewers
from store.records.schema import metadata
from store.records.sites import Site
from store.stores import Stores


def everything(stores: Stores) -> str:
    """All values of all tables, and for SQLite the files themselves."""
    shown = [str(query(stores, select(table))) for table in metadata.sorted_tables]
    path = stores.database.url.database
    if stores.database.is_sqlite and path is not None:
        shown += [file.read_bytes().decode("latin-1") for file in Path(path).parent.glob("gatepost.db*")]
    return "\n".join(shown)


def test_keys_and_tokens_are_in_the_database_only_as_digests(stores: Stores, site: Site, reviewer: Person) -> None:
    native, akismet = add_key(stores, site), add_key(stores, site, "akismet")
    with stores.database.write() as connection:
        session = reviewers.new_session(connection, reviewer.reviewer.id)
        link = reviewers.new_link(connection, reviewer.reviewer.id)

    kept = everything(stores)

    for secret in (native, akismet, reviewer.token, session, link):
        assert secret not in kept
        assert keys.digest(secret) in kept


def test_no_more_of_a_key_is_kept_than_recognises_it(stores: Stores, site: Site) -> None:
    native, akismet = add_key(stores, site), add_key(stores, site, "akismet")

    with stores.database.read() as connection:
        hints = [key.hint for key in keys.of_site(connection, site.id)]

    assert hints == [native[:8], akismet[:3]]


def test_keys_have_the_form_of_the_contract(stores: Stores, site: Site, reviewer: Person) -> None:
    native, akismet = add_key(stores, site), add_key(stores, site, "akismet")

    assert native.startswith("gps_")
    assert reviewer.token.startswith("gpr_")
    assert len(akismet) == 12
    assert set(akismet) <= set("0123456789abcdef")


def test_a_revoked_key_opens_nothing_and_cannot_be_revoked_again(stores: Stores, site: Site) -> None:
    with stores.database.write() as connection:
        key, secret = keys.add(connection, site.id)
        keys.revoke(connection, key.id)

    with stores.database.read() as connection:
        assert keys.find(connection, secret) is None
    with pytest.raises(NotFound), stores.database.write() as connection:
        keys.revoke(connection, key.id)


def test_a_key_opens_its_own_wire_only(stores: Stores, site: Site) -> None:
    native, akismet = add_key(stores, site), add_key(stores, site, "akismet")

    with stores.database.read() as connection:
        assert keys.find(connection, native, "akismet") is None
        assert keys.find(connection, akismet, "native") is None


def test_a_link_opens_once(stores: Stores, reviewer: Person) -> None:
    with stores.database.write() as connection:
        link = reviewers.new_link(connection, reviewer.reviewer.id)
        ended = [reviewers.end_secret(connection, link) for _ in range(2)]

    with stores.database.read() as connection:
        assert reviewers.by_secret(connection, link, "link") is None
    assert ended == [True, False]


def test_a_secret_of_one_kind_is_none_of_another(stores: Stores, reviewer: Person) -> None:
    with stores.database.write() as connection:
        session = reviewers.new_session(connection, reviewer.reviewer.id)

    with stores.database.read() as connection:
        assert reviewers.by_secret(connection, session, "session") == reviewer.reviewer
        assert reviewers.by_secret(connection, session, "token") is None
        assert reviewers.by_secret(connection, reviewer.token, "session") is None


def test_a_new_password_ends_every_session_but_no_token(stores: Stores, reviewer: Person) -> None:
    with stores.database.write() as connection:
        session = reviewers.new_session(connection, reviewer.reviewer.id)
        reviewers.set_password_hash(connection, reviewer.reviewer.id, "$argon2id$new")

    with stores.database.read() as connection:
        assert reviewers.by_secret(connection, session, "session") is None
        assert reviewers.by_secret(connection, reviewer.token, "token") is not None


def test_two_reviewers_cannot_have_the_same_name_in_any_case(stores: Stores) -> None:
    add_person(stores, "Straße")

    with pytest.raises(Refused, match="already"):
        add_person(stores, " STRASSE ", Role.LEAD)


@pytest.mark.parametrize("name", ["", "   ", "n" * 256])
def test_a_reviewer_without_a_usable_name_is_refused(stores: Stores, name: str) -> None:
    with pytest.raises(Refused, match="name"):
        add_person(stores, name)


@pytest.mark.parametrize("name", ["İ" * 255, "ŉ" * 200, "n" * 255])
def test_a_long_name_in_any_script_can_sign_in(stores: Stores, name: str) -> None:
    person = add_person(stores, name)

    with stores.database.read() as connection:
        assert reviewers.by_name(connection, name) == person.reviewer
