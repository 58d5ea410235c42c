"""What tests of imports share: the command on a file, and what it left."""

import json
from collections.abc import Callable
from typing import Any

import builders
from click.testing import Result
from sqlalchemy import select

from store.records.schema import comments, labels, revisions
from store.stores import Stores

Import = Callable[..., Result]


def counts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, (result.output, result.exception)
    shown: dict[str, int] = json.loads(result.stdout)
    return {name: count for name, count in shown.items() if count}


def refused(result: Result) -> str:
    assert result.exit_code == 1
    assert result.exception is not None
    return str(result.exception)


def standing(stores: Stores) -> dict[str, tuple[Any, ...]]:
    """External id → state, label, author's name, page, parent's external id, body."""
    parents = comments.alias()
    query = (
        select(
            comments.c.external_id,
            revisions.c.state,
            labels.c.label,
            comments.c.author_name,
            comments.c.page_url,
            parents.c.external_id,
            revisions.c.body,
        )
        .join(revisions, revisions.c.comment_id == comments.c.id)
        .outerjoin(labels, labels.c.comment_id == comments.c.id)
        .outerjoin(parents, parents.c.id == comments.c.parent_id)
    )
    return {row[0]: tuple(row[1:]) for row in builders.query(stores, query)}
