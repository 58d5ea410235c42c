"""Give what people decided to the ledger of each site's lanes, and act on what it says.

Everything that the state of the lanes follows from is first written to the log, in the transaction that also stores the
state and tells of each change; `models.guarantee.log.replay` gives the same state from the log alone.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from models.guarantee import log as guarantee_log
from models.guarantee import view
from models.guarantee.entries import (
    Alert,
    Cause,
    Clock,
    Entry,
    GridFixed,
    Labelled,
    Overdue,
    Reset,
    Row,
    Traffic,
    rows_of,
)
from models.guarantee.lanes import Lane, Metric, grid_from_scores
from models.guarantee.ledger import advance
from models.guarantee.monitor import complaints_pile_up
from models.guarantee.plan import Plan, by_model
from models.guarantee.seeding import miss_rate_upper
from models.guarantee.state import SiteState, from_json, initial_state, to_json
from models.guarantee.transitions import Change
from store.live import queues
from store.live.connection import ERRORS
from store.records import (
    audits,
    complaints,
    guarantees,
    lane_events,
    lane_outcomes,
    lane_traffic,
    model_versions,
    policies,
    seeds,
)
from store.records.database import Connection
from store.records.guarantees import StoredGuarantee
from store.records.lane_events import LaneEvent
from store.records.policies import StoredPolicy
from store.stores import Stores
from worker import resample
from worker.rows import row_of, row_overdue

DAY_US = 86_400_000_000
LOOK_US = 60_000_000
OVERDUE_US = 7 * DAY_US
USUAL_DAYS = 28
SAMPLE_US = 90 * DAY_US
MIN_GRID, MAX_GRID = 200, 2000
BATCH = 1000
MAX_SAMPLE = 20_000
# Of the text normaliser: evidence that was gathered under another one is about other scores.
NORMALISER = "1"
_NO_MODEL = ""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ledger:
    """The state of one site's lanes while entries are added to it."""

    connection: Connection
    site_id: str
    plan: Plan
    state: SiteState
    last_seq: int
    changes: list[Change] = field(default_factory=list)

    def add(self, entry: Entry) -> int:
        """Write the entry, follow it, and return its number."""
        kind, text = guarantee_log.kind_of(entry), guarantee_log.dump(entry)
        self.last_seq = guarantees.append(self.connection, self.site_id, kind, text, entry.at)
        self.state, changes = advance(self.state, entry, self.plan)
        self.changes += changes
        return self.last_seq

    def begin(self, at: int) -> None:
        """Write what the site asks for, from here on."""
        text = guarantee_log.dump_plan(self.plan)
        self.last_seq = guarantees.append(self.connection, self.site_id, guarantee_log.PLAN, text, at)


def advance_lanes(stores: Stores) -> int:
    """One round over all sites of which something is new; return how many. Several processes may do so at once.

    Raises DatabaseUnavailable.
    """
    with stores.database.read() as connection:
        now = stores.database.now_us(connection)
        before = now - stores.settings.undo_seconds * 1_000_000
        waiting = lane_traffic.sites_waiting(connection) | lane_outcomes.sites_waiting(connection, before)
        waiting |= guarantees.looked_at_before(connection, now - LOOK_US)
    for site_id in sorted(waiting):
        if not _has_evidence(advance_site(stores, site_id)):
            _call_for_scores(stores, site_id, now)
    return len(waiting)


def advance_site(stores: Stores, site_id: str) -> SiteState:
    """Take in what is new of one site, and return how its lanes stand. Raises DatabaseUnavailable, NotFound."""
    with stores.database.write() as connection:
        now = stores.database.now_us(connection)
        policy = policies.get(stores.database, connection, site_id)
        stored = guarantees.get(connection, site_id, lock=True)
        model, mark = _model_of(connection, site_id), fingerprint(policy)
        ledger = _opened(connection, site_id, stored, now)
        asked = Plan() if stored is None else guarantee_log.load_plan(stored.plan)
        wanted = _as_known(connection, site_id, asked)
        cause = _cause(ledger, stored, asked, model, mark)
        if cause is None and wanted.miss_rate_upper > ledger.plan.miss_rate_upper:
            # What was proven by people who miss more than was thought must be proven once more.
            cause = Cause.REVIEWERS_MISS_SPAM
        if ledger.last_seq == 0 or wanted != ledger.plan:
            ledger.plan = wanted
            ledger.begin(now)
        if cause is not None:
            ledger.add(Reset(now, cause))
            if cause is not Cause.NEW_MODEL:
                _feed_again(ledger, policy, model, now)
        before = now - stores.settings.undo_seconds * 1_000_000
        _take_in(ledger, model, now, before)
        _write(ledger, stored, model, mark, now)
    for change in ledger.changes:
        log.warning("Site %s: %s", site_id, sentence(change))
    return ledger.state


def feed_rescored(stores: Stores, site_id: str, model: str, rows: Sequence[Row]) -> int:
    """Give the lanes what a new model says of what was found before; how many rows were taken.

    None where the model is not in force for the lanes (yet, or any more) or they have evidence about it already.
    """
    with stores.database.write() as connection:
        now = stores.database.now_us(connection)
        stored = guarantees.get(connection, site_id, lock=True)
        if stored is None or stored.model != model or stored.fingerprint is None:
            return 0
        ledger = _opened(connection, site_id, stored, now)
        if _has_evidence(ledger.state):
            return 0
        if not ledger.state.approve.edges and len(rows) >= MIN_GRID:
            cells = ledger.plan.cells
            edges = (
                grid_from_scores(Lane.APPROVE, [row.approve_score for row in rows if row.uniform_approve], cells),
                grid_from_scores(Lane.REJECT, [row.reject_score for row in rows if row.uniform_reject], cells),
            )
            ledger.add(GridFixed(now, *edges, len(rows)))
        if not ledger.state.approve.edges:
            return 0
        for batch in _batches(rows):
            ledger.add(Labelled(now, rows_of(batch)))
        _write(ledger, stored, model, stored.fingerprint, now)
    for change in ledger.changes:
        log.warning("Site %s: %s", site_id, sentence(change))
    return len(rows)


def sentence(change: Change) -> str:
    """A change of a lane for the operator, with what it rests on."""
    about = f"the {change.lane.value} lane was {change.was.value} and is {change.now.value}: {change.reason}"
    if not change.n:
        return f"{about}."
    return (
        f"{about} ({change.errors} errors in {change.n}, log evidence {change.log_evidence:.2f} of {change.limit:.2f})."
    )


def fingerprint(policy: StoredPolicy) -> str:
    """What decides before the lanes do, and how texts are read: evidence holds for this alone."""
    entries = sorted((e.effect.value, e.kind.value, e.value) for e in policy.entries)
    rules = [(r.conditions, None if r.action is None else r.action.value) for r in policy.rules]
    told = [NORMALISER, entries, rules, policy.first_comments, policy.trust_after, policy.author_per_hour]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()


def _call_for_scores(stores: Stores, site_id: str, now: int) -> None:
    """Lanes without evidence may have some about an earlier model, which a worker can score anew."""
    with stores.database.read() as connection:
        found = lane_outcomes.sample(connection, site_id, since=now - SAMPLE_US, limit=1)
    if found:
        with suppress(*ERRORS):  # The next round calls again.
            queues.ensure_recertified(stores.redis, site_id)


def _opened(connection: Connection, site_id: str, stored: StoredGuarantee | None, now: int) -> _Ledger:
    if stored is None or stored.last_seq == 0:
        plan = Plan() if stored is None else guarantee_log.load_plan(stored.plan)
        return _Ledger(connection, site_id, plan, initial_state(site_id, plan, now), 0)
    in_force = guarantees.last_of_kind(connection, site_id, guarantee_log.PLAN)
    plan = guarantee_log.load_plan(in_force.entry if in_force is not None else stored.plan)
    return _Ledger(connection, site_id, plan, from_json(orjson.loads(stored.state)), stored.last_seq)


def _as_known(connection: Connection, site_id: str, asked: Plan) -> Plan:
    """What is asked for, with the thresholds of the model and with what is known of how much spam reviewers miss."""
    plan = by_model(asked, model_versions.thresholds(connection, site_id))
    wanted = seeds.setting(connection, site_id)
    if wanted is None or not wanted.rate:
        return replace(plan, miss_rate_upper=0.0)
    found = seeds.counted(connection, site_id)
    return replace(
        plan, miss_rate_upper=miss_rate_upper(found.missed, found.decided, asked.miss_rate_upper, plan.delta)
    )


def _cause(ledger: _Ledger, stored: StoredGuarantee | None, asked: Plan, model: str, mark: str) -> Cause | None:
    """Why the lanes begin anew, if they do: scores of another model are other scores, whatever else changed."""
    if stored is None or ledger.last_seq == 0:
        return None
    if stored.model not in (None, model):
        return Cause.NEW_MODEL
    if asked != ledger.plan:
        return Cause.TARGETS_CHANGED
    return Cause.RULES_CHANGED if stored.fingerprint not in (None, mark) else None


def _model_of(connection: Connection, site_id: str) -> str:
    version = model_versions.of_site(connection, site_id)
    return _NO_MODEL if version is None else version.id


def _take_in(ledger: _Ledger, model: str, now: int, before: int) -> None:
    connection, site_id = ledger.connection, ledger.site_id
    if not ledger.state.approve.edges:
        _fix_grid(ledger, model, now)
    traffic = lane_traffic.take(connection, site_id)
    if any(traffic):
        ledger.add(Traffic(now, *traffic))
    if ledger.state.approve.edges:  # Evidence needs cells that were laid before it: until then it waits.
        _take_in_outcomes(ledger, model, now, before)
        late = audits.overdue(connection, site_id, before=now - OVERDUE_US, limit=BATCH)
        late = [one for one in late if one.model == model]
        if late:
            seq = ledger.add(Overdue(now, rows_of(map(row_overdue, late))))
            named = [(one.decision_id, one.comment_id, one.revision) for one in late]
            lane_outcomes.count_overdue(connection, site_id, named, seq, now)
    for lane in (Lane.APPROVE, Lane.REJECT):
        _hear_complaints(ledger, lane, now)
    waiting = audits.pending(connection, site_id)
    ledger.add(Clock(now, waiting.get("approve", 0), waiting.get("reject", 0)))


def _hear_complaints(ledger: _Ledger, lane: Lane, now: int) -> None:
    """Nobody draws complaints by a coin, so they prove nothing; but they say where to look."""
    held = ledger.state.lane(lane)
    if not held.acts or held.tripped_until > now:
        return
    since = max(now - DAY_US, held.live_since)
    today = complaints.count(ledger.connection, ledger.site_id, lane.value, since, now)
    if not today:
        return
    before = complaints.count(ledger.connection, ledger.site_id, lane.value, since - USUAL_DAYS * DAY_US, since)
    if complaints_pile_up(today, before / USUAL_DAYS):
        ledger.add(Alert(now, lane, f"{today} comments complained of in a day"))


def _fix_grid(ledger: _Ledger, model: str, now: int) -> None:
    found = audits.scores(ledger.connection, ledger.site_id, model, limit=MAX_GRID)
    if len(found) < MIN_GRID:
        return
    lows, highs = zip(*found, strict=True)
    cells = ledger.plan.cells
    approve, reject = grid_from_scores(Lane.APPROVE, highs, cells), grid_from_scores(Lane.REJECT, lows, cells)
    ledger.add(GridFixed(now, approve, reject, len(found)))


def _take_in_outcomes(ledger: _Ledger, model: str, now: int, before: int) -> None:
    connection, site_id = ledger.connection, ledger.site_id
    while True:
        lane_outcomes.settle_rest(connection, site_id, before)
        found = lane_outcomes.uncounted(connection, site_id, before=before, limit=BATCH)
        last = {(one.comment_id, one.revision): one for one in found}
        rows = [(one, row) for one in last.values() if (row := row_of(one, model)) is not None]
        seq = ledger.add(Labelled(now, rows_of(row for _, row in rows))) if rows else lane_outcomes.NO_EVIDENCE
        used = {one.decision_id for one, _ in rows}
        lane_outcomes.count(connection, sorted(used), seq)
        lane_outcomes.count(connection, [o.decision_id for o in found if o.decision_id not in used], 0)
        if len(found) < BATCH:
            return


def _feed_again(ledger: _Ledger, policy: StoredPolicy, model: str, now: int) -> None:
    """Lanes that begin anew under other rules: what was found before counts, where those leave it to the lanes."""
    found = lane_outcomes.sample(ledger.connection, ledger.site_id, since=now - SAMPLE_US, limit=MAX_SAMPLE)
    left = resample.left_to_lanes(ledger.connection, policy, found)
    rows = [row._replace(audited=False) for one in left if (row := row_of(one, model)) is not None]
    for batch in _batches(rows):
        ledger.add(Labelled(now, rows_of(batch)))


def _has_evidence(state: SiteState) -> bool:
    return any(state.approve.tally.labelled) or any(state.reject.tally.labelled)


def _batches(items: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def _write(ledger: _Ledger, stored: StoredGuarantee | None, model: str, mark: str, now: int) -> None:
    bounds, rates = view.bounds(ledger.state, ledger.plan), view.rates(ledger.state, ledger.plan)
    after = StoredGuarantee(
        ledger.site_id,
        guarantee_log.dump_plan(ledger.plan),
        orjson.dumps(to_json(ledger.state)).decode(),
        ledger.last_seq,
        model or None,
        mark,
        bounds.approve,
        bounds.reject,
        rates.uniform_approve,
        rates.uniform_reject,
        now,
    )
    (guarantees.create if stored is None else guarantees.put)(ledger.connection, after)
    if stored is None or stored.settings != after.settings:
        policies.raise_version(ledger.connection, ledger.site_id)
    lane_events.add(ledger.connection, ledger.site_id, [_event(change, ledger.plan) for change in ledger.changes], now)


def _event(change: Change, plan: Plan) -> LaneEvent:
    """The change with the kind of rate that its evidence is about: an alarm hears of the lane's own decisions."""
    said: dict[str, Any] = asdict(change) | {"metric": None}
    if change.n:
        alarm = Metric.FOR if change.lane is Lane.APPROVE else Metric.FDR
        said["metric"] = (alarm if change.kind == "closed" else plan.metric(change.lane)).value
    evidence = {name: said[name] for name in said if name not in ("at", "lane", "kind", "was", "now")}
    return LaneEvent(change.lane.value, change.kind, change.was.value, change.now.value, evidence)
