"""What several tests ask of the review queue."""

import re
from typing import Any

from builders import Caller

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ITEM = {"id", "version", "site_id", "reason", "waiting_since", "comment", "score", "lease"}


def listed(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    """The items that wait, as the list shows them."""
    answer = caller.get(f"/v1/review/items{query}")
    assert answer.status_code == 200, answer.data
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items
