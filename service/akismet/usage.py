"""Numbers of the Akismet wire: what a key was used for. Tests do not count, and nothing here is ever limited."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from service.akismet.door import TurnedAway
from service.akismet.fields import WIRE
from service.akismet.form import Form
from store.ids import now_us
from store.records import foreign
from store.records.foreign import BlogUsage
from store.records.sites import Site
from store.stores import Stores

DEFAULT_ROWS = 500
COLUMNS = ("site", "api_calls", "spam", "ham", "missed_spam", "false_positives", "is_revoked")
TITLES = ("Site", "Total API Calls", "Spam", "Ham", "Missed Spam", "False Positives", "Is Revoked")
SPANS = {"6-months": timedelta(days=183), "60-days": timedelta(days=60)}
_ORDERS = {
    "total": lambda row: row.calls,
    "spam": lambda row: row.spam,
    "ham": lambda row: row.ham,
    "missed_spam": lambda row: row.missed_spam,
    "false_positives": lambda row: row.false_positives,
}


def limit(stores: Stores, site: Site, form: Form) -> dict[str, Any]:
    """`usage-limit`: checks of this month, of which there may be any number."""
    shown: dict[str, Any] = {
        "limit": "none",
        "usage": sum(row.calls for row in _month(stores, site, "")[1]),
        "percentage": "0.00",
        "throttled": False,
    }
    if form.get("extended").lower() in ("1", "true"):
        shown |= {"notice_level": "none", "upgrade": False}
    return shown


def key_sites(stores: Stores, site: Site, form: Form) -> tuple[dict[str, Any] | str, str]:
    """`key-sites`: a month by blog, as JSON values or CSV text, with its content type.

    No client that was tried reads the rows: that the month's key holds a list follows the published description alone.
    Raises TurnedAway for a month that is none.
    """
    month, rows = _month(stores, site, form.get("month"))
    wanted = form.get("filter").lower()
    rows = sorted(
        (row for row in rows if wanted in row.blog.lower()), key=_ORDERS.get(form.get("order"), _ORDERS["total"])
    )[::-1]
    offset = _number(form.get("offset"), 0)
    most = _number(form.get("limit"), DEFAULT_ROWS)
    page = rows[offset : offset + most]
    if form.get("format").lower() == "csv":
        title = f"Active sites during {month} (limit: {most}, offset: {offset}, total: {len(rows)})"
        return _csv(title, page), "text/csv; charset=utf-8"
    shown = {month: [_row(row) for row in page], "limit": most, "offset": offset, "total": len(rows)}
    return shown, "application/json"


def stats(stores: Stores, site: Site, form: Form) -> dict[str, Any]:
    """`get-stats`: what the dashboard of a client shows. We make no guess at the time that was saved."""
    now = now_us()
    span = SPANS.get(form.get("from"))
    since = 0 if span is None else now - int(span.total_seconds()) * 1_000_000
    with stores.database.read() as connection:
        rows = foreign.usage(connection, site.id, WIRE, since, now + 1)
    spam, ham = sum(row.spam for row in rows), sum(row.ham for row in rows)
    missed, false = sum(row.missed_spam for row in rows), sum(row.false_positives for row in rows)
    calls = spam + ham
    return {
        "spam": spam,
        "ham": ham,
        "missed_spam": missed,
        "false_positives": false,
        "accuracy": round(100 * (1 - (missed + false) / calls), 2) if calls else 100.0,
        "time_saved": 0,
    }


def subscription(site: Site) -> dict[str, Any]:
    """`get-subscription`: without these fields a client does not keep the key."""
    return {
        "status": "active",
        "account_type": "gatepost",
        "account_name": site.url,
        "next_billing_date": False,
        "limit_reached": False,
    }


def _month(stores: Stores, site: Site, name: str) -> tuple[str, list[BlogUsage]]:
    try:
        first = datetime.strptime(name or f"{datetime.now(UTC):%Y-%m}", "%Y-%m").replace(tzinfo=UTC)
        if not 1970 <= first.year < 2200:
            raise ValueError
    except ValueError:
        raise TurnedAway('The field "month" must be a month such as 2026-11.') from None
    following = (first + timedelta(days=32)).replace(day=1)
    with stores.database.read() as connection:
        rows = foreign.usage(
            connection, site.id, WIRE, int(first.timestamp()) * 1_000_000, int(following.timestamp()) * 1_000_000
        )
    return f"{first:%Y-%m}", rows


def _row(row: BlogUsage) -> dict[str, Any]:
    values = (row.blog, row.calls, row.spam, row.ham, row.missed_spam, row.false_positives, False)
    return dict(zip(COLUMNS, values, strict=True))


def _csv(title: str, rows: Sequence[BlogUsage]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([title])
    writer.writerow(TITLES)
    for row in rows:
        shown = _row(row)
        if row.blog.startswith(("=", "+", "-", "@", "\t")):
            shown["site"] = f"'{row.blog}"  # A spreadsheet would take it for a formula.
        writer.writerow(["false" if value is False else value for value in shown.values()])
    return written.getvalue()


def _number(sent: str, default: int) -> int:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else default
