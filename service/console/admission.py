"""How a visitor becomes somebody: the session that a sign-in opens, at once or after a one-time code."""

from urllib.parse import urlencode

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from service import cookies
from service.auth import Authenticator
from service.cookies import cookies_of
from service.second_factor import SecondFactors
from store.records import reviewers
from store.records.reviewers import Reviewer
from store.stores import Stores


class Admission:
    """Opens and ends sessions of the console."""

    def __init__(self, stores: Stores, authenticator: Authenticator, factors: SecondFactors) -> None:
        self._stores = stores
        self._authenticator = authenticator
        self._factors = factors
        self._cookies = cookies_of(stores.settings)

    def admit(self, reviewer: Reviewer, to: str) -> Response:
        """Let somebody in who has shown a password, or ask for the code where a second factor is set up."""
        if not self._factors.is_on(reviewer):
            return self.enter(reviewer, to)
        self.end_session()
        with self._stores.database.write() as connection:
            secret = reviewers.new_half_session(connection, reviewer.id)
        answer = redirect(f"{url_for('console.code')}?{urlencode({'next': to})}", 303)
        self._cookies.put(answer, cookies.SESSION, secret)
        return answer

    def half_way(self) -> Reviewer | None:
        """Who has shown a password in this browser and must still show a code."""
        secret = request.cookies.get(self._authenticator.session_cookie, "")
        return self._authenticator.lookup(secret, "half") if secret else None

    def enter(self, reviewer: Reviewer, to: str) -> Response:
        """Start a new session; whatever the browser held before is forgotten, the form secret too."""
        self.end_session()
        with self._stores.database.write() as connection:
            secret = reviewers.new_session(connection, reviewer.id, request.headers.get("User-Agent"))
        answer = redirect(to, 303)
        self._cookies.put(answer, cookies.SESSION, secret)
        return answer

    def leave(self, to: str) -> Response:
        """End the session and have the browser forget it."""
        self.end_session()
        answer = redirect(to, 303)
        self._cookies.drop(answer, cookies.SESSION)
        return answer

    def end_session(self) -> None:
        """End what this browser has open."""
        session.clear()
        secret = request.cookies.get(self._authenticator.session_cookie)
        if secret:
            with self._stores.database.write() as connection:
                reviewers.end_secret(connection, secret)
