"""`gatepost list`."""

import csv
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import click

from cli.options import Commands, json_option, opened, previewed, show, table
from cli.rules import site_option
from models.errors import Refused
from models.vocabulary import ListEffect, ListKind
from service.policies import NewEntry, Policies, entry_value
from service.preview import MAX_COMMENTS
from store.ids import rfc3339
from store.records import sites
from store.records.lists import StoredEntry
from store.stores import Stores

EFFECTS = click.Choice([effect.value for effect in ListEffect])
KINDS = click.Choice([kind.value for kind in ListKind])
PAGE = 1000
MAX_TEXT = 1000
Word = TypeVar("Word", bound=StrEnum)
COLUMNS = {"effect", "kind", "value", "reason"}


@click.group("list", cls=Commands)
def lists() -> None:
    """Block, hold or allow authors, addresses, domains and words."""


@lists.command("add")
@site_option
@click.option("--effect", type=EFFECTS, required=True)
@click.option("--kind", type=KINDS, required=True)
@click.option("--value", required=True)
@click.option("--reason", help="Why it is there.")
@json_option
def list_add(site_id: str, effect: str, kind: str, *, value: str, reason: str | None, as_json: bool) -> None:
    """Add an entry."""
    with opened() as stores:
        added = _policies(stores, site_id).add_entry(site_id, _entry(effect, kind, value, reason))
    shown = {"entry_id": added.id, "effect": added.effect, "kind": added.kind, "value": added.value}
    show(shown, as_json, f"{added.id}  {added.effect} {added.kind} {added.value}")


@lists.command("show")
@site_option
@click.option("--effect", type=EFFECTS)
@click.option("--kind", type=KINDS)
@json_option
def list_show(site_id: str, effect: str | None, kind: str | None, as_json: bool) -> None:
    """Show the entries of a site, oldest first."""
    with opened() as stores:
        items = [_shown(entry) for entry in _every(_policies(stores, site_id), site_id, effect, kind)]
    show({"items": items}, as_json, table(items) or "There is no such entry yet.")


@lists.command("remove")
@click.argument("entry_id")
@site_option
@json_option
def list_remove(entry_id: str, site_id: str, as_json: bool) -> None:
    """Remove an entry."""
    with opened() as stores:
        policies = _policies(stores, site_id)
        policies.remove_entry(policies.entry(site_id, entry_id))
    show({"entry_id": entry_id, "removed": True}, as_json, f"{entry_id} is removed.")


@lists.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@site_option
@click.option("--effect", type=EFFECTS, help="Of lines that name none.")
@click.option("--kind", type=KINDS, help="Of lines that name none.")
@click.option("--preview", "only_preview", is_flag=True, help="Only tell what it would do.")
@json_option
def list_import(
    file: Path, site_id: str, effect: str | None, kind: str | None, *, only_preview: bool, as_json: bool
) -> None:
    """Add many entries: a value a line, or CSV whose first line names columns (value, effect, kind, reason).

    All of them or, where one is wrong, none. What has an entry already stays as it is.
    """
    news = _read(file, effect, kind)
    with opened() as stores:
        policies = _policies(stores, site_id)
        if only_preview:
            n_new, found = policies.preview_entries(site_id, news, MAX_COMMENTS)
            shown = {"new": n_new, "known": len(news) - n_new, **previewed(found)}
            show(shown, as_json, f"{n_new} of {len(news)} entries are new. {found.summary()}")
            return
        n_new = policies.add_entries(site_id, news)
    shown = {"new": n_new, "known": len(news) - n_new}
    show(shown, as_json, f"{n_new} entries are new, {len(news) - n_new} were there already.")


def _policies(stores: Stores, site_id: str) -> Policies:
    with stores.database.read() as connection:
        sites.get(connection, site_id)
    return Policies(stores)


def _every(policies: Policies, site_id: str, effect: str | None, kind: str | None) -> Iterator[StoredEntry]:
    after = None
    while page := policies.entries(site_id, effect=effect, kind=kind, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def _shown(entry: StoredEntry) -> dict[str, object]:
    return {
        "entry_id": entry.id,
        "effect": entry.effect,
        "kind": entry.kind,
        "hits": entry.hits,
        "expires_at": None if entry.expires_at is None else rfc3339(entry.expires_at),
        "value": entry.value,
        "reason": entry.reason,
    }


def _read(file: Path, effect: str | None, kind: str | None) -> list[NewEntry]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{file.name} cannot be read as text in UTF-8.") from None
    first = text.partition("\n")[0].strip()
    named = [name.strip() for name in first.split(",")]
    if "value" in named:
        if not set(named) <= COLUMNS:
            raise Refused(f"{file.name} names columns that are not known; use {', '.join(sorted(COLUMNS))}.")
        rows = list(csv.DictReader(text.splitlines(), skipinitialspace=True))
        given = [
            (row.get("effect") or effect, row.get("kind") or kind, row["value"], row.get("reason")) for row in rows
        ]
    else:
        given = [(effect, kind, line.strip(), None) for line in text.splitlines() if line.strip()]
    return _entries(given, 2 if "value" in named else 1)


def _entries(given: Sequence[tuple[str | None, str | None, str | None, str | None]], first: int) -> list[NewEntry]:
    made = []
    for number, (effect, kind, value, reason) in enumerate(given, first):
        if effect is None or kind is None:
            raise Refused(f"Row {number} names no effect or no kind; say --effect and --kind.")
        try:
            made.append(_entry(effect, kind, value or "", reason))
        except Refused as error:
            raise Refused(f"Row {number}: {error}") from None
    return made


def _word(kinds: type[Word], given: str) -> Word:
    try:
        return kinds(given)
    except ValueError:
        raise ValueError(f"{given[:60]!r} is none of {', '.join(kinds)}") from None


def _entry(effect: str, kind: str, value: str, reason: str | None) -> NewEntry:
    try:
        read = _word(ListEffect, effect), _word(ListKind, kind)
        if not value or len(value) > MAX_TEXT or len(reason or "") > MAX_TEXT or "\0" in value:
            raise ValueError(f"a value and a reason have 1 to {MAX_TEXT:,} characters")
        return NewEntry(*read, entry_value(read[1], value), reason or None)
    except ValueError as error:
        raise Refused(f"{value[:60]!r} is no entry: {error}.") from None
