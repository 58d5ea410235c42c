"""Signing in by an identity provider: who is let in, and which answers are not believed."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from builders import add_person, close
from console_calls import visitor
from flask import Flask
from identity_provider import CLIENT, SECRET, IdentityProvider, provide
from joserfc.jwk import OctKey, RSAKey
from werkzeug.test import TestResponse

from models.errors import ConfigurationError, NotFound
from models.vocabulary import Role
from service.app import create_app
from service.single_sign_on import role_for
from store.records import people
from store.records.people import Person
from store.settings import load_settings
from store.stores import Stores


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with provide() as provider:
        yield provider


@pytest.fixture
def provider(running: IdentityProvider) -> IdentityProvider:
    """The provider, who says what it says to everybody."""
    fresh = IdentityProvider(url=running.url, key=running.published[0], published=running.published[:1])
    running.__dict__.update(fresh.__dict__)
    return running


def with_provider(stores: Stores, provider: IdentityProvider, **more: Any) -> Stores:
    given = {"oidc_issuer": provider.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    return replace(stores, settings=replace(stores.settings, **given, **more))


@pytest.fixture
def sso(stores: Stores, provider: IdentityProvider) -> Iterator[Flask]:
    """The application with a provider; strangers may not join."""
    told = with_provider(stores, provider)
    app = create_app(told.settings, told)
    yield app
    close(app)


def come_back(app: Flask, stores: Stores, provider: IdentityProvider, **changed: str) -> TestResponse:
    """Go to the provider, agree there, and come back."""
    browser = visitor(app, stores)
    sent = browser.get("/login/provider?next=/console/account")
    assert sent.headers["Location"].startswith(f"{provider.url}/authorize?")
    answer = browser.client.get("/console/login/back", query_string=provider.authorize(sent.location) | changed)
    if answer.status_code == 303:
        assert browser.inside()
    return answer


def person(stores: Stores, name: str) -> Person:
    with stores.database.read() as connection:
        return people.by_name(connection, name)


def test_a_verified_address_lets_its_owner_in_and_the_subject_is_known_from_then_on(
    sso: Flask, stores: Stores, provider: IdentityProvider
) -> None:
    ana = add_person(stores, "Ana@Blog.example", Role.LEAD).reviewer
    assert "/console/login/provider" in visitor(sso, stores).get("/login").text
    provider.claims = {"email": "ana@blog.example", "email_verified": True}
    assert come_back(sso, stores, provider).headers["Location"] == "/console/account"
    assert provider.asked["code_challenge_method"] == "S256"

    provider.claims = {"email": "new.name@blog.example", "email_verified": False}
    assert come_back(sso, stores, provider).status_code == 303
    provider.claims = {"sub": "person-2", "email": "ana@blog.example", "email_verified": True}
    assert come_back(sso, stores, provider).status_code == 403

    with stores.database.write() as connection:
        assert people.get(connection, ana.id).is_linked
        assert people.unlink(connection, ana.id)
    assert come_back(sso, stores, provider).status_code == 303

    with stores.database.write() as connection:
        people.disable(connection, ana.id)
    assert come_back(sso, stores, provider).status_code == 403


def test_an_address_that_is_not_verified_and_a_stranger_are_not_let_in(
    sso: Flask, stores: Stores, provider: IdentityProvider
) -> None:
    add_person(stores, "ana@blog.example", Role.ADMIN)

    for claims in (
        {"email": "ana@blog.example"},
        {"email": "ana@blog.example", "email_verified": "true"},
        {"email": "eve@blog.example", "email_verified": True},
        {"preferred_username": "ana@blog.example"},
    ):
        provider.claims = claims
        assert come_back(sso, stores, provider).status_code == 403, claims
    with pytest.raises(NotFound):
        person(stores, "eve@blog.example")


def test_answers_that_cannot_be_believed_let_nobody_in(sso: Flask, stores: Stores, provider: IdentityProvider) -> None:
    add_person(stores, "ana@blog.example", Role.ADMIN)
    right = {"email": "ana@blog.example", "email_verified": True}
    now = int(time.time())
    bad: list[dict[str, Any]] = [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"nonce": "of another sign-in"},
        {"exp": now - 3600},
        {"exp": None},
        {"iat": now + 3600},
        {"sub": ""},
    ]
    for wrong in bad:
        provider.claims = right | wrong
        assert come_back(sso, stores, provider).status_code == 422, wrong
    provider.claims = right
    for changed in ({"state": "forged"}, {"code": "code-2"}, {"code": ""}):
        assert come_back(sso, stores, provider, **changed).status_code == 422, changed

    provider.key = RSAKey.generate_key(2048, {"kid": "first"})
    assert come_back(sso, stores, provider).status_code == 422
    provider.key = OctKey.import_key("a secret that the provider never had")  # type: ignore[assignment]
    provider.header = {"alg": "HS256", "kid": "first"}
    assert come_back(sso, stores, provider).status_code == 422
    stranger = visitor(sso, stores)
    assert stranger.client.get("/console/login/back?code=code-1&state=x").status_code == 422
    assert not stranger.inside()


def test_a_key_that_the_provider_took_since_is_looked_up(
    sso: Flask, stores: Stores, provider: IdentityProvider
) -> None:
    add_person(stores, "ana@blog.example")
    provider.claims = {"email": "ana@blog.example", "email_verified": True}
    assert come_back(sso, stores, provider).status_code == 303

    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    provider.header = {"alg": "RS256", "kid": "second"}
    provider.published = [provider.key]

    assert come_back(sso, stores, provider).status_code == 303
    provider.published = [RSAKey.generate_key(2048, {"kid": "first"})]


def test_strangers_join_where_the_settings_say_so_and_never_as_administrators(
    stores: Stores, provider: IdentityProvider
) -> None:
    open_ = with_provider(
        stores, provider, oidc_join=True, oidc_role_claim="groups", oidc_roles="mods=reviewer, leads=lead"
    )
    app = create_app(open_.settings, open_)
    provider.claims = {"email": "eve@blog.example", "email_verified": True, "groups": ["mods", "leads", "admin"]}
    assert come_back(app, open_, provider).status_code == 303
    provider.claims = {"sub": "person-2", "preferred_username": "gast"}
    assert come_back(app, open_, provider).status_code == 303
    provider.claims = {"sub": "person-3", "preferred_username": "gast"}
    assert come_back(app, open_, provider).status_code == 403
    close(app)

    assert person(stores, "eve@blog.example").reviewer.roles == ((None, Role.LEAD),)
    assert person(stores, "gast").reviewer.roles == ((None, Role.VIEWER),)
    assert role_for(replace(open_.settings, oidc_roles=""), ("admin",)) is Role.VIEWER


def test_a_provider_that_is_away_says_try_again(stores: Stores, provider: IdentityProvider) -> None:
    away = with_provider(stores, replace(provider, url="http://127.0.0.1:1"))
    app = create_app(away.settings, away)

    assert visitor(app, away).get("/login/provider").status_code == 503
    close(app)


def test_without_a_provider_there_is_no_such_way(app: Flask, stores: Stores) -> None:
    assert visitor(app, stores).get("/login/provider").status_code == 404
    assert visitor(app, stores).get("/login/back").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEPOST_OIDC_ISSUER", "http://login.example"),
        ("GATEPOST_OIDC_CLIENT_SECRET", ""),
        ("GATEPOST_OIDC_ROLES", "chiefs=admin"),
        ("GATEPOST_OIDC_ROLES", "chiefs"),
        ("GATEPOST_OIDC_JOIN", "perhaps"),
    ],
)
def test_settings_of_a_provider_that_make_no_sense_stop_the_start(name: str, value: str) -> None:
    given = {
        "GATEPOST_SECRET_KEY": "k" * 32,
        "GATEPOST_OIDC_ISSUER": "https://login.example",
        "GATEPOST_OIDC_CLIENT_ID": "gatepost",
        "GATEPOST_OIDC_CLIENT_SECRET": "secret",
    }
    load_settings(given, data="/nowhere")

    with pytest.raises(ConfigurationError, match="GATEPOST_OIDC"):
        load_settings(given | {name: value}, data="/nowhere")
