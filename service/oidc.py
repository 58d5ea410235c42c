"""Signing in by an identity provider: OpenID Connect Core 1.0, authorization code with PKCE, state and nonce.

The one place of this package that sends HTTP, to the provider that the settings name and to nobody else.
"""

import base64
import hashlib
import hmac
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from models.errors import Refused, Unavailable
from store.settings import Settings, is_sheltered

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 1024 * 1024
KEPT_SECONDS = 600.0
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class SignInRefused(Refused):
    """The provider's answer cannot be believed; begin the sign-in again."""


class ProviderAway(Unavailable):
    """The identity provider does not answer, or not in its own protocol; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that has begun: where the browser goes, and what must come back with it."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at the provider. `email` only where the provider says that it is verified."""

    issuer: str
    subject: str
    email: str | None
    name: str | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    value: dict[str, Any]
    until: float


class Provider:
    """The identity provider of the settings. What it publishes of itself is remembered for ten minutes."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.issuer = settings.oidc_issuer
        self.host = urlsplit(settings.oidc_issuer).netloc
        self._settings = settings
        self._clock = clock
        self._redirect_uri = f"{settings.base_url}/console/login/back"
        self._known: dict[str, _Known] = {}

    def start(self) -> Started:
        """Begin a sign-in. Raises ProviderAway."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        where = self._endpoint("authorization_endpoint")
        return Started(f"{where}{'&' if '?' in where else '?'}{urlencode(query)}", state, nonce, verifier)

    def finish(self, code: str, nonce: str, verifier: str) -> Identity:
        """Exchange the code and believe the ID token. Raises SignInRefused, ProviderAway."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        answer = self._ask(self._endpoint("token_endpoint"), fields)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignInRefused("The provider did not accept the sign-in.")
        return self._identity(self._claims(token), nonce)

    def _claims(self, token: str) -> dict[str, Any]:
        for fresh in (False, True):  # A provider changes its keys; an unknown one is looked up once more.
            try:
                keys = KeySet.import_key_set(self._get(self._endpoint("jwks_uri"), fresh=fresh))  # type: ignore[arg-type]
                return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError, KeyError, TypeError):
                continue
        raise SignInRefused("The provider's token has no signature that can be believed.")

    def _identity(self, claims: Mapping[str, Any], nonce: str) -> Identity:
        now, audience = self._clock(), claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, subject = claims.get("exp"), claims.get("sub")
        believed = (
            claims.get("iss") == self.issuer
            and self._settings.oidc_client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == self._settings.oidc_client_id)
            and isinstance(expires, int | float)
            and expires > now - LEEWAY_SECONDS
            and isinstance(claims.get("iat"), int | float)
            and claims["iat"] < now + LEEWAY_SECONDS
            and hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            and isinstance(subject, str)
            and 0 < len(subject) <= 255
        )
        if not believed:
            raise SignInRefused("The provider's token is for somebody else, too old, or not of this sign-in.")
        verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
        return Identity(
            self.issuer,
            str(subject),
            str(claims["email"]) if verified else None,
            _text(claims.get("preferred_username")) or _text(claims.get("name")),
            _groups(claims.get(self._settings.oidc_role_claim)) if self._settings.oidc_role_claim else (),
        )

    def _endpoint(self, name: str) -> str:
        found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        where = found.get(name)
        if found.get("issuer") != self.issuer or not isinstance(where, str) or not is_sheltered(where):
            raise ProviderAway("What the identity provider says of itself does not fit GATEPOST_OIDC_ISSUER.")
        return where

    def _get(self, url: str, *, fresh: bool = False) -> dict[str, Any]:
        known = self._known.get(url)
        if known is not None and known.until > time.monotonic() and not fresh:
            return known.value
        value = self._ask(url, None)
        self._known[url] = _Known(value, time.monotonic() + KEPT_SECONDS)
        return value

    def _ask(self, url: str, fields: Mapping[str, str] | None) -> dict[str, Any]:
        """A JSON object from the provider; follows no redirect. `fields` None reads, else a form is sent."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            if fields is None:
                connection.request("GET", target, headers={"Accept": "application/json"})
            else:
                connection.request("POST", target, urlencode(fields), self._client_headers())
            answer = connection.getresponse()
            body = answer.read(MAX_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise ProviderAway("The identity provider does not answer; try again in a moment.") from error
        finally:
            connection.close()
        if fields is not None and 400 <= answer.status < 500:
            return {}
        try:
            value = orjson.loads(body) if answer.status == 200 and len(body) <= MAX_BYTES else None
        except orjson.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            raise ProviderAway(f"The identity provider answered {answer.status} where a JSON object was expected.")
        return value

    def _client_headers(self) -> dict[str, str]:
        pair = f"{quote(self._settings.oidc_client_id, safe='')}:{quote(self._settings.oidc_client_secret, safe='')}"
        return {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        }


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _groups(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
