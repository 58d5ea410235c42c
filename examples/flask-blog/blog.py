"""A blog with one post, whose comments are published when Gatepost says so. See README.md."""

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "clients" / "python"))

from gatepost_client import (  # noqa: E402 - the client is one file that lies elsewhere
    Conflict,
    Gatepost,
    GatepostError,
    InvalidRequest,
    InvalidSignature,
    verify_webhook,
)

TABLE = """
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY, name TEXT, email TEXT, body TEXT, honeypot TEXT, seconds REAL,
    handed_over INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'received'
)
"""
OURS = "tulips-"  # In front of our ids, so that they are nobody else's on the same site.
PAGE = {"url": "https://garden.example/tulips", "title": "Tulips in April"}


def create_app(database: str, gatepost: Gatepost, secret: str) -> Flask:
    """The blog. `secret`: that of the webhook, `whsec_...`."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024

    @contextmanager
    def opened() -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(database, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                connection.execute(TABLE)
                yield connection
        finally:
            connection.close()

    def hand_over() -> None:
        """Give Gatepost every comment that it does not have yet; again is harmless, since the ids are the same."""
        with opened() as connection:
            waiting = connection.execute("SELECT * FROM comments WHERE handed_over = 0 ORDER BY id LIMIT 20").fetchall()
        for row in waiting:
            form = {"honeypot": row["honeypot"] or "", "seconds": row["seconds"]}
            author = {"name": row["name"], "email": row["email"]}
            comment = {"external_id": f"{OURS}{row['id']}", "body": row["body"], "author": author, "page": PAGE}
            try:
                gatepost.submit({**comment, "form": form})
            except (InvalidRequest, Conflict) as error:  # Trying again cannot help; it stays unpublished.
                app.logger.error("comment %s is refused: %s", row["id"], error)
            except GatepostError as error:
                app.logger.warning("comment %s waits: %s", row["id"], error)
                return
            with opened() as connection:
                connection.execute("UPDATE comments SET handed_over = 1 WHERE id = ?", (row["id"],))

    @app.get("/")
    def read() -> str:
        with opened() as connection:
            rows = connection.execute("SELECT name, body FROM comments WHERE state = 'approved' ORDER BY id").fetchall()
        return render_template("post.html", comments=rows, sent="sent" in request.args, shown_at=time.time())

    @app.post("/comments")
    def write() -> ResponseReturnValue:
        given = {name: request.form.get(name, "") for name in ("name", "email", "body", "homepage")}
        shown_at = request.form.get("shown_at", type=float)
        seconds = None if shown_at is None else min(max(0.0, time.time() - shown_at), 86400.0)
        row = (given["name"][:255], given["email"][:320], given["body"], given["homepage"], seconds)
        with opened() as connection:
            connection.execute(
                "INSERT INTO comments (name, email, body, honeypot, seconds) VALUES (?, ?, ?, ?, ?)", row
            )
        hand_over()
        return redirect("/?sent", code=303)

    @app.post("/gatepost")
    def told() -> ResponseReturnValue:
        try:
            event = verify_webhook(request.get_data(), dict(request.headers), secret)
        except InvalidSignature as error:
            return str(error), 401
        data = event["data"]
        if event["type"].startswith("comment.") and (data["external_id"] or "").startswith(OURS):
            comment_id = data["external_id"].removeprefix(OURS)
            with opened() as connection:
                connection.execute("UPDATE comments SET state = ? WHERE id = ?", (data["state"], comment_id))
        return "", 204

    return app


def main() -> None:
    """Serve on 127.0.0.1 until Ctrl-C."""
    try:
        gatepost = Gatepost(os.environ["GATEPOST_URL"], os.environ["GATEPOST_KEY"])
        secret = os.environ["GATEPOST_WEBHOOK_SECRET"]
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]}; README.md says how.")
    app = create_app(os.environ.get("BLOG_DATABASE", "blog.db"), gatepost, secret)
    app.run(port=int(os.environ.get("PORT", "8001")))


if __name__ == "__main__":
    main()
