"""Roles on sites, closed accounts and links, as the store keeps them and `gatepost reviewer` changes them."""

import json
import threading
from typing import Any

import pytest
from alembic import command
from builders import add_person, add_site
from click.testing import CliRunner
from sqlalchemy import text

from cli.main import gatepost
from models.errors import NotFound, Refused
from models.vocabulary import Role
from store.records import credentials, migrate, people, reviewers
from store.records.database import Database
from store.records.people import LastAdmin
from store.records.sites import Site
from store.settings import Settings, load_settings
from store.stores import Stores

BEFORE = "0011"


def roles(stores: Stores, name: str) -> set[tuple[str | None, Role]]:
    with stores.database.read() as connection:
        return set(people.by_name(connection, name).reviewer.roles)


def with_password(stores: Stores, name: str, role: Role = Role.ADMIN) -> str:
    added = add_person(stores, name, role).reviewer
    with stores.database.write() as connection:
        reviewers.set_password_hash(connection, added.id, "$argon2id$some")
    return added.id


def test_a_role_counts_on_its_site_and_the_higher_of_two_counts(stores: Stores, site: Site) -> None:
    other = add_site(stores, url="https://other.example")
    ana = add_person(stores, "Ana", Role.LEAD, site).reviewer
    with stores.database.write() as connection:
        people.set_role(connection, ana.id, Role.REVIEWER, other.id)

    with stores.database.read() as connection:
        found = reviewers.by_id(connection, ana.id)
    assert found is not None
    assert (found.role_at(site.id), found.role_at(other.id), found.role_at(None)) == (Role.LEAD, Role.REVIEWER, None)
    assert (found.sites(), found.sites(Role.LEAD)) == (tuple(sorted((site.id, other.id))), (site.id,))

    with stores.database.write() as connection:
        people.set_role(connection, ana.id, Role.LEAD, None)
        people.set_role(connection, ana.id, None, site.id)
    with stores.database.read() as connection:
        wider = reviewers.by_id(connection, ana.id)
    assert wider is not None
    assert (wider.role_at(site.id), wider.role_at(other.id), wider.sites()) == (Role.LEAD, Role.LEAD, None)


def test_closing_an_account_ends_all_that_it_has_open_at_once(stores: Stores, site: Site) -> None:
    ana = add_person(stores, "Ana", Role.REVIEWER, site)
    with stores.database.write() as connection:
        secrets = {
            "session": reviewers.new_session(connection, ana.reviewer.id),
            "link": people.invite(connection, ana.reviewer.id),
            "token": ana.token,
        }
        people.disable(connection, ana.reviewer.id)
        with pytest.raises(Refused, match="closed"):
            people.invite(connection, ana.reviewer.id)
        people.enable(connection, ana.reviewer.id)

    with stores.database.read() as connection:
        assert [reviewers.by_secret(connection, secret, kind) for kind, secret in secrets.items()] == [None] * 3
        assert reviewers.by_name(connection, "Ana") is not None


def test_a_new_link_ends_the_one_before_and_can_be_taken_back(stores: Stores) -> None:
    ana = add_person(stores).reviewer
    with stores.database.write() as connection:
        first, second = (people.invite(connection, ana.id) for _ in range(2))
        assert people.get(connection, ana.id).invited_until is not None
        assert reviewers.by_secret(connection, first, "link") is None
        assert people.revoke_links(connection, ana.id) == 1
        assert reviewers.by_secret(connection, second, "link") is None
        assert people.get(connection, ana.id).invited_until is None


def test_a_session_is_ended_by_its_owner_alone(stores: Stores) -> None:
    ana, ben = add_person(stores).reviewer, add_person(stores, "Ben").reviewer
    with stores.database.write() as connection:
        kept, other = (reviewers.new_session(connection, ana.id, "Firefox") for _ in range(2))
        own = credentials.find(connection, kept, "session")
        assert own is not None
        with pytest.raises(NotFound):
            credentials.end(connection, ben.id, own.id, "session")
        assert credentials.end_all(connection, ana.id, kinds=("session",), but=own.id) == 1
        assert reviewers.by_secret(connection, other, "session") is None
        assert [found.client for found in credentials.live(connection, ana.id, "session")] == ["Firefox"]


def test_the_last_administrator_stays_one(stores: Stores, site: Site) -> None:
    """Somebody who has not joined yet, or administers one site, cannot take over."""
    eva = with_password(stores, "Eva")
    add_person(stores, "Invited", Role.ADMIN)
    add_person(stores, "Local", Role.ADMIN, site)
    for lock_out in (
        lambda connection: people.disable(connection, eva),
        lambda connection: people.set_role(connection, eva, None, None),
        lambda connection: people.set_role(connection, eva, Role.LEAD, None),
    ):
        with pytest.raises(LastAdmin), stores.database.write() as connection:
            lock_out(connection)
    assert roles(stores, "Eva") == {(None, Role.ADMIN)}

    with_password(stores, "Ida")
    with stores.database.write() as connection:
        people.disable(connection, eva)


def test_two_administrators_cannot_close_each_other_out_at_once(stores: Stores) -> None:
    ids = [with_password(stores, name) for name in ("Eva", "Ida")]
    refused: list[Exception] = []
    together = threading.Barrier(2)

    def close(reviewer_id: str) -> None:
        together.wait()
        try:
            with stores.database.write() as connection:
                people.disable(connection, reviewer_id)
        except LastAdmin as error:
            refused.append(error)

    threads = [threading.Thread(target=close, args=(reviewer_id,)) for reviewer_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    with stores.database.read() as connection:
        assert sum(person.disabled_at is None for person in people.every(connection)) == 1


def test_people_are_managed_from_the_command_line(stores: Stores, site: Site, settings: Settings) -> None:
    other = add_site(stores, url="https://other.example")
    environment = {"DATABASE_URL": settings.database_url, "GATEPOST_DATA": str(settings.data)}

    def run(*arguments: str) -> Any:
        given = [*arguments[:1], "--name", "Ana", *arguments[1:]] if arguments[0] != "list" else list(arguments)
        result = CliRunner().invoke(gatepost, ["reviewer", *given, "--json"], env=environment)
        return json.loads(result.stdout) if result.exit_code == 0 else result.exception

    added = run("add", "--role", "reviewer", "--site", site.id, "--site", other.id)
    assert set(added) == {"reviewer_id", "token", "login_url"}
    assert roles(stores, "Ana") == {(site.id, Role.REVIEWER), (other.id, Role.REVIEWER)}

    run("role", "--role", "lead", "--site", site.id)
    run("role", "--none", "--site", other.id)
    (shown,) = run("list")["items"]
    assert shown["roles"] == [{"site_id": site.id, "role": "lead"}]
    assert (shown["joined"], shown["disabled_at"], shown["invited_until"] is not None) == (False, None, True)

    told = CliRunner().invoke(gatepost, ["reviewer", "list"], env=environment).stdout
    assert ("not joined" in told, "link until 2" in told, "False" in told) == (True, True, False)

    assert run("link", "--revoke") == {"ended": 1}
    assert run("disable")["disabled_at"] is not None
    assert isinstance(run("link"), Refused)
    assert isinstance(run("token"), NotFound)
    assert run("enable")["disabled_at"] is None
    assert run("token")["token"].startswith("gpr_")
    assert isinstance(run("role"), Refused)
    assert run("reset-factor") == {"had_factor": False}
    assert run("unlink") == {"was_linked": False}


def test_roles_and_secrets_of_before_are_kept_when_roles_become_those_of_sites(bare_url: str) -> None:
    database = Database(load_settings({"DATABASE_URL": bare_url, "GATEPOST_SECRET_KEY": "k" * 32}).database_url)
    with database.write() as connection:
        command.upgrade(migrate._config(connection), BEFORE)
        connection.execute(text("INSERT INTO organisations VALUES ('org_1', 'default', 1)"))
        connection.execute(
            text(
                "INSERT INTO sites (id, organisation_id, url, mode, policy_version, pseudonym_key, created_at)"
                " VALUES ('site_1', 'org_1', 'https://a.example', 'automatic', 1, 'k', 1)"
            )
        )
        for name, role, site_id in (("ana", "lead", "site_1"), ("eva", "admin", None)):
            connection.execute(
                text(
                    "INSERT INTO reviewers (id, name, name_key, role, site_id, created_at)"
                    " VALUES (:id, :name, :name, :role, :site, 1)"
                ),
                {"id": f"usr_{name}", "name": name, "role": role, "site": site_id},
            )
            connection.execute(
                text(
                    "INSERT INTO reviewer_secrets (digest, kind, reviewer_id, created_at) VALUES (:d, 'token', :r, 1)"
                ),
                {"d": reviewers.digest(f"gpr_{name}"), "r": f"usr_{name}"},
            )

    migrate.upgrade(database)

    with database.read() as connection:
        assert migrate.differences(connection) == []
        assert {p.reviewer.name: p.reviewer.roles for p in people.every(connection)} == {
            "ana": (("site_1", Role.LEAD),),
            "eva": ((None, Role.ADMIN),),
        }
        found = reviewers.by_secret(connection, "gpr_ana", "token")
        assert found is not None
        assert found.name == "ana"

    with database.write() as connection:
        command.downgrade(migrate._config(connection), BEFORE)
        rows = connection.execute(text("SELECT name, role, site_id FROM reviewers ORDER BY name"))
        assert [tuple(row) for row in rows] == [("ana", "lead", "site_1"), ("eva", "admin", None)]
        assert connection.execute(text("SELECT count(*) FROM reviewer_secrets")).scalar_one() == 2
    migrate.upgrade(database)
    database.close()
