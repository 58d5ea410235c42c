"""A whole site as JSONL: a line that names the version, then policy, lists and rules, then one comment a line with all
that belongs to it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

import orjson

from models.conditions import flaw
from models.errors import Refused
from models.lists import normal
from models.vocabulary import ListKind
from service.transfer.rows import Broken
from service.transfer.source import Source
from store.records import archive, policy_archive
from store.records.archive import Whole
from store.records.database import Database
from store.records.policies import conditions_from
from store.records.policy_archive import Laid
from store.records.sites import Site

MARK = "gatepost_export"
VERSION = 2
KNOWN = (1, 2)  # The first one held no policy.
BATCH = 200


def send_out(database: Database, site: Site, out: BinaryIO, *, with_pseudonym_key: bool) -> Iterator[int]:
    """Write a site's comments; gives how many are written, comment by comment.

    The same comments give the same bytes. `with_pseudonym_key`: so that authors are known again elsewhere; whoever has
    the file can then find out the addresses behind the pseudonyms by trying. Raises DatabaseUnavailable, OSError.
    """
    header: dict[str, Any] = {MARK: VERSION}
    if with_pseudonym_key:
        header["pseudonym_key"] = site.pseudonym_key
    out.write(orjson.dumps(header) + b"\n")
    with database.read() as connection:
        wholes = archive.read(connection, site.id)
        first = list(islice(wholes, 1))  # The moment is that of the first question to the database.
        for laid in policy_archive.read(connection, site.id):
            out.write(orjson.dumps(laid) + b"\n")
        for number, whole in enumerate(chain(first, wholes), 1):
            out.write(orjson.dumps(whole) + b"\n")
            yield number


def header(source: Source) -> dict[str, Any] | None:
    """The first line of an export of ours; None for any other file. Raises Refused for a version not known."""
    _, line = next(source.lines(), (0, None))
    source.rewind()
    try:
        value = orjson.loads(line or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict) or MARK not in value:
        return None
    if value[MARK] not in KNOWN:
        raise Refused(f"{source.name} is version {value[MARK]} of an export; this Gatepost knows up to {VERSION}.")
    return value


def take_in(
    database: Database,
    site: Site,
    source: Source,
    *,
    on_broken: Callable[[Broken], None],
    on_batch: Callable[[int], None],
) -> Iterator[tuple[int, int, int]]:
    """Record an export; gives after each batch how many comments are new, were here already, are broken so far.

    Raises Refused where it cannot be read, or the pseudonyms of the site were made with another key.
    """
    pseudonym_key = (header(source) or {}).get("pseudonym_key")
    if isinstance(pseudonym_key, str):
        with database.write() as connection:
            archive.keep_pseudonyms(connection, site.id, pseudonym_key)
    lines, refused = _lay_down(database, site, islice(source.lines(), 1, None))
    for one in refused:
        on_broken(one)
    new, known, broken = 0, 0, len(refused)
    yield new, known, broken
    while batch := list(islice(lines, BATCH)):
        read = [_read(number, line) for number, line in batch]
        good = [one for one in read if not isinstance(one, Broken)]
        written, failed = _write(database, site, good)
        unreadable = [one for one in read if isinstance(one, Broken)]
        for one in sorted([*unreadable, *failed], key=lambda one: one.number):
            broken += 1
            on_broken(one)
        new, known = new + written[0], known + written[1]
        on_batch(len(batch))
        yield new, known, broken


def _lay_down(
    database: Database, site: Site, lines: Iterator[tuple[int, bytes | None]]
) -> tuple[Iterator[tuple[int, bytes | None]], list[Broken]]:
    """Record the policy, lists and rules with which an export begins; the lines after them, and what was refused."""
    laid: list[Laid] = []
    refused: list[Broken] = []
    for number, line in lines:
        value = _loaded(line)
        if not policy_archive.is_laid(value):
            lines = chain([(number, line)], lines)
            break
        wrong = policy_archive.check(value) or _unreadable(value)
        if wrong is None:
            laid.append(value)
        else:
            refused.append(Broken(number, wrong))
    try:
        with database.write() as connection:
            policy_archive.write(connection, site.id, laid)
    except Refused as error:
        refused.append(Broken(2, str(error)))
    return lines, refused


def _loaded(line: bytes | None) -> Any:
    try:
        return orjson.loads(line or b"")
    except orjson.JSONDecodeError:
        return None


def _unreadable(laid: Laid) -> str | None:
    """Why an entry or a rule could not be judged by; a policy that cannot be read would stop every decision."""
    try:
        if "list_entry" in laid:
            kind, value = ListKind(laid["list_entry"]["kind"]), laid["list_entry"]["value"]
            return None if normal(kind, value) == value else "list_entry.value is not in the form in which it is kept"
        if "rule" in laid:
            found = [flaw(condition) for condition in conditions_from(laid["rule"]["conditions"])]
            return next((f"rule.conditions: {one.detail}" for one in found if one is not None), None)
    except (ValueError, KeyError, TypeError) as error:
        return f"cannot be judged by: {error}"
    return None


def _read(number: int, line: bytes | None) -> tuple[int, Whole] | Broken:
    if line is None:
        return Broken(number, "is longer than 16 MiB")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Broken(number, "is no JSON")
    wrong = archive.check(value)
    return (number, value) if wrong is None else Broken(number, wrong)


def _write(
    database: Database, site: Site, numbered: Sequence[tuple[int, Whole]]
) -> tuple[tuple[int, int], list[Broken]]:
    """Record a batch; where it is refused, one by one, so that only the broken ones are left out."""
    try:
        with database.write() as connection:
            return archive.write(connection, site.id, [whole for _, whole in numbered]), []
    except Refused as error:
        if len(numbered) == 1:
            return (0, 0), [Broken(numbered[0][0], str(error))]
    new, known = 0, 0
    broken: list[Broken] = []
    for one in numbered:
        (n_new, n_known), failed = _write(database, site, [one])
        new, known = new + n_new, known + n_known
        broken += failed
    return (new, known), broken
