"""How the preview of a change is shown, of lists and rules alike."""

from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict

from models.hindsight import ACTIONS
from service.api import views
from service.preview import Preview
from store.ids import rfc3339


class View(BaseModel):
    """What clients get: nothing beyond what is described."""

    model_config = ConfigDict(extra="forbid")


class ActionCounts(View):
    """How many comments had which action."""

    approve: int
    review: int
    reject: int
    discard: int


class ChangeView(View):
    """How many comments would have been decided otherwise."""

    before: str
    after: str
    count: int


class FlipView(View):
    """A comment that would have been decided otherwise, and what speaks then."""

    before: str
    after: str
    reasons: list[views.ReasonView]
    comment: views.CommentView


class PreviewView(View):
    """The difference that a change would have made to the last comments.

    `comments`: how many were looked at, back to `since`; `complete`: false where the time was over before. `matched`:
    about how many the new entry or rule speaks. `items`: the newest of those decided otherwise.
    """

    summary: str
    comments: int
    complete: bool
    since: str | None
    matched: int
    before: ActionCounts
    after: ActionCounts
    changes: list[ChangeView]
    items: list[FlipView]


def answer(preview: Preview) -> Response:
    """The preview as JSON."""
    return views.answer(shown(preview))


def shown(preview: Preview) -> dict[str, Any]:
    """The preview as clients get it, without comments that are gone."""
    changes = sorted(preview.changes.items(), key=lambda change: -change[1])
    return {
        "summary": preview.summary(),
        "comments": preview.n_comments,
        "complete": preview.complete,
        "since": None if preview.since is None else rfc3339(preview.since),
        "matched": preview.matched,
        "before": {action.value: preview.before[action] for action in ACTIONS},
        "after": {action.value: preview.after[action] for action in ACTIONS},
        "changes": [{"before": b.value, "after": a.value, "count": count} for (b, a), count in changes],
        "items": [
            {
                "before": flip.before.value,
                "after": flip.after.value,
                "reasons": flip.reasons,
                "comment": views.comment(preview.records[flip.comment_id]),
            }
            for flip in preview.flips
            if flip.comment_id in preview.records
        ],
    }
