"""A small identity provider on the loopback: it publishes itself and its keys, and gives tokens for its codes."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "gatepost", "a secret & more"


@dataclass
class IdentityProvider:
    """What the next token says is `claims`, over what every token says."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    published: list[RSAKey] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "first"})
    asked: dict[str, str] = field(default_factory=dict)

    def authorize(self, location: str) -> dict[str, str]:
        """Somebody agrees on the provider's page: what the browser brings back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return {"code": "code-1", "state": self.asked["state"]}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a code."""
        pair = base64.b64encode(b"gatepost:a%20secret%20%26%20more").decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = (
            authorization == f"Basic {pair}"
            and form.get("code") == "code-1"
            and form.get("redirect_uri") == self.asked["redirect_uri"]
            and challenge.decode().rstrip("=") == self.asked["code_challenge"]
        )
        if not right:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
        }
        return 200, {"id_token": jwt.encode(self.header, said | self.claims, self.key), "token_type": "Bearer"}


@contextmanager
def provide() -> Iterator[IdentityProvider]:
    """A provider that runs."""
    provider = IdentityProvider()
    provider.published = [provider.key]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
                self._say(200, {"issuer": provider.url} | {k: f"{provider.url}/{v}" for k, v in endpoints.items()})
            else:
                self._say(200, {"keys": [key.as_dict(private=False) for key in provider.published]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*provider.token(form, self.headers.get("Authorization", "")))

        def _say(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    thread.join(10)
    server.server_close()
