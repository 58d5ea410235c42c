"""What stands before and behind every page: who is signed in, where a form came from, and how errors look."""

import re
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Blueprint, Flask, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from models.errors import GatepostError
from service import problems
from service.auth import Authenticator
from service.console.texts import LANGUAGES, TEXTS, language, say, say_or
from service.problems import Problem

OPEN_TO_ALL = frozenset(
    f"console.{page}"
    for page in (
        "login",
        "sign_in",
        "join",
        "set_password",
        "nothing_here",
        "choose_language",
        "code",
        "check_code",
        "to_provider",
        "from_provider",
    )
)
OPEN_WITHOUT_FACTOR = OPEN_TO_ALL | {
    f"console.{page}" for page in ("logout", "factor", "begin_factor", "confirm_factor", "remove_factor")
}
FORM_SECONDS = 12 * 3600
_OWN_PATH = re.compile(r"/console(?:[/?][!-\[\]-~]*)?")
_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")

log = structlog.get_logger()


def stand(app: Flask, routes: Blueprint, authenticator: Authenticator) -> None:
    """Put the guards before the blueprint's routes, and its error pages behind them."""
    csrf = _csrf(app)

    @routes.before_request
    def refuse_nul() -> None:
        # No id, name or word has it, and PostgreSQL keeps none.
        if "\0" in request.path or any("\0" in value for value in request.args.values()):
            abort(404)

    @routes.before_request
    def refuse_foreign_forms() -> None:
        if request.method in _UNSAFE and not _from_here():
            raise CSRFError
        csrf.protect()

    @routes.before_request
    def require_session() -> AnyResponse | None:
        secret = request.cookies.get(authenticator.session_cookie, "")
        g.opened = authenticator.opened(secret, "session") if secret else None
        g.reviewer = None if g.opened is None else g.opened.reviewer
        if g.reviewer is None and request.endpoint not in OPEN_TO_ALL and wants_json():
            return message_page(401, say("error.401.title"), say("error.401"))
        if g.reviewer is None and request.endpoint not in OPEN_TO_ALL:
            return redirect(_login_url(), 303)
        if g.reviewer is not None and request.endpoint not in OPEN_WITHOUT_FACTOR and authenticator.lacks(g.reviewer):
            return redirect(url_for("console.factor"), 303)
        return None

    _error_pages(routes)


def message_page(status: int, title: str, text: str, **more: str) -> Response:
    """A page that says one thing; the same as JSON for the page's own script. `more`: `item` to open again."""
    if wants_json():
        return make_response({"title": title, "text": text}, status)
    page = render_template("message.html", title=title, text=text, came_from=_came_from(), **more)
    return make_response(page, status)


def _came_from() -> str | None:
    """The page of the console from which this was asked, so that whoever mistyped something finds back to it."""
    came = urlsplit(request.referrer or "")
    path = f"{came.path}?{came.query}" if came.query else came.path
    return path if came.netloc == request.host and _OWN_PATH.fullmatch(path) and ".." not in path else None


def destination() -> str:
    """Where the request's `next` leads: a page of the console, never another place."""
    wanted = request.values.get("next", "")
    if _OWN_PATH.fullmatch(wanted) and ".." not in wanted:
        return wanted
    return url_for("console.queue")


def wants_json() -> bool:
    """Whether the page's own script asks, which reads JSON."""
    return request.headers.get("Accept") == "application/json"


def _csrf(app: Flask) -> CSRFProtect:
    # Only the console's forms are checked, by hand above: the API has no cookies to protect. Where a form comes
    # from is seen by Sec-Fetch-Site or Origin, so the Referer, which people may switch off, is not needed.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=FORM_SECONDS, WTF_CSRF_SSL_STRICT=False)
    csrf = CSRFProtect()
    csrf.init_app(app)
    return csrf


def _from_here() -> bool:
    """Whether the browser says that this form is ours. A client that says nothing still needs the token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _login_url() -> str:
    login = url_for("console.login")
    if request.method in ("GET", "HEAD") and request.endpoint != "console.queue":
        return f"{login}?{urlencode({'next': request.full_path.rstrip('?')})}"
    return login


def _error_pages(routes: Blueprint) -> None:
    @routes.errorhandler(CSRFError)
    def on_form(_: CSRFError) -> Response:
        return message_page(403, say("error.403.title"), say("error.form"))

    @routes.errorhandler(Problem)
    def on_problem(problem: Problem) -> Response:
        return message_page(problem.status, _title(problem.status), _detail(problem))

    @routes.errorhandler(GatepostError)
    def on_error(error: GatepostError) -> Response:
        problem = problems.from_error(error)
        page = message_page(problem.status, _title(problem.status), _detail(problem))
        if problem.status == 503:
            log.warning("unavailable", error=type(error).__name__)
            page.headers["Retry-After"] = problems.RETRY_SECONDS
        return page

    @routes.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.response)
        status = error.code or 500
        page = message_page(status, _title(status), say_or(f"error.{status}", say("error.400")))
        if allowed := dict(error.get_headers()).get("Allow"):
            page.headers["Allow"] = allowed
        return page

    @routes.errorhandler(Exception)
    def on_unexpected(error: Exception) -> Response:
        log.exception("unexpected", error=type(error).__name__)
        return message_page(500, say("error.title"), say("error.unexpected", request_id=problems.request_id()))


def _title(status: int) -> str:
    return say_or(f"error.{status}.title", say("error.title" if status >= 500 else "error.400.title"))


def _detail(problem: Problem) -> str:
    """What the problem says itself; where that is English and another language is read, what its status means."""
    translated = (texts[LANGUAGES.index(language())] for texts in TEXTS.values())
    if language() == LANGUAGES[0] or problem.detail in translated:
        return problem.detail
    return say_or(f"error.{problem.status}", problem.detail)
