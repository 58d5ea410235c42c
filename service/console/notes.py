"""Notes about a comment, who was mentioned, and the digest by e-mail."""

import re
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Role
from service.console import shown
from service.console.decided import site_names
from service.console.texts import say
from service.notes import Notes
from store.ids import now_us, rfc3339
from store.records import digests, review_items
from store.records.notes import Note
from store.stores import Stores

EVERY_MINUTES = (15, 60, 240, 1440)
_EMAIL = re.compile(r"[^@\s\0<>,;\"]{1,64}@[^@\s\0<>,;\"]{1,250}")


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/comments/<id>/notes`, `/console/mentions`, `/console/digest`."""
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

    @routes.get("/digest")
    def digest() -> str:
        with stores.database.read() as connection:
            asked = digests.of(connection, g.reviewer.id)
        return render_template("digest.html", asked=asked, every=EVERY_MINUTES, possible=bool(stores.settings.smtp_url))

    @routes.post("/digest")
    def ask_digest() -> Response:
        email, every = request.form.get("email", "").strip(), request.form.get("every", "")
        wanted = request.form.get("step") != "none"
        if wanted and (not _EMAIL.fullmatch(email) or not email.isascii() or every not in map(str, EVERY_MINUTES)):
            raise Refused(say("digest.wrong"))
        with stores.database.write() as connection:
            if wanted:
                digests.put(connection, g.reviewer.id, email, int(every))
            else:
                digests.remove(connection, g.reviewer.id)
        flash(say("digest.done" if wanted else "digest.ended"))
        return redirect(url_for("console.digest"), 303)


def _when(note: Note) -> str:
    return shown.ago(now_us() - note.at)
