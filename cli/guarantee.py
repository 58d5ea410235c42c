"""`gatepost guarantee`: what a site asks of its lanes, how they stand, and the proof from the log."""

import sys
from dataclasses import asdict
from typing import Any, TextIO

import click
import orjson

from cli.options import Commands, json_option, opened, show
from models.guarantee import log as guarantee_log
from models.guarantee import view
from models.guarantee.lanes import Lane, Metric
from models.guarantee.state import from_json, to_json
from models.guarantee.view import LaneView
from service.seeds import MOST, Seeds
from store.records import guarantees, policies, sites
from store.records.database import Connection
from store.records.guarantees import StoredGuarantee

PAGE = 500


@click.group(cls=Commands)
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
        nothing = "Nothing is promised: the lanes are provisional until the clock has seen the first comments."
        show({"site_id": site_id, "lanes": []}, as_json, nothing)
        return
    plan, state = guarantee_log.load_plan(stored.plan), from_json(orjson.loads(stored.state))
    lanes = [view.view(state, lane, plan) for lane in (Lane.APPROVE, Lane.REJECT)]
    values: list[dict[str, Any]] = [
        {"lane": one.lane.value, "state": one.state.value, "proven": one.certificate is not None}
        | {"metric": one.metric.value, "target": one.target, "live_metric": _live_metric(one.lane).value}
        | {"n_audited": one.live.n_audited, "errors": one.live.errors, "low": one.live.low, "high": one.live.high}
        | {"labels_to_open": one.labels_to_open, "reason": one.reason}
        for one in lanes
    ]
    show({"site_id": site_id, "lanes": values}, as_json, "\n".join(map(_line, lanes)))


@guarantee.command("seeds")
@click.option("--site", "site_id", required=True)
@click.option("--rate", type=click.FloatRange(0, MOST), help="Seeds for one blind item; 0 ends it.")
@click.option(
    "--texts",
    type=click.File(encoding="utf-8"),
    help="Known spam, texts parted by an empty line, instead of what was given before.",
)
@json_option
def seeds_command(site_id: str, rate: float | None, texts: TextIO | None, as_json: bool) -> None:
    """Try reviewers with known spam among the audits, and say how much of it they miss."""
    with opened() as stores:
        with stores.database.read() as connection:
            policies.get(stores.database, connection, site_id)
        seeds = Seeds(stores)
        if rate is not None or texts is not None:
            given = None if texts is None else texts.read().split("\n\n")
            seeds.change(site_id, seeds.figures(site_id).rate if rate is None else rate, given)
        found = seeds.figures(site_id)
    tightened = f"; the approve target (FOR) is tightened by {found.applied:.0%}" if found.applied else ""
    known = (
        f"missed {found.missed} of {found.decided}, at most {found.high:.1%}"
        if found.decided
        else "none is decided yet"
    )
    line = f"Known spam: {found.rate:.0%} of blind items, {found.given} given texts; {known}{tightened}."
    show({"site_id": site_id, **asdict(found)}, as_json, line)


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


def _live_metric(lane: Lane) -> Metric:
    """Audits are of what the lane itself decided, also where its target is about all genuine comments."""
    return Metric.FOR if lane is Lane.APPROVE else Metric.FDR


def _line(one: LaneView) -> str:
    wrong = "spam" if one.lane is Lane.APPROVE else "genuine"
    promise = "proven" if one.certificate is not None else "nothing is promised"
    audits = "no audits yet"
    if one.live.n_audited:
        interval = f"{one.live.low:.2%} to {one.live.high:.2%} ({_live_metric(one.lane).value})"
        audits = f"{one.live.errors} of {one.live.n_audited} audits were {wrong}, {interval}"
    missing = "" if one.labels_to_open is None else f"; {one.labels_to_open} clean labels are missing"
    target = f"target {one.target:.2%} {one.metric.value}"
    return f"{one.lane.value:8} {one.state.value:12} {target}: {promise}; {audits}{missing}"
