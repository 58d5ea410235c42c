"""Ask what would be decided, and leave nothing behind: `/v1/checks`."""

from functools import partial

import orjson
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel

from models.vocabulary import Origin
from service.api import shapes, views, wishes
from service.api.comments import COMMENTS, accept_text
from service.auth import Authenticator
from service.intake import Intake, pseudonym
from service.problems import PROBLEMS, ProblemBody
from store.ids import now_us
from store.records.claims import DueText
from store.records.decisions import DecisionRecord
from store.records.sites import Site
from store.records.submissions import NewComment

CHECK_SECONDS = 5.0


class CheckIn(shapes.CommentIn):
    """A comment to decide about. `explain`: say what the score would be without the words that the reasons name."""

    explain: bool = False


class WithoutView(BaseModel):
    """The score without the words at `span`. `probability`: of spam, for what is left, with the same evidence;
    `change`: how far the words move the log-odds of the probability, positive towards spam."""

    span: tuple[int, int]
    probability: float
    change: float


class CheckOut(BaseModel):
    """The decision that a comment would get just now. `without`: where `explain` asked for it."""

    decision: views.DecisionView
    without: list[WithoutView] = []


def blueprint(authenticator: Authenticator, intake: Intake) -> APIBlueprint:
    """The route of checks."""
    routes = APIBlueprint(
        "checks", __name__, abp_tags=[COMMENTS], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}]
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request)

    @routes.post("/v1/checks", summary="Check a comment", responses={200: CheckOut, 401: ProblemBody})
    def check(body: CheckIn) -> Response:
        """What would be decided about this comment, within 5 s or `Prefer: wait`; nothing is stored."""
        accept_text(body.body)
        site: Site = g.site
        new = shapes.new_comment(body, partial(pseudonym, site), "")
        text = {"site_id": site.id, "text": _due_text(site, new)._asdict(), "origin": _origin(new)}
        asked = orjson.dumps(text | {"explain": body.explain})
        checked = orjson.loads(intake.check(asked, wishes.wait_seconds() or CHECK_SECONDS))
        shown = views.decision(DecisionRecord(**checked["decision"])) | {"id": None, "comment_id": None}
        return views.answer({"decision": shown} | ({"without": checked["without"]} if body.explain else {}))

    return routes


def _origin(new: NewComment) -> Origin:
    return Origin(
        new.author_id,
        new.author_role,
        new.email,
        new.email_hash,
        new.ip,
        new.ip_hash,
        new.page_url,
        new.content_type,
    )


def _due_text(site: Site, new: NewComment) -> DueText:
    return DueText(
        body=new.body,
        author_name=new.author_name,
        author_url=new.author_url,
        page_title=new.page_title,
        page_text=new.page_text,
        language=new.language,
        form_honeypot=None if new.form_honeypot is None else "1" if new.form_honeypot else "0",
        form_seconds=new.form_seconds,
        received_at=now_us(),
        site_mode=site.mode.value,
        policy_version=site.policy_version,
        author_id=new.author_id,
        email_hash=new.email_hash,
        ip_hash=new.ip_hash,
    )
