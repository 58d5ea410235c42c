"""People and one's own account in the console: what administrators and owners can do, and what nobody can."""

import re
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from builders import Caller, add_person, add_site, close
from console_calls import Visitor, shown_link, visitor
from flask import Flask

from models.vocabulary import Role
from service.app import create_app
from store.records import credentials, people, reviewers
from store.records.people import Person
from store.records.sites import Site
from store.stores import Stores

PASSWORD, OTHER = "copper lantern meadow", "seven quiet harbours"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def person(stores: Stores, name: str) -> Person:
    with stores.database.read() as connection:
        return people.by_name(connection, name)


def joined(stores: Stores, name: str, role: Role, site: Site | None = None) -> str:
    added = add_person(stores, name, role, site).reviewer
    with stores.database.write() as connection:
        reviewers.set_password_hash(connection, added.id, CHEAP.hash(PASSWORD))
    return added.id


@pytest.fixture
def eva(app: Flask, stores: Stores) -> Visitor:
    """The administrator of all sites, signed in."""
    return visitor(app, stores, joined(stores, "Eva", Role.ADMIN))


def test_somebody_is_invited_joins_and_is_closed_out_at_once(
    app: Flask, stores: Stores, site: Site, eva: Visitor
) -> None:
    made = eva.post("/people", name="Ana", role="reviewer", site=site.id)
    assert "Ana" in eva.get("/people").text
    assert (
        "Link zurückziehen"
        in eva.client.get(
            f"/console/people/{person(stores, 'Ana').reviewer.id}", headers={"Accept-Language": "de"}
        ).text
    )

    ana = visitor(app, stores)
    entered = ana.post(shown_link(made), page=shown_link(made), password=PASSWORD, again=PASSWORD)
    assert entered.status_code == 303
    assert ana.inside()
    assert person(stores, "Ana").reviewer.roles == ((site.id, Role.REVIEWER),)
    assert ana.get(shown_link(made)).status_code == 410

    eva.post(f"/people/{person(stores, 'Ana').reviewer.id}/disable")

    assert not ana.inside()
    assert ana.sign_in("Ana", PASSWORD).status_code == 422
    eva.post(f"/people/{person(stores, 'Ana').reviewer.id}/enable")
    assert ana.sign_in("Ana", PASSWORD).status_code == 303


def test_a_withdrawn_link_opens_nothing_and_a_new_one_does(app: Flask, stores: Stores, eva: Visitor) -> None:
    first = shown_link(eva.post("/people", name="Ana", role="lead", site="all"))
    where = f"/people/{person(stores, 'Ana').reviewer.id}"

    eva.post(f"{where}/revoke")
    assert visitor(app, stores).get(first).status_code == 410
    second = shown_link(eva.post(f"{where}/link"))

    assert visitor(app, stores).get(second).status_code == 200
    for name, role in (("Ana", "lead"), ("", "lead"), ("n" * 256, "lead"), ("Ben", "owner")):
        assert eva.post("/people", name=name, role=role, site="all").status_code == 422


def test_roles_are_changed_and_the_last_administrator_stays(stores: Stores, site: Site, eva: Visitor) -> None:
    ana = add_person(stores, "Ana", Role.REVIEWER, site).reviewer
    other = add_site(stores, url="https://other.example")

    eva.post(f"/people/{ana.id}/role", role="lead", site=site.id)
    eva.post(f"/people/{ana.id}/role", role="viewer", site=other.id)
    assert set(person(stores, "Ana").reviewer.roles) == {(site.id, Role.LEAD), (other.id, Role.VIEWER)}
    eva.post(f"/people/{ana.id}/role", role="viewer", site=other.id, take="1")
    assert person(stores, "Ana").reviewer.roles == ((site.id, Role.LEAD),)

    own = f"/people/{person(stores, 'Eva').reviewer.id}"
    refused = [eva.post(f"{own}/disable"), eva.post(f"{own}/role", role="lead", site="all")]
    assert [answer.status_code for answer in refused] == [409, 409]
    assert "Nobody could administer any more" in refused[0].text
    assert person(stores, "Eva").reviewer.may(Role.ADMIN, None)


def test_an_administrator_of_one_site_manages_that_site_alone(app: Flask, stores: Stores, site: Site) -> None:
    other = add_site(stores, url="https://other.example")
    local = visitor(app, stores, joined(stores, "Local", Role.ADMIN, site))
    both = add_person(stores, "Both", Role.LEAD, site).reviewer
    with stores.database.write() as connection:
        people.set_role(connection, both.id, Role.REVIEWER, other.id)
    strange = add_person(stores, "Strange", Role.REVIEWER, other).reviewer
    own = add_person(stores, "Own", Role.REVIEWER, site).reviewer

    listed = local.get("/people").text
    assert ("Own" in listed, "Both" in listed, "Strange" in listed, "other.example" in listed) == (
        True,
        True,
        False,
        False,
    )
    statuses = {
        "strange": local.get(f"/people/{strange.id}").status_code,
        "strange role": local.post(f"/people/{strange.id}/role", role="lead", site=site.id).status_code,
        "close both": local.post(f"/people/{both.id}/disable").status_code,
        "link for both": local.post(f"/people/{both.id}/link").status_code,
        "everywhere": local.post(f"/people/{own.id}/role", role="admin", site="all").status_code,
        "elsewhere": local.post(f"/people/{own.id}/role", role="admin", site=other.id).status_code,
        "invite everywhere": local.post("/people", name="New", role="admin", site="all").status_code,
        "role here": local.post(f"/people/{both.id}/role", role="viewer", site=site.id).status_code,
        "close own": local.post(f"/people/{own.id}/disable").status_code,
    }

    assert statuses == {
        "strange": 404,
        "strange role": 404,
        "close both": 403,
        "link for both": 403,
        "everywhere": 403,
        "elsewhere": 404,
        "invite everywhere": 403,
        "role here": 303,
        "close own": 303,
    }


def test_whoever_is_no_administrator_has_no_page_of_people(app: Flask, stores: Stores, eva: Visitor) -> None:
    lead = visitor(app, stores, joined(stores, "Lea", Role.LEAD))
    target = f"/people/{person(stores, 'Eva').reviewer.id}"

    assert [lead.get("/people").status_code, lead.get(target).status_code] == [403, 403]
    for act in ("disable", "enable", "link", "revoke", "role"):
        assert lead.post(f"{target}/{act}", role="viewer", site="all").status_code == 403
    assert lead.post("/people", name="Mia", role="admin", site="all").status_code == 403
    assert eva.inside()


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(app: Flask, stores: Stores) -> None:
    ana = joined(stores, "Ana", Role.REVIEWER)
    here, there = visitor(app, stores, ana), visitor(app, stores, ana)

    wrong = here.post("/account/password", current="not it, sorry", password=OTHER, again=OTHER)
    short = here.post("/account/password", current=PASSWORD, password="short", again="short")
    assert ("present password is wrong" in wrong.text, "at least 12" in short.text) == (True, True)
    assert there.inside()
    assert here.post("/account/password", current=PASSWORD, password=OTHER, again=OTHER).status_code == 303

    assert (here.inside(), there.inside()) == (True, False)
    assert visitor(app, stores).sign_in("Ana", OTHER).status_code == 303


def test_sessions_are_seen_and_ended_one_by_one_and_all_together(app: Flask, stores: Stores) -> None:
    ana = joined(stores, "Ana", Role.REVIEWER)
    here, second, third = (visitor(app, stores, ana) for _ in range(3))
    stranger = visitor(app, stores, joined(stores, "Ben", Role.ADMIN))
    shown = here.get("/account").text
    assert shown.count("Firefox, Linux</b>") + shown.count('Firefox, Linux <span class="tag">') == 3
    ids = re.findall(r"/account/sessions/(ses_\w+)/end", shown)
    assert len(ids) == 2

    assert stranger.post(f"/account/sessions/{ids[0]}/end").status_code == 404
    here.post(f"/account/sessions/{ids[0]}/end")
    assert sum(one.inside() for one in (here, second, third)) == 2
    here.post("/account/sessions/end")

    assert [one.inside() for one in (here, second, third)] == [True, False, False]


def test_a_token_of_ones_own_opens_the_api_until_it_is_revoked(app: Flask, stores: Stores, as_nobody: Caller) -> None:
    ana = joined(stores, "Ana", Role.REVIEWER)
    here, stranger = visitor(app, stores, ana), visitor(app, stores, joined(stores, "Ben", Role.ADMIN))

    made = here.post("/account/tokens", name="night export", days="30")
    secret = re.search(r"gpr_[\w-]+", made.text)
    assert secret is not None
    caller = Caller(as_nobody.client, secret[0])
    assert caller.get("/v1/review/counts").status_code == 200
    shown = here.get("/account").text
    assert ("night export" in shown, "ends in 30 days" in shown, secret[0] in shown) == (True, True, False)
    with stores.database.read() as connection:
        (token, _) = credentials.live(connection, ana, "token")
    assert token.last_used_at is not None

    assert stranger.post(f"/account/tokens/{token.id}/revoke").status_code == 404
    assert here.post(f"/account/tokens/{token.id}/revoke").status_code == 303
    assert caller.get("/v1/review/counts").status_code == 401
    assert here.post("/account/tokens", name=" ").status_code == 422


def test_what_one_prefers_is_kept_with_the_account(app: Flask, stores: Stores) -> None:
    ana = joined(stores, "Ana", Role.REVIEWER)
    here, there = visitor(app, stores, ana), visitor(app, stores, ana)

    here.post("/account/preferences", language="de", hidden=["report", "rubbish", "appeal"])

    assert '<html lang="de">' in there.get("").text
    there.post("/language", language="en")
    assert '<html lang="en">' in here.get("").text
    kept = person(stores, "Ana").reviewer
    assert [kept.hides(reason) for reason in ("report", "appeal", "rubbish", "uncertain")] == [True, True, False, False]
    here.post("/account/preferences", hidden=["*", "report"])
    assert person(stores, "Ana").reviewer.hides("uncertain")
    here.post("/account/preferences")
    assert not person(stores, "Ana").reviewer.hides("report")


def test_where_people_come_by_https_the_session_is_locked_to_the_host(stores: Stores) -> None:
    public = replace(stores, settings=replace(stores.settings, public_url="https://gate.example"))
    app = create_app(public.settings, public)
    ana = joined(stores, "Ana", Role.REVIEWER)

    answer = Visitor(app.test_client()).sign_in_over_tls("Ana", PASSWORD)

    kept = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert {"__Host-gatepost"} <= set(kept)
    assert all(name.startswith("__Host-") for name in kept)
    for cookie in kept.values():
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}, cookie
        assert "Domain" not in cookie
    plain = visitor(app, public, ana)
    assert not plain.inside()
    close(app)


def test_whoever_has_no_role_any_more_sees_nothing(app: Flask, stores: Stores, site: Site, as_nobody: Caller) -> None:
    ana = add_person(stores, "Ana", Role.LEAD, site)
    with stores.database.write() as connection:
        people.set_role(connection, ana.reviewer.id, None, site.id)
    caller = Caller(as_nobody.client, ana.token)

    assert visitor(app, stores, ana.reviewer.id).inside()
    assert caller.get("/v1/review/items").get_json()["items"] == []
    assert caller.get("/v1/review/counts").get_json()["waiting"] == 0
    assert caller.post("/v1/review/leases", {"count": 1}).status_code == 403
    assert caller.get(f"/v1/review/items?site={site.id}").status_code == 404
