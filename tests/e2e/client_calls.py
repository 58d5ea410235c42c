"""What the tests do with the Python client; `client_calls.mjs` does the same with the one in JavaScript."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "clients" / "python" / "gatepost_client.py"
_spec = importlib.util.spec_from_file_location("gatepost_client", FILE)
assert _spec is not None
assert _spec.loader is not None
client: Any = importlib.util.module_from_spec(_spec)
sys.modules["gatepost_client"] = client
_spec.loader.exec_module(client)


def life(url: str, key: str, name: str) -> dict[str, Any]:
    """Everything that a website does with a comment."""
    gatepost = client.Gatepost(url, key)
    comment = gatepost.submit({"external_id": name, "body": "Nice post", "author": {"name": "Ana"}}, wait_seconds=10)
    again = gatepost.submit({"external_id": name, "body": "Nice post", "author": {"name": "Ana"}})
    many = gatepost.submit_many([{"external_id": f"{name}-2", "body": "Zwei – drei"}, {"body": 7}])
    waited = gatepost.wait(many[0]["comment"]["id"])
    revised = gatepost.revise(comment["id"], {"body": "Nice post, edited"}, wait_seconds=10)
    told = gatepost.feedback(comment["id"], "spam")
    found = gatepost.find(f"{name}-2")
    listed = [one["id"] for one in gatepost.comments()]
    gatepost.erase(comment["id"])
    return {
        "decided": comment["decision"] is not None,
        "same": again["id"] == comment["id"],
        "statuses": [one["status"] for one in many],
        "waited": waited["decision"] is not None,
        "revision": revised["revision"],
        "label": told["label"],
        "found": found["body"],
        "listed": comment["id"] in listed and found["id"] in listed,
        "gone": failure(lambda: gatepost.get(comment["id"])),
        "nothing": gatepost.find("nobody-has-this"),
    }


def wrong(url: str, key: str) -> list[Any]:
    """Requests that are refused."""
    gatepost = client.Gatepost(url, key)
    return [
        failure(lambda: gatepost.submit({"body": 7})),
        failure(lambda: client.Gatepost(url, "gps_wrong").submit({"body": "x"})),
        failure(lambda: [gatepost.submit({"external_id": "t", "body": body}) for body in ("one", "two")]),
    ]


def persistent(url: str, attempts: int = 4, timeout_seconds: float = 10.0) -> dict[str, Any]:
    """One submission to a server that may fail; `paused`: how long it rested between the attempts, seconds."""
    paused: list[float] = []
    gatepost = client.Gatepost(url, "gps_x", attempts=attempts, timeout_seconds=timeout_seconds, sleep=paused.append)
    answer: list[Any] = []
    failed = failure(lambda: answer.append(gatepost.submit({"body": "x"})))
    return {"answer": answer, "failed": failed, "paused": paused}


def webhook(body: str, headers: dict[str, str], secret: str | list[str], now: float) -> Any:
    """The event, or None where the signature is not right."""
    try:
        return client.verify_webhook(body.encode(), headers, secret, now=now)
    except client.InvalidSignature:
        return None


def failure(call: Callable[[], Any]) -> dict[str, Any] | None:
    """The error that a call raises."""
    try:
        call()
    except client.GatepostError as error:
        return {
            "kind": type(error).__name__,
            "status": error.status,
            "code": error.code,
            "pointers": [one["pointer"] for one in error.errors],
            "has_request_id": error.request_id is not None,
        }
    return None
