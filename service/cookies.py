"""The cookies of the console: locked to the host and to TLS where people come by https, else plain."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from store.settings import Settings

SESSION = "gatepost"
FORM = "gatepost-form"
LANGUAGE = "gatepost-language"


@dataclass(frozen=True, slots=True)
class Cookies:
    """How cookies are named and kept. `secure`: only over TLS, with the prefix by which browsers hold us to that.

    Browsers other than Chromium give no `__Host-` cookie to http, not even on the loopback, so there they are plain.
    """

    secure: bool

    def name(self, plain: str) -> str:
        """What a cookie is called here."""
        return f"__Host-{plain}" if self.secure else plain

    def put(self, answer: Response, plain: str, value: str, max_age: int | None = None) -> None:
        """Set a cookie that scripts and other sites do not get."""
        answer.set_cookie(
            self.name(plain), value, max_age=max_age, secure=self.secure, httponly=True, samesite="Lax", path="/"
        )

    def drop(self, answer: Response, plain: str) -> None:
        """Have the browser forget a cookie."""
        answer.delete_cookie(self.name(plain), secure=self.secure, httponly=True, samesite="Lax", path="/")


def cookies_of(settings: Settings) -> Cookies:
    """The cookies of this installation: by the address at which people reach it."""
    return Cookies(urlsplit(settings.base_url).scheme == "https")
