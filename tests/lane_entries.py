"""A site's log of the lanes, told entry by entry: well separated comments on a grid of equal steps."""

from models.guarantee.entries import MICROSECONDS_A_DAY, Entry, GridFixed, Labelled, Row, rows_of
from models.guarantee.lanes import Lane
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import SiteState, initial_state
from models.guarantee.transitions import Change

DAY = MICROSECONDS_A_DAY
NOW = 20_000 * DAY
EDGES = tuple((cell + 1) / 50 for cell in range(50))
GRID = GridFixed(NOW, EDGES, tuple(1 - edge for edge in EDGES), 1000)
CLOSED = Plan(start="closed", approve_target=0.05, reject_target=0.05)


def row(score: float, is_spam: bool, at: int = NOW, lane: Lane = Lane.REVIEW, **other: object) -> Row:
    plain = Row(at, score, score, lane, True, True, lane is not Lane.REVIEW, is_spam)
    return plain._replace(**other)


def labelled(*rows: Row, at: int = NOW) -> Labelled:
    return Labelled(at, rows_of(rows))


def told(plan: Plan, *entries: Entry, state: SiteState | None = None) -> tuple[SiteState, list[Change]]:
    state, changes = state or initial_state("site_1", plan, NOW), []
    for entry in entries:
        state, more = advance(state, entry, plan)
        changes.extend(more)
    return state, changes


def clean(n: int = 1000, at: int = NOW, **other: object) -> Labelled:
    """A well separated sample: genuine below 0.8, spam above."""
    return labelled(*(row((i + 0.5) / n, i >= 0.8 * n, at, **other) for i in range(n)), at=at)
