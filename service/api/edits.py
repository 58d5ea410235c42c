"""Change comments that are there: `/v1/comments/{id}/revisions`."""

from functools import partial

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint

from service.api import shapes, views, wishes
from service.api.comments import COMMENTS, accept_text, check_match, render_one
from service.auth import Authenticator
from service.intake import Intake
from service.problems import PROBLEMS, ProblemBody
from store.records.edits import Edit


def blueprint(authenticator: Authenticator, intake: Intake) -> APIBlueprint:
    """The routes that change comments."""
    routes = APIBlueprint(
        "edits", __name__, abp_tags=[COMMENTS], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}]
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request)

    @routes.post(
        "/v1/comments/<string:id>/revisions",
        summary="Send the edited text of a comment",
        responses={
            200: views.CommentView,
            202: views.CommentView,
            401: ProblemBody,
            404: ProblemBody,
            409: ProblemBody,
            412: ProblemBody,
        },
    )
    def revise(path: shapes.CommentPath, body: shapes.RevisionIn) -> Response:
        """The edit is judged anew and takes the place of the text before it. The same text again changes nothing."""
        accept_text(body.body)
        wait = wishes.wait_seconds()
        answered = intake.revise(
            g.site,
            path.id,
            _edit(body),
            partial(render_one, {}),
            check_match,
            key=wishes.idempotency_key(),
            wait_seconds=wait,
        )
        return wishes.respond_one(answered, wait)

    return routes


def _edit(shape: shapes.RevisionIn) -> Edit:
    page, form = shape.page or shapes.PageIn(), shape.form or shapes.FormIn()
    return Edit(
        body=shape.body,
        page_url=page.url,
        page_title=page.title,
        page_text=page.text,
        form_honeypot=None if form.honeypot is None else bool(form.honeypot),
        form_seconds=None if form.seconds is None else float(form.seconds),
    )
