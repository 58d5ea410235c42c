"""A site's policy over HTTP: `/v1/sites/{id}/policy`, and what mode `shadow` held back."""

from typing import Annotated, Any, Literal

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import Field

from models.conditions import MAX_AUTHOR_APPROVED
from models.errors import NotFound
from models.hindsight import ACTIONS
from models.vocabulary import Mode, Scope
from service.api import preview_view, shapes, views
from service.api.guarantee import TargetsIn, TargetsView, merged, targets_view
from service.api.lists import RULES
from service.api.wishes import require_tag
from service.auth import Authenticator
from service.guarantee import Guarantees, Targets
from service.policies import Policies
from service.problems import PROBLEMS, FieldError, ProblemBody, invalid
from store.records.policies import StoredPolicy

MAX_AUTHOR_PER_HOUR = 100_000

Approved = Annotated[int, Field(ge=0, le=MAX_AUTHOR_APPROVED)]


class SitePath(shapes.CommentPath):
    """Which site."""


class PolicyChange(shapes.Shape):
    """What to change; what is left out stays."""

    mode: Annotated[Mode, Field(strict=False)] | None = None
    first_comments: Approved | None = None
    targets: TargetsIn | None = None
    trust_after: Annotated[int, Field(ge=1, le=MAX_AUTHOR_APPROVED)] | None = None
    author_per_hour: Annotated[int, Field(ge=1, le=MAX_AUTHOR_PER_HOUR)] | None = None


class ShadowQuery(shapes.Query):
    """Which decisions to list; `since` counts too."""

    action: Literal["review", "reject", "discard"] | None = None
    since: shapes.Instant | None = None
    cursor: Annotated[shapes.Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PolicyView(preview_view.View):
    """How a site's comments are decided. `version` stands in each decision as `policy`; every change of lists, rules,
    mode, first comments or trust raises it.

    `first_comments`: how many comments of an author must have been approved before one is published without a person.
    `trust_after`: from how many approved comments on an author who is signed in is published at once; null: never.
    `author_per_hour`: how many comments of one author may come in an hour before a person sees the next; null: as many
    as come. `entries`, `rules`: how many are in force.
    """

    site_id: str
    version: str
    mode: Mode
    first_comments: int
    trust_after: int | None
    author_per_hour: int | None
    targets: TargetsView
    entries: int
    rules: int


class HeldBackView(preview_view.View):
    """A comment as it stands, and the decision of which mode shadow held `would` back."""

    comment: views.CommentView
    decision: views.DecisionView


class ShadowView(preview_view.View):
    """What mode shadow held back."""

    summary: str
    comments: int
    would: preview_view.ActionCounts
    items: list[HeldBackView]
    next_cursor: str | None


_READS: Any = {401: ProblemBody, 404: ProblemBody}


def blueprint(policies: Policies, guarantees: Guarantees, authenticator: Authenticator) -> APIBlueprint:
    """The routes of a site's policy."""
    routes = APIBlueprint(
        "policy",
        __name__,
        url_prefix="/v1/sites",
        abp_tags=[RULES],
        abp_responses=PROBLEMS,
        abp_security=[{"siteKey": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.CONFIGURE)

    @routes.get("/<string:id>/policy", summary="Read the policy", responses={200: PolicyView, **_READS})
    def read(path: SitePath) -> Response:
        policy = policies.get(_own(path.id))
        return _answer(policy, guarantees.targets(policy.site_id))

    @routes.patch(
        "/<string:id>/policy",
        summary="Change the policy",
        responses={200: PolicyView, **_READS, 412: ProblemBody, 428: ProblemBody},
    )
    def change(path: SitePath, body: PolicyChange) -> Response:
        policy = policies.get(_own(path.id))
        require_tag(_tag(policy))
        for name in ("mode", "first_comments", "targets"):
            if name in body.model_fields_set and getattr(body, name) is None:
                raise invalid([FieldError(pointer=f"/{name}", code="wrong_type", detail="cannot be null")])
        changed = policies.change(
            policy.site_id,
            policy.version,
            mode=body.mode or policy.mode,
            targets=None if body.targets is None else merged(guarantees.targets(policy.site_id), body.targets),
            first_comments=policy.first_comments if body.first_comments is None else body.first_comments,
            **{
                name: getattr(body if name in body.model_fields_set else policy, name)
                for name in ("trust_after", "author_per_hour")
            },
        )
        return _answer(changed, guarantees.targets(policy.site_id))

    @routes.get("/<string:id>/shadow", summary="See what shadow held back", responses={200: ShadowView, **_READS})
    def shadow(path: SitePath, query: ShadowQuery) -> Response:
        """What the site would have published, held and rejected, while mode `shadow` approved everything."""
        before = views.read_cursor(query.cursor, (str,))
        counts, found = policies.shadow(
            _own(path.id),
            action=query.action,
            since=query.since or 0,
            before=before[0] if before else None,
            limit=query.limit + 1,
        )
        items = found[: query.limit]
        more = views.cursor(items[-1].decision.id) if len(found) > query.limit else None
        would = {action.value: counts.get(action.value, 0) for action in ACTIONS}
        total = sum(would.values())
        rejected, held = would["reject"] + would["discard"], would["review"]
        return views.answer(
            {
                "summary": f"Of {total:,} comments it would have rejected {rejected:,} and held {held:,}.",
                "comments": total,
                "would": would,
                "items": [
                    {"comment": views.comment(one.comment), "decision": views.decision(one.decision)} for one in items
                ],
                "next_cursor": more,
            }
        )

    return routes


def _own(site_id: str) -> str:
    """The id of the caller's own site. Raises NotFound for every other."""
    if site_id != g.site.id:
        raise NotFound("There is no such site here; check the id and the key.")
    return site_id


def _tag(policy: StoredPolicy) -> str:
    return f"p{policy.version}"


def _answer(policy: StoredPolicy, targets: Targets) -> Response:
    response = views.answer(
        {
            "site_id": policy.site_id,
            "version": str(policy.version),
            "mode": policy.mode.value,
            "first_comments": policy.first_comments,
            "trust_after": policy.trust_after,
            "author_per_hour": policy.author_per_hour,
            "targets": targets_view(targets),
            "entries": len(policy.entries),
            "rules": len(policy.rules),
        }
    )
    response.set_etag(_tag(policy))
    return response
