"""The way to the identity provider and back."""

import hmac
import time

from flask import Blueprint, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response

from models.errors import Forbidden
from service.console.admission import Admission
from service.console.guard import destination, message_page
from service.console.texts import say
from service.oidc import Provider, SignInRefused
from service.single_sign_on import recognise
from store.stores import Stores

WAITED_SECONDS = 600
_KEPT = "sign_in"


def add_routes(routes: Blueprint, stores: Stores, admission: Admission, provider: Provider | None) -> None:
    """`/console/login/provider` and `/console/login/back`; neither is there without a provider."""

    @routes.get("/login/provider")
    def to_provider() -> Response:
        if provider is None:
            abort(404)
        started = provider.start()
        # In the signed cookie of this browser, so that nobody else's sign-in can be brought to an end in it.
        session[_KEPT] = [started.state, started.nonce, started.verifier, destination(), int(time.time())]
        return redirect(started.url, 303)

    @routes.get("/login/back")
    def from_provider() -> Response:
        if provider is None:
            abort(404)
        kept = session.pop(_KEPT, None)
        state, code = request.args.get("state", ""), request.args.get("code", "")
        if kept is None or not code or not hmac.compare_digest(kept[0].encode(), state.encode("utf-8", "replace")):
            return _refused()
        if time.time() - kept[4] > WAITED_SECONDS:
            return _refused()
        try:
            found = recognise(stores, provider.finish(code, kept[1], kept[2]))
        except SignInRefused:
            return _refused()
        except Forbidden:
            return message_page(403, say("error.403.title"), say("provider.unknown"))
        return admission.admit(found, kept[3] or url_for("console.queue"))


def _refused() -> Response:
    return message_page(422, say("provider.refused.title"), say("provider.refused"))
