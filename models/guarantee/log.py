"""Entries of the log as JSON, and the state that follows from a whole log."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
import orjson

from models.guarantee.entries import (
    MICROSECONDS_A_DAY,
    Alert,
    Cause,
    Clock,
    Entry,
    GridFixed,
    Labelled,
    Overdue,
    Reset,
    Rows,
    Traffic,
)
from models.guarantee.lanes import Lane, Metric
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import SiteState, initial_state
from models.guarantee.tallies import wrong_for

PLAN = "plan"
AUDITED = ("labelled", "overdue")
# A plan is written as what differs from the defaults, so it says which defaults: those of the method that was in force.
_METHOD = 2
_DEFAULTS_BEFORE: dict[int, dict[str, Any]] = {
    1: {"cells": 100, "approve_starts": (0.25, 0.6), "approve_stakes": ()},
    _METHOD: {},
}
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
    return orjson.dumps({"method": _METHOD, **changed}).decode()


def load_plan(text: str) -> Plan:
    """The plan that `dump_plan` was given, also by an earlier version. Raises ValueError."""
    written: dict[str, Any] = orjson.loads(text)
    method = written.pop("method", 1)
    if method not in _DEFAULTS_BEFORE:
        raise ValueError(f"A plan of method {method} cannot be read.")
    values = _DEFAULTS_BEFORE[method] | written
    for name in ("approve_starts", "approve_stakes", "discovery_starts"):
        if name in values:
            values[name] = tuple(values[name])
    if "reject_metric" in values:
        values["reject_metric"] = Metric(values["reject_metric"])
    return Plan(**values)


def renewed(plan: Plan) -> Plan:
    """The plan by the method of this version, whatever it was written for; all that an owner may ask for stays."""
    usual = Plan()
    return replace(plan, cells=usual.cells, approve_starts=usual.approve_starts, approve_stakes=usual.approve_stakes)


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


class Audited(NamedTuple):
    """Audits of one day (days since 1970, UTC), and how many of them found an error."""

    day: int
    n: int
    errors: int


def audits_by_day(lane: Lane, since: int, entries: Iterable[tuple[str, str]]) -> list[Audited]:
    """The audits that a lane's log holds of what it decided since that instant, by the day on which they were taken in.

    `entries`: (kind, JSON text) of the kinds in `AUDITED`, in order.
    """
    found: dict[int, Audited] = {}
    for kind, text in entries:
        entry = load(kind, text)
        assert isinstance(entry, Labelled | Overdue)
        rows = entry.rows
        inside = rows.in_approve if lane is Lane.APPROVE else rows.in_reject
        heard = inside & rows.audited & (rows.decided_at >= since)
        wrong = wrong_for(lane, rows, isinstance(entry, Overdue))[heard]
        day = entry.at // MICROSECONDS_A_DAY
        known = found.get(day, Audited(day, 0, 0))
        found[day] = known._replace(n=known.n + len(wrong), errors=known.errors + int(wrong.sum()))
    return [found[day] for day in sorted(found)]


def _plain(values: Any) -> Any:
    return values.tolist() if isinstance(values, np.ndarray) else values


def _rows(values: Mapping[str, Any]) -> Rows:
    columns: dict[str, Any] = {name: np.array(values[name], dtype=_COLUMNS.get(name, np.bool_)) for name in _ARRAYS}
    return Rows(**columns, clusters=tuple(tuple(keys) for keys in values["clusters"]))
