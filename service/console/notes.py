"""Notes about a comment, and who was mentioned."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.vocabulary import Role
from service.console import shown
from service.console.decided import site_names
from service.notes import Notes
from store.ids import now_us, rfc3339
from store.records import review_items
from store.records.notes import Note
from store.stores import Stores


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/comments/<id>/notes`, `/console/mentions`."""
    written = Notes(stores)

    @routes.context_processor
    def about_notes() -> dict[str, Any]:
        return {"note_count": written.count, "mention_count": lambda: len(written.mentions(g.reviewer))}

    @routes.get("/comments/<comment_id>/notes")
    def notes(comment_id: str) -> str:
        record, found = written.about(g.reviewer, comment_id)
        with stores.database.read() as connection:
            item = review_items.of_comment(connection, comment_id)
        return render_template(
            "notes.html",
            comment=record,
            excerpt=shown.excerpt(record.body),
            notes=[(note, _when(note), rfc3339(note.at)) for note in found],
            item=None if item is None else item.id,
            may_write=g.reviewer.may(Role.REVIEWER, record.site_id),
        )

    @routes.post("/comments/<comment_id>/notes")
    def add_note(comment_id: str) -> Response:
        written.add(g.reviewer, comment_id, request.form.get("body", ""))
        return redirect(url_for("console.notes", comment_id=comment_id), 303)

    @routes.get("/mentions")
    def mentions() -> str:
        found = written.mentions(g.reviewer)
        names = site_names(stores)
        return render_template("mentions.html", notes=[(note, _when(note), names[note.site_id]) for note in found])


def _when(note: Note) -> str:
    return shown.ago(now_us() - note.at)
