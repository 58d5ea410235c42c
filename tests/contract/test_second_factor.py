"""Signing in with a one-time code, as the console asks for it."""

import re
import time
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from builders import Caller, add_person, close, query
from console_calls import Visitor, visitor
from flask import Flask
from sqlalchemy import select

from models.errors import ConfigurationError
from models.totp import STEP_SECONDS, code_at
from models.vocabulary import Role
from service.app import create_app
from service.second_factor import SecondFactors
from store import sealing
from store.records import people, reviewers, second_factors
from store.records.people_tables import second_factors as table
from store.records.reviewers import Reviewer
from store.stores import Stores

PASSWORD = "copper lantern meadow"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def with_password(stores: Stores, name: str, role: Role = Role.REVIEWER) -> Reviewer:
    added = add_person(stores, name, role).reviewer
    with stores.database.write() as connection:
        reviewers.set_password_hash(connection, added.id, HASH)
    return replace(added, password_hash=HASH)


def code(stores: Stores, reviewer: Reviewer, steps: int = 0) -> str:
    """The code of now, or of so many steps later."""
    with stores.database.read() as connection:
        factor = second_factors.get(connection, reviewer.id)
    assert factor is not None
    secret = sealing.unseal(stores.settings.secret_key, "second factor", factor.sealed)
    return code_at(secret, int(time.time() // STEP_SECONDS) + steps)


def set_up(stores: Stores, reviewer: Reviewer, there: Visitor) -> list[str]:
    """Turn the second factor on by the code before; the recovery codes. Codes of now are left to be used."""
    there.post("/account/factor")
    answer = there.post("/account/factor/confirm", code=code(stores, reviewer, -1))
    assert answer.status_code == 200, answer.text
    return re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", answer.text)


def test_signing_in_asks_for_a_code_that_counts_once(app: Flask, stores: Stores, as_nobody: Caller) -> None:
    ana = with_password(stores, "Ana")
    here, other = visitor(app, stores, ana.id), visitor(app, stores, ana.id)
    here.post("/account/factor")
    page = here.get("/account/factor").text
    assert ("<svg" in page, "otpauth://totp/Gatepost:Ana?secret=" in page, "style=" in page) == (True, True, False)
    assert here.post("/account/factor/confirm", code="000000").status_code == 422
    codes = set_up(stores, ana, here)
    assert len(set(codes)) == 10
    assert (here.inside(), other.inside()) == (True, False)

    there = visitor(app, stores)
    answer = there.sign_in("Ana", PASSWORD)
    assert answer.headers["Location"].startswith("/console/login/code")
    assert not there.inside()
    half = there.client.get_cookie("gatepost")
    assert half is not None
    assert as_nobody.get("/v1/review/counts", Cookie=f"gatepost={half.value}").status_code == 401
    now = code(stores, ana)
    assert there.post("/login/code", page="/login/code", code=now).status_code == 303
    assert there.inside()

    replayed = visitor(app, stores)
    replayed.sign_in("Ana", PASSWORD)
    assert replayed.post("/login/code", page="/login/code", code=now).status_code == 422
    assert replayed.post("/login/code", page="/login/code", code=codes[0].upper().replace("-", " ")).status_code == 303
    assert replayed.inside()
    again = visitor(app, stores)
    again.sign_in("Ana", PASSWORD)
    assert again.post("/login/code", page="/login/code", code=codes[0]).status_code == 422
    assert visitor(app, stores).get("/login/code").headers["Location"] == "/console/login"


def test_recovery_codes_are_renewed_by_a_code_and_the_old_ones_die(app: Flask, stores: Stores) -> None:
    ana = with_password(stores, "Ana")
    here, other = visitor(app, stores, ana.id), visitor(app, stores)
    old = set_up(stores, ana, here)

    assert here.post("/account/factor/codes", code="000000").status_code == 422
    answer = here.post("/account/factor/codes", code=old[0])
    new = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", answer.text)

    assert (len(new), len({*old, *new})) == (10, 20)
    other.sign_in("Ana", PASSWORD)
    assert [other.post("/login/code", page="/login/code", code=one).status_code for one in (old[1], new[0])] == [
        422,
        303,
    ]
    assert other.inside()
    nobody = with_password(stores, "Ben")
    assert visitor(app, stores, nobody.id).post("/account/factor/codes", code="000000").status_code == 422


def test_codes_cannot_be_guessed_on_and_on(app: Flask, stores: Stores) -> None:
    ana = with_password(stores, "Ana")
    codes = set_up(stores, ana, visitor(app, stores, ana.id))
    there = visitor(app, stores)
    there.sign_in("Ana", PASSWORD)

    statuses = [there.post("/login/code", page="/login/code", code="123456").status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]
    assert there.post("/login/code", page="/login/code", code=codes[0]).status_code == 429


def test_a_factor_is_turned_off_by_its_owner_with_a_code_or_by_an_administrator(app: Flask, stores: Stores) -> None:
    ana, eva = with_password(stores, "Ana"), with_password(stores, "Eva", Role.ADMIN)
    here, admin = visitor(app, stores, ana.id), visitor(app, stores, eva.id)
    set_up(stores, ana, here)
    assert here.post("/account/factor/remove", code="000000").status_code == 422
    assert here.post("/account/factor/remove", code=code(stores, ana)).status_code == 303
    assert not SecondFactors(stores).is_on(ana)

    set_up(stores, ana, here)
    assert here.post(f"/people/{eva.id}/factor").status_code == 403
    assert admin.post(f"/people/{ana.id}/factor").status_code == 303

    assert not here.inside()
    assert visitor(app, stores).sign_in("Ana", PASSWORD).headers["Location"] == "/console"


def test_where_it_is_required_nothing_else_opens_before_it_is_set_up(stores: Stores) -> None:
    strict = replace(stores, settings=replace(stores.settings, require_totp=True))
    app = create_app(strict.settings, strict)
    ana = with_password(stores, "Ana")
    here = visitor(app, strict, ana.id)
    cookie = here.client.get_cookie("gatepost")
    assert cookie is not None
    api = Caller(app.test_client(use_cookies=False), None)

    assert here.get("").headers["Location"] == "/console/account/factor"
    assert here.post("/account/tokens", page="/account/factor", name="mine").headers["Location"].endswith("/factor")
    assert api.get("/v1/review/counts", Cookie=f"gatepost={cookie.value}").status_code == 403
    set_up(strict, ana, here)

    assert here.inside()
    assert api.get("/v1/review/counts", Cookie=f"gatepost={cookie.value}").status_code == 200
    close(app)


def test_the_database_alone_does_not_give_the_secret(app: Flask, stores: Stores) -> None:
    ana = with_password(stores, "Ana")
    codes = set_up(stores, ana, visitor(app, stores, ana.id))
    (sealed,) = query(stores, select(table.c.sealed))

    secret = sealing.unseal(stores.settings.secret_key, "second factor", sealed)
    assert secret not in sealed.encode()
    for key, purpose in (("another key, of enough characters", "second factor"), (stores.settings.secret_key, "other")):
        with pytest.raises(ConfigurationError, match="GATEPOST_SECRET_KEY"):
            sealing.unseal(key, purpose, sealed)
    with stores.database.read() as connection:
        assert second_factors.codes_left(connection, ana.id) == len(codes) == 10
        assert people.by_name(connection, "Ana").has_factor
