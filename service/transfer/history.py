"""Bring the comments of another system in: check each as the API would, make its pseudonyms, record them in batches.

The readers give rows one by one and a batch is forgotten once it is recorded, so memory does not grow with the file.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from pydantic import ValidationError

from models.links import link_domains
from models.near_duplicates import text_keys
from models.text import fold
from service.api import shapes
from service.intake import content_digest, pseudonym
from service.transfer.rows import Broken, Row, Stood, without_nothing
from store.ids import now_us
from store.records import history
from store.records.database import Database
from store.records.evidence import Keys
from store.records.history import Entered, Past
from store.records.sites import Site

BATCH = 500
_WAS = {Stood.PUBLISHED: "published", Stood.SPAM: "held for spam", Stood.REMOVED: "removed", Stood.PENDING: "waiting"}


@dataclass(slots=True)
class Imported:
    """What became of the rows of a file. `broken`: how many could not be read and were passed over."""

    entered: Entered = field(default_factory=Entered)
    broken: int = 0


def bring_in(
    database: Database,
    site: Site,
    origin: str,
    rows: Iterable[Row | Broken],
    *,
    on_broken: Callable[[Broken], None],
    on_batch: Callable[[int], None],
) -> Iterator[Imported]:
    """Record the rows; gives the counts so far after each batch, the same object each time.

    `origin`: where they come from, for the reason of their decisions. `on_batch` gets how many rows a batch had.
    Raises Refused where the file cannot be read any further, DatabaseUnavailable; what was recorded before stays.
    """
    counts = Imported()
    coming = iter(rows)
    while batch := list(islice(coming, BATCH)):
        pasts: list[Past] = []
        for row in batch:
            taken = row if isinstance(row, Broken) else _past(site, origin, row)
            if isinstance(taken, Broken):
                counts.broken += 1
                on_broken(taken)
            else:
                pasts.append(taken)
        if pasts:
            with database.write() as connection:
                counts.entered.add(history.enter(connection, site, _with_keys(pasts), now_us()))
        on_batch(len(batch))
        yield counts


def _past(site: Site, origin: str, row: Row) -> Past | Broken:
    try:
        shape = shapes.CommentIn.model_validate(without_nothing(row.comment))
    except ValidationError as error:
        return Broken(row.number, _first(error))
    if len(shape.body.encode()) > shapes.MAX_TEXT_BYTES:
        return Broken(row.number, "/body: may have 64 KiB of UTF-8 at most")
    if shape.parent_id is not None:
        return Broken(row.number, "/parent_id: name the parent's external_id in “parent” instead")
    digest = content_digest(site, shape.model_dump_json().encode())
    new = shapes.new_comment(shape, partial(pseudonym, site), digest)
    if new.external_id is None:  # So that the same row again is the same comment.
        new = new._replace(external_id=f"row-{digest[:40]}")
    return Past(
        new, row.stood.state, row.stood.label, f"Imported from {origin}, where it was {_WAS[row.stood]}", row.parent
    )


def _with_keys(pasts: Sequence[Past]) -> list[Past]:
    """By what the text of each labelled comment is found again: nearly the same texts, and the domains it links."""
    labelled = [place for place, past in enumerate(pasts) if past.label is not None]
    folded = [fold(pasts[place].comment.body) for place in labelled]
    found = text_keys(folded)
    texts = {owner: tuple(keys) for owner, keys in zip(found.owners.tolist(), found.keys.tolist(), strict=True)}
    made = list(pasts)
    for number, (place, text) in enumerate(zip(labelled, folded, strict=True)):
        author_url = pasts[place].comment.author_url
        domains = dict.fromkeys([*link_domains(text), *(link_domains(fold(author_url)) if author_url else ())])
        made[place] = pasts[place]._replace(keys=Keys(texts.get(number, ()), tuple(domains)))
    return made


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return "".join(f"/{part}" for part in found["loc"]) + f": {found['msg']}"
