"""The calls of the Akismet wire, `/1.1/*` and `/1.2/*`: translate, then submit like everybody else."""

import secrets
import time
from collections.abc import Callable, Sequence

import orjson
from flask import Blueprint, Flask, Response, request

from models.errors import GatepostError
from models.vocabulary import LabelKind
from service.akismet import fields, form, usage, verdicts
from service.akismet.door import Door, TurnedAway, blog_of
from service.akismet.form import Form, Unreadable
from service.akismet.verdicts import Verdict
from service.feedback import Corrections
from service.intake import Intake, Standing
from store.ids import new_id
from store.records import comments, decisions, foreign
from store.records.comments import CommentRecord
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores

BUDGET_SECONDS = 0.7
RECHECKS = ("recheck_queue", "retry")


def register(app: Flask, stores: Stores, intake: Intake) -> None:
    """Add the routes of the wire. Its answers are its own, errors included."""
    routes = Blueprint("akismet", __name__)
    wire = AkismetWire(stores, intake)
    known: dict[str, Callable[[Form], Response]] = {
        "1.1/verify-key": wire.verify_key,
        "1.1/comment-check": wire.comment_check,
        "1.1/submit-spam": wire.submit_spam,
        "1.1/submit-ham": wire.submit_ham,
        "1.1/deactivate": wire.deactivate,
        "1.1/token": wire.token,
        "1.1/get-subscription": wire.get_subscription,
        "1.1/get-stats": wire.get_stats,
        "1.2/usage-limit": wire.usage_limit,
        "1.2/key-sites": wire.key_sites,
    }

    def answering(call: Callable[[Form], Response]) -> Callable[[], Response]:
        def answer() -> Response:
            try:
                return call(form.read(request))
            except (TurnedAway, Unreadable) as why:
                return verdicts.invalid(str(why))

        return answer

    for path, call in known.items():
        routes.add_url_rule(f"/{path}", path.replace(".", "_"), answering(call), methods=["GET", "POST"])

    @routes.route("/1.1/test")
    def test() -> Response:
        return verdicts.plain("connected")

    @routes.route("/1.1/<path:call>", methods=["GET", "POST"])
    @routes.route("/1.2/<path:call>", methods=["GET", "POST"])
    def unknown(call: str) -> Response:  # noqa: ARG001
        return verdicts.invalid("There is no such call.")

    @routes.errorhandler(GatepostError)
    def on_error(error: GatepostError) -> Response:
        return verdicts.invalid(str(error)) if error.permanent else verdicts.unavailable()

    app.register_blueprint(routes)


class AkismetWire:
    """One method a call: a form in, an answer out. Each may raise TurnedAway."""

    def __init__(self, stores: Stores, intake: Intake) -> None:
        self._stores = stores
        self._intake = intake
        self._door = Door(stores)
        self._corrections = Corrections(stores)

    def verify_key(self, sent: Form) -> Response:
        """Whether the key opens this wire for the blog."""
        blog_of(sent, self._site(sent))
        return verdicts.plain("valid")

    def comment_check(self, sent: Form) -> Response:
        """`true` for spam, `false` for ham, within 0.8 s."""
        began = time.monotonic()
        site = self._site(sent)
        blog = blog_of(sent, site)
        if fields.is_by_administrator(sent):
            return _answer(Verdict(verdicts.HAM), new_id("cmt"))
        if fields.is_guaranteed_spam(sent):
            return _answer(Verdict(verdicts.SPAM), new_id("cmt"))
        known = self._known(sent, site) if sent.get("recheck_reason") in RECHECKS else None
        if known is None:
            known = self._submit(site, fields.new_comment(sent, site, blog), began)
        return _answer(verdicts.of(site, known, self._probability(known)), known.id)

    def submit_spam(self, sent: Form) -> Response:
        """The website says that it is spam."""
        return self._feedback(sent, LabelKind.SPAM)

    def submit_ham(self, sent: Form) -> Response:
        """The website says that it is not spam."""
        return self._feedback(sent, LabelKind.HAM)

    def deactivate(self, sent: Form) -> Response:
        """A client was switched off. Its key stays: others may use it, and it comes back with the same one."""
        self._site(sent)
        return verdicts.plain("deactivated")

    def token(self, sent: Form) -> Response:
        """A text for pages that we do not have."""
        self._site(sent)
        return verdicts.plain(secrets.token_urlsafe(24))

    def get_subscription(self, sent: Form) -> Response:
        """What a client wants to see before it keeps a key."""
        return _json(usage.subscription(self._site(sent)))

    def get_stats(self, sent: Form) -> Response:
        """Numbers for the client's dashboard."""
        return _json(usage.stats(self._stores, self._site(sent), sent))

    def usage_limit(self, sent: Form) -> Response:
        """How much of the limit is used; there is none."""
        return _json(usage.limit(self._stores, self._site(sent), sent))

    def key_sites(self, sent: Form) -> Response:
        """A month by blog."""
        shown, content_type = usage.key_sites(self._stores, self._site(sent), sent)
        return Response(shown if isinstance(shown, str) else orjson.dumps(shown), content_type=content_type)

    def _site(self, sent: Form) -> Site:
        return self._door.site(sent, request.headers.get("Host", ""), request.remote_addr or "")

    def _feedback(self, sent: Form, kind: LabelKind) -> Response:
        began = time.monotonic()
        site = self._site(sent)
        blog = blog_of(sent, site)
        if not (fields.is_by_administrator(sent) or fields.is_guaranteed_spam(sent) or fields.is_test(sent)):
            known = self._known(sent, site) or self._submit(site, fields.new_comment(sent, site, blog), began)
            self._corrections.say(site.id, known.id, kind)
        return verdicts.plain(verdicts.THANKS)

    def _known(self, sent: Form, site: Site) -> CommentRecord | None:
        """The comment that the call is about, by our id or by its content."""
        guid = fields.sent_guid(sent)
        with self._stores.database.read() as connection:
            record = comments.get(connection, guid, site.id) if guid else None
            if record is None:
                found = foreign.find(
                    connection, site.id, fields.WIRE, fields.fingerprint(sent, site), fields.foreign_id(sent)
                )
                record = None if found is None else comments.get(connection, found, site.id)
        return record

    def _submit(self, site: Site, new: NewComment, began: float) -> CommentRecord:
        """Record the comment and wait for its decision as long as a client may be made to wait."""
        seen: list[CommentRecord] = []

        def render(standings: Sequence[Standing]) -> tuple[int, str]:
            seen.append(standings[0].comment)
            return 200, ""

        left = BUDGET_SECONDS - (time.monotonic() - began)
        self._intake.submit(site, [new], render, wait_seconds=max(0.0, left))
        return seen[-1]

    def _probability(self, record: CommentRecord) -> float | None:
        """What the model said of the comment, if it spoke."""
        if record.decision is None or record.decision.probability is not None:
            return None if record.decision is None else record.decision.probability
        with self._stores.database.read() as connection:
            machine = decisions.by_machine(connection, [record.id]).get((record.id, record.revision))
        return None if machine is None else machine.probability


def _answer(verdict: Verdict, guid: str) -> Response:
    return verdicts.plain(verdict.body, {verdicts.GUID: guid, **verdict.headers})


def _json(shown: dict[str, object]) -> Response:
    return Response(orjson.dumps(shown), content_type="application/json")
