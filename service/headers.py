"""What stands in the head of every answer: security headers, the request's id, and whether it may be kept.

Around the application, as WSGI has it (PEP 3333), since Flask's own hooks cost each request several times as much.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from store.ids import new_id

REQUEST_ID = "gatepost.request_id"
_SENT_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_KEPT = ("/console/static/", "/docs/files/")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SECURITY = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
]
_NO_STORE = ("Cache-Control", "no-store")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WithHeaders:
    """An application whose answers carry these headers. The id is in the request's environment as REQUEST_ID."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = environ[REQUEST_ID] = sent if _SENT_ID.fullmatch(sent) else new_id("req")
        kept = environ.get("PATH_INFO", "").startswith(_KEPT)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            headers = [*headers, *SECURITY, ("X-Request-Id", request_id)]
            if not kept and not any(name.lower() == "cache-control" for name, _ in headers):
                headers.append(_NO_STORE)
            return start_response(status, headers, *error)

        return self._application(environ, start)
