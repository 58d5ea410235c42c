"""Entries of the log as JSON, and the state that follows from a whole log."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import orjson

from models.guarantee.entries import Alert, Cause, Clock, Entry, GridFixed, Labelled, Overdue, Reset, Rows, Traffic
from models.guarantee.lanes import Lane, Metric
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import SiteState, initial_state
from models.guarantee.tallies import wrong_for

PLAN = "plan"
AUDITED = ("labelled", "overdue")
_KINDS: dict[str, type[Entry]] = {
    "grid": GridFixed,
    "traffic": Traffic,
    "labelled": Labelled,
    "overdue": Overdue,
    "reset": Reset,
    "alert": Alert,
    "clock": Clock,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_ARRAYS = tuple(field.name for field in fields(Rows) if field.name != "clusters")
_COLUMNS = {
    "decided_at": np.int64,
    "approve_score": np.float64,
    "reject_score": np.float64,
}


def kind_of(entry: Entry) -> str:
    """The name by which the log knows the kind of an entry."""
    return _NAMES[type(entry)]


def dump(entry: Entry) -> str:
    """The JSON text of an entry; numbers come back exactly as they were."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    if isinstance(entry, Labelled | Overdue):
        values["rows"] = {name.name: _plain(getattr(entry.rows, name.name)) for name in fields(entry.rows)}
    return orjson.dumps(values).decode()


def load(kind: str, text: str) -> Entry:
    """The entry that `dump` was given. Raises ValueError for a kind that is not known."""
    if kind not in _KINDS:
        raise ValueError(f"An entry of kind {kind} cannot be read.")
    values: dict[str, Any] = orjson.loads(text)
    if "rows" in values:
        values["rows"] = _rows(values["rows"])
    if "cause" in values and kind == "reset":
        values["cause"] = Cause(values["cause"])
    if values.get("lane") is not None:
        values["lane"] = Lane(values["lane"])
    for name in ("approve_edges", "reject_edges"):
        if name in values:
            values[name] = tuple(values[name])
    return _KINDS[kind](**values)


def dump_plan(plan: Plan) -> str:
    """The JSON text of what differs from the defaults."""
    usual = Plan()
    changed = {
        field.name: getattr(plan, field.name)
        for field in fields(plan)
        if getattr(plan, field.name) != getattr(usual, field.name)
    }
    return orjson.dumps(changed).decode()


def load_plan(text: str) -> Plan:
    """The plan that `dump_plan` was given. Raises ValueError."""
    values: dict[str, Any] = orjson.loads(text)
    for name in ("approve_starts", "discovery_starts"):
        if name in values:
            values[name] = tuple(values[name])
    if "reject_metric" in values:
        values["reject_metric"] = Metric(values["reject_metric"])
    return Plan(**values)


def replay(site: str, entries: Iterable[tuple[str, str, int]]) -> SiteState | None:
    """The state that follows from a log: (kind, JSON text, at) in order. None for an empty one.

    The first entry is the plan, and later ones change it. Raises ValueError for a log that cannot be read.
    """
    plan, state = Plan(), None
    for kind, text, at in entries:
        if kind == PLAN:
            plan = load_plan(text)
            state = initial_state(site, plan, at) if state is None else state
            continue
        if state is None:
            raise ValueError("The log does not begin with a plan.")
        state, _ = advance(state, load(kind, text), plan)
    return state


def audits_of(lane: Lane, since: int, entries: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
    """(audits, errors) after each audit that a lane's log holds of what it decided since that instant, in order.

    `entries`: (kind, JSON text) of the kinds in `AUDITED`.
    """
    found: list[tuple[int, int]] = []
    n = errors = 0
    for kind, text in entries:
        entry = load(kind, text)
        assert isinstance(entry, Labelled | Overdue)
        rows = entry.rows
        inside = rows.in_approve if lane is Lane.APPROVE else rows.in_reject
        heard = inside & rows.audited & (rows.decided_at >= since)
        for wrong in wrong_for(lane, rows, isinstance(entry, Overdue))[heard].tolist():
            n, errors = n + 1, errors + int(wrong)
            found.append((n, errors))
    return found


def _plain(values: Any) -> Any:
    return values.tolist() if isinstance(values, np.ndarray) else values


def _rows(values: Mapping[str, Any]) -> Rows:
    columns: dict[str, Any] = {name: np.array(values[name], dtype=_COLUMNS.get(name, np.bool_)) for name in _ARRAYS}
    return Rows(**columns, clusters=tuple(tuple(keys) for keys in values["clusters"]))
