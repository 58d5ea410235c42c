"""`gatepost guarantee`: what a site asks of its lanes, how they stand, and the proof from the log."""

import sys
from typing import Any

import click
import orjson

from cli.options import json_option, opened, show
from models.guarantee import log as guarantee_log
from models.guarantee import view
from models.guarantee.lanes import Lane
from models.guarantee.state import from_json, to_json
from models.guarantee.view import LaneView
from store.records import guarantees, policies, sites
from store.records.database import Connection
from store.records.guarantees import StoredGuarantee

PAGE = 500


@click.group()
def guarantee() -> None:
    """See how the error targets are kept, and prove it from the log."""


@guarantee.command("show")
@click.option("--site", "site_id", required=True)
@json_option
def show_command(site_id: str, as_json: bool) -> None:
    """Say how the lanes of a site stand."""
    with opened() as stores, stores.database.read() as connection:
        policies.get(stores.database, connection, site_id)
        stored = guarantees.get(connection, site_id)
    if stored is None or stored.last_seq == 0:
        nothing = "Nothing is proven yet: the lanes are provisional until the clock has seen the first comments."
        show({"site_id": site_id, "lanes": []}, as_json, nothing)
        return
    plan, state = guarantee_log.load_plan(stored.plan), from_json(orjson.loads(stored.state))
    lanes = [view.view(state, lane, plan) for lane in (Lane.APPROVE, Lane.REJECT)]
    values: list[dict[str, Any]] = [
        {"lane": one.lane.value, "state": one.state.value, "metric": one.metric.value, "target": one.target}
        | {"n_audited": one.live.n_audited, "errors": one.live.errors, "low": one.live.low, "high": one.live.high}
        | {"labels_to_open": one.labels_to_open, "reason": one.reason}
        for one in lanes
    ]
    show({"site_id": site_id, "lanes": values}, as_json, "\n".join(map(_line, lanes)))


@guarantee.command("replay")
@click.option("--site", "site_id", help="One site; all of them otherwise.")
@json_option
def replay_command(site_id: str | None, as_json: bool) -> None:
    """Work out the lanes' states once more from the log; exit 1 where they differ by a single bit."""
    with opened() as stores, stores.database.read() as connection:
        if site_id is not None:
            policies.get(stores.database, connection, site_id)
        wanted = [site_id] if site_id is not None else [site.id for site in sites.every(connection)]
        found = [_replayed(connection, one) for one in wanted]
    differing = [one for one in found if not one["equal"]]
    lines = [f"{one['site_id']}  {one['entries']} entries  {'equal' if one['equal'] else 'DIFFERENT'}" for one in found]
    show({"sites": found}, as_json, "\n".join(lines))
    if differing:
        sys.exit(1)


def _replayed(connection: Connection, site_id: str) -> dict[str, Any]:
    stored = guarantees.get(connection, site_id)
    if stored is None or stored.last_seq == 0:
        return {"site_id": site_id, "entries": 0, "equal": True}
    entries = list(_entries(connection, stored))
    state = guarantee_log.replay(site_id, entries)
    again = None if state is None else orjson.dumps(to_json(state))
    return {"site_id": site_id, "entries": len(entries), "equal": again == stored.state.encode()}


def _entries(connection: Connection, stored: StoredGuarantee) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    after = 0
    while True:
        page = guarantees.log(connection, stored.site_id, after=after, limit=PAGE)
        found += [(one.kind, one.entry, one.at) for one in page if one.seq <= stored.last_seq]
        if len(page) < PAGE:
            return found
        after = page[-1].seq


def _line(one: LaneView) -> str:
    rate = "no audits yet" if one.live.rate is None else f"{one.live.errors} of {one.live.n_audited} audits were wrong"
    proven = f"at most {one.live.high:.2%}" if one.live.rate is not None else "nothing known"
    missing = "" if one.labels_to_open is None else f"; {one.labels_to_open} clean labels are missing"
    return (
        f"{one.lane.value:8} {one.state.value:12} {one.metric.value} target {one.target:.2%}: {rate}, {proven}{missing}"
    )
