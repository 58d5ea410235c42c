"""What people decided, as rows to learn from and to be judged by: read from the database, split by time."""

import hashlib
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from models.vocabulary import Comment, Evidence, LabelKind
from store.records import labelled_texts
from store.records.database import Connection
from store.records.evidence import load
from store.records.labelled_texts import LabelledText
from training.dataset import OWN_DATA, DataRefused, Source, groups

LABELS = "labels"
MAX_STANDS_FOR = 20.0  # A row of a rare audit would else outweigh all that people looked at.

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Sample = tuple[Comment, Evidence]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled comments, oldest label first. `samples`: (n,) with what was known beside the text; `is_spam`: (n,);
    `stands_for`: (n,), how many comments each row stands for, at most 20; `sites`, `sources`: (n,) of each row;
    `at`: int64 (n,), microseconds since 1970."""

    samples: tuple[Sample, ...]
    is_spam: Flags
    stands_for: Floats
    sites: tuple[str, ...]
    sources: tuple[str, ...]
    at: NDArray[np.int64]

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments without what was known beside them."""
        return tuple(comment for comment, _ in self.samples)

    def chosen(self, rows: Flags) -> "Labelled":
        """Those rows, (n,)."""
        places = np.flatnonzero(rows).tolist()
        return Labelled(
            tuple(self.samples[place] for place in places),
            self.is_spam[rows],
            self.stands_for[rows],
            tuple(self.sites[place] for place in places),
            tuple(self.sources[place] for place in places),
            self.at[rows],
        )

    def digest(self) -> str:
        """SHA-256 of all that is learned of these rows, 64 hex digits."""
        whole = hashlib.sha256()
        for sample, is_spam, weight in zip(self.samples, self.is_spam.tolist(), self.stands_for.tolist(), strict=True):
            whole.update(orjson.dumps((sample, is_spam, weight)))
        return whole.hexdigest()

    def by_source(self) -> dict[str, int]:
        """How many rows each source of labels gave."""
        return {source: self.sources.count(source) for source in sorted(set(self.sources))}


def read_labels(connection: Connection, site_id: str | None = None) -> Labelled:
    """The labels that stand, of one site or of all. Raises DataRefused where there are none."""
    rows = labelled_texts.standing(connection, site_id)
    if not rows:
        where = "" if site_id is None else f" of site {site_id}"
        raise DataRefused(f"No comment{where} has a label yet; labels come from reviewers' decisions and feedback.")
    return Labelled(
        samples=tuple((_comment(row), load(row.evidence)[0]) for row in rows),
        is_spam=np.array([row.label == LabelKind.SPAM for row in rows], dtype=bool),
        stands_for=np.minimum(np.array([row.weight for row in rows], dtype=np.float64), MAX_STANDS_FOR),
        sites=tuple(row.site_id for row in rows),
        sources=tuple(row.source for row in rows),
        at=np.array([row.at for row in rows], dtype=np.int64),
    )


def split_by_time(rows: Labelled, held_out: float) -> tuple[Labelled, Labelled]:
    """The older rows to learn from and the newest fraction `held_out` in [0, 1) to judge by.

    A newer text that says the same as an older one is in neither: it would be recognised, not judged.
    """
    n_learn = len(rows.at) - round(held_out * len(rows.at))
    old = np.arange(len(rows.at)) < n_learn
    group_of = groups(rows.comments)
    return rows.chosen(old), rows.chosen(~old & ~np.isin(group_of, group_of[old]))


def newer_than(rows: Labelled, until: int | None) -> Labelled:
    """Rows labelled after `until` (microseconds since 1970) whose text no older one says; all of them for None."""
    if until is None:
        return rows
    old = rows.at <= until
    group_of = groups(rows.comments)
    return rows.chosen(~old & ~np.isin(group_of, group_of[old]))


def as_source(rows: Labelled) -> Source:
    """The rows as a source beside those of files. What was known beside the texts is left out."""
    return Source(LABELS, OWN_DATA, rows.digest(), rows.comments, rows.is_spam, rows.stands_for)


def require_both_classes(is_spam: Flags, least: int, what: str) -> None:
    """Raise DataRefused unless there are `least` rows of each class."""
    n_spam, n_ham = int(is_spam.sum()), int((~is_spam).sum())
    if min(n_spam, n_ham) < least:
        raise DataRefused(f"{n_spam} spam and {n_ham} ham {what} are too few; {least} of each are needed.")


def _comment(row: LabelledText) -> Comment:
    return Comment(row.body, row.author_name, row.author_url, row.page_title, None, row.language)
