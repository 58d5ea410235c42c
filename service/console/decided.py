"""What was decided, by the machine and by people, and the word of whoever disagrees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action, DecidedBy, Role
from service.auth import require_role
from service.console import shown
from service.console.decided_rows import Beside, DecidedRow, decided_row
from service.console.forms import MAX_NOTE_CHARACTERS, REJECT_REASONS
from service.console.lookback import Filter, read_after, read_filter
from service.console.texts import say
from service.decided import DecidedLog
from service.overrule import Overruling
from service.review import Review
from store.ids import now_us, rfc3339
from store.records import decisions, review_items, sites
from store.records.decided import Decided
from store.stores import Stores

PAGE = 30
_ANSWERS = {"approve": Action.APPROVE, "reject": Action.REJECT}


@dataclass(frozen=True, slots=True)
class _Option:
    """One entry of a menu."""

    value: str
    text: str


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/decided`, `/console/decided/<id>`."""
    log = DecidedLog(stores)

    @routes.get("/decided")
    def decided() -> str:
        wanted, after = read_filter(request.args), read_after(request.args)
        found = log.search(g.reviewer, wanted.wanted, after=after, limit=PAGE)
        names = site_names(stores)
        return render_template(
            "decided.html",
            rows=rows_of(stores, found.rows, names),
            found=found,
            until=None if found.until is None else rfc3339(found.until),
            until_ago=None if found.until is None else shown.ago(now_us() - found.until),
            after=after,
            wanted=wanted,
            site_options=[_Option(key, name) for key, name in names.items()],
            action_options=[_Option(action, say(f"decided.{action}")) for action in Action],
            by_options=[_Option(by, say(f"decided.by.{by}")) for by in DecidedBy],
            reject_reasons=REJECT_REASONS,
        )

    @routes.post("/decided/<decision_id>")
    def disagree(decision_id: str) -> Response:
        require_role(g.reviewer, Role.REVIEWER)
        ruling = review.overrule(g.reviewer, _overruling(decision_id))
        if ruling.decision is not None:
            flash(say(f"done.overrule.{ruling.decision.action}"), ruling.decision.id)
        return redirect(_back(read_filter(request.args)), 303)


def rows_of(stores: Stores, found: Sequence[Decided], names: dict[str, str]) -> list[DecidedRow]:
    """The lines of a page of decisions, for the reviewer who asks."""
    ids = [one.decision.comment_id for one in found]
    with stores.database.read() as connection:
        current = decisions.current(connection, ids) if ids else {}
        items = review_items.of_comments(connection, ids) if ids else {}
    newest = {one.decision.comment_id: one.newest_revision for one in found}
    standing = {key: record for (key, revision), record in current.items() if newest[key] == revision}
    beside, now = Beside(names, standing, items), now_us()
    return [decided_row(one, beside, g.reviewer, now) for one in found]


def site_names(stores: Stores) -> dict[str, str]:
    """The sites that the reviewer sees, by id, as people name them."""
    with stores.database.read() as connection:
        return {site.id: shown.site_name(site.url) for site in sites.every(connection) if g.reviewer.sees(site.id)}


def _overruling(decision_id: str) -> Overruling:
    form = request.form
    action, reason, note = (
        _ANSWERS.get(form.get("action", "")),
        form.get("reason"),
        form.get("note", "").strip() or None,
    )
    if action is None:
        raise Refused(say("error.action"))
    if note is not None and (len(note) > MAX_NOTE_CHARACTERS or "\0" in note):
        raise Refused(say("error.note"))
    return Overruling(
        decision_id, action, reason if action is Action.REJECT and reason in REJECT_REASONS else None, note
    )


def _back(wanted: Filter) -> str:
    """The place in the list from which somebody disagreed."""
    after = read_after(request.args)
    more: dict[str, Any] = {"after": after} if after else {}
    return url_for("console.decided", **wanted.query, **more)
