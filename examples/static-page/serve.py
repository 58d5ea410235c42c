"""Serve a static page with a comment form, and have Gatepost moderate what comes in. See README.md."""

import json
import os
import sys
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "clients" / "python"))

from gatepost_client import Gatepost, GatepostError  # noqa: E402 - the client is one file that lies elsewhere

PAGE = {"url": "https://garden.example/roses", "title": "Roses in March"}
FILES = {"/": ("index.html", "text/html; charset=utf-8"), "/page.js": ("page.js", "text/javascript; charset=utf-8")}
MAX_FORM_BYTES = 256 * 1024
SHOWN = 100
SAID = {"approved": "approved", "review": "review", "rejected": "refused", "discarded": "refused"}


class Handler(BaseHTTPRequestHandler):
    """Two files, the published comments as JSON, and the form."""

    gatepost: Gatepost

    def do_GET(self) -> None:
        """A file, or the published comments, oldest first."""
        path = self.path.partition("?")[0]
        if path in FILES:
            name, kind = FILES[path]
            self._answer(200, (HERE / name).read_bytes(), kind)
        elif path == "/comments.json":
            try:
                newest = list(islice(self.gatepost.comments(state="approved"), SHOWN))
            except GatepostError:
                newest = []
            shown = [{"name": one["author"]["name"], "body": one["body"]} for one in reversed(newest)]
            self._answer(200, json.dumps(shown).encode(), "application/json")
        else:
            self._answer(404, b"There is nothing here.", "text/plain")

    def do_POST(self) -> None:
        """Take a comment, ask Gatepost, and tell its author how it stands."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/comments" or not 0 < length <= MAX_FORM_BYTES:
            self._answer(400, b"This form cannot be taken.", "text/plain")
            return
        form = {
            name: values[0] for name, values in parse_qs(self.rfile.read(length).decode("utf-8", "replace")).items()
        }
        try:
            state = self.gatepost.submit(self._comment(form), wait_seconds=5)["state"]
            said = SAID.get(state, "waiting")
        except GatepostError as error:
            sys.stderr.write(f"{error}\n")
            said = "failed"
        self.send_response(303)
        self.send_header("Location", f"/?said={said}")
        self.end_headers()

    def _comment(self, form: dict[str, str]) -> dict[str, object]:
        author = {
            "name": form.get("name"),
            "email": form.get("email"),
            "ip": self.client_address[0],
            "user_agent": self.headers.get("User-Agent"),
        }
        seconds = form.get("seconds", "")
        measured = {"seconds": float(seconds)} if seconds.replace(".", "", 1).isdigit() else {}
        return {
            "external_id": str(uuid.uuid4()),
            "body": form.get("body", ""),
            "author": author,
            "page": PAGE,
            "form": {"honeypot": form.get("homepage", ""), **measured},
        }

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve on 127.0.0.1 until Ctrl-C."""
    port = int(os.environ.get("PORT", "8000"))
    try:
        Handler.gatepost = Gatepost(os.environ["GATEPOST_URL"], os.environ["GATEPOST_KEY"])
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]}; README.md says how.")
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server, suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
