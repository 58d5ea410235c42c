"""Labelled comments from a directory of `*.jsonl.gz`, with the licence of each file.

One JSON object a line: `text` and `label` (`spam` or `ham`; null is left out), `author` and `lang` (a language tag) if
known. Each file is a source of its own: sources differ in what they call spam and how much of it they hold, so nothing
pools them blindly.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import Refused
from models.text import fold
from models.vocabulary import Comment, LabelKind

SUFFIX = ".jsonl.gz"
MAX_ROWS_PER_SOURCE = 6000
_PSEUDONYM = "u_"


class DataRefused(Refused):
    """The training data cannot be read as they are; the sentence names the file and the line."""


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which terms a file may be used. `learn`: whether a model that is passed on may learn from it."""

    name: str
    credit: str
    learn: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or the labels of one site. `comments` and `is_spam` (bool, same length) in their order; `sha256` of
    the file's bytes. `sampling`: how many comments each row stands for, same length; None where all stand for one.
    """

    name: str
    licence: Licence
    sha256: str
    comments: tuple[Comment, ...]
    is_spam: NDArray[np.bool_]
    sampling: NDArray[np.float64] | None = None

    @property
    def ham_only(self) -> bool:
        """Whether the source can only show false positives."""
        return not self.is_spam.any()


_YOUTUBE = Licence(
    "CC BY 4.0",
    "UCI YouTube Spam Collection v1, T. C. Alberto, J. V. Lochter, T. A. Almeida, 2015",
    learn=True,
)
_NONE_STATED = "none stated"
LICENCES: dict[str, Licence] = {
    "yt-psy": _YOUTUBE,
    "yt-katyperry": _YOUTUBE,
    "yt-lmfao": _YOUTUBE,
    "sms-en": Licence(
        "CC BY 4.0", "UCI SMS Spam Collection v1, T. A. Almeida, J. M. Gomez Hidalgo, A. Yamakami, 2011", learn=True
    ),
    "ham-de": Licence("CC BY 4.0", "GermEval 2018, M. Wiegand, M. Siegel, J. Ruppenhofer, 2018", learn=True),
    "id-yt-judol": Licence("MIT", "id-yt-judol, Indonesian YouTube comments with gambling promotion", learn=True),
    "tg-monalenka": Licence("MIT", "tg-monalenka, Russian Telegram messages", learn=True),
    "blog-a": Licence(_NONE_STATED, "Comments under programming tutorials, 2016-2019", learn=False),
    "id-instagram": Licence(_NONE_STATED, "Indonesian Instagram comments, 2020-2021", learn=False),
    "zh-chat": Licence("GPL-3.0, origins unstated", "Chinese group and live chat", learn=False),
    "ham-vi": Licence(_NONE_STATED, "Vietnamese social media", learn=False),
}
OWN_DATA = Licence("own data", "Labels of this installation", learn=True)


def read(directory: Path) -> list[Source]:
    """All labelled sources below `directory`, by name. A file that is not in LICENCES counts as the operator's own.

    Raises DataRefused where the directory or all labels are missing, or a line cannot be read; it names file and line.
    """
    if not directory.is_dir():
        raise DataRefused(f"There is no directory {directory}; name one that holds {SUFFIX} files.")
    sources = [_read_source(path) for path in sorted(directory.glob(f"*{SUFFIX}"))]
    labelled = [source for source in sources if source.comments]
    if not labelled:
        raise DataRefused(f"No labelled line stands in {directory}; it needs {SUFFIX} files with spam and ham.")
    return labelled


def capped(source: Source, seed: int, max_rows: int = MAX_ROWS_PER_SOURCE) -> Source:
    """At most `max_rows` rows, drawn by `seed`: half of each class, what one class lacks filled up by the other."""
    if len(source.comments) <= max_rows:
        return source
    rng = np.random.default_rng([seed, zlib.crc32(source.name.encode())])
    spam = rng.permutation(np.flatnonzero(source.is_spam))
    ham = rng.permutation(np.flatnonzero(~source.is_spam))
    half = max_rows // 2
    n_spam = min(len(spam), max(half, max_rows - len(ham)))
    keep = np.sort(np.concatenate((spam[:n_spam], ham[: max_rows - n_spam])))
    comments = tuple(source.comments[index] for index in keep)
    sampling = None if source.sampling is None else source.sampling[keep]
    return Source(source.name, source.licence, source.sha256, comments, source.is_spam[keep], sampling)


def groups(comments: Sequence[Comment]) -> NDArray[np.intp]:
    """Group number of each comment, shape (len(comments),); texts that fold to the same letters share one."""
    numbers: dict[str, int] = {}
    keys = ("".join(filter(str.isalnum, fold(comment.body))) for comment in comments)
    return np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), dtype=np.intp)


def _read_source(path: Path) -> Source:
    name = path.name.removesuffix(SUFFIX)
    try:
        packed = path.read_bytes()
        lines = gzip.decompress(packed).decode("utf-8").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataRefused(f"{path.name} cannot be unpacked: {error}") from error
    rows = list(_rows(path.name, lines))
    is_spam = np.array([kind is LabelKind.SPAM for _, kind in rows], dtype=bool)
    comments = tuple(comment for comment, _ in rows)
    return Source(name, LICENCES.get(name, OWN_DATA), hashlib.sha256(packed).hexdigest(), comments, is_spam)


def _rows(file_name: str, lines: Sequence[str]) -> Iterator[tuple[Comment, LabelKind]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            label, text, author = row["label"], row["text"], row.get("author")
            if not isinstance(text, str):
                raise TypeError("text is not a string")
            if label is not None:
                comment = Comment(text, author_name=_display_name(author), language=row.get("lang") or None)
                yield comment, LabelKind(label)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataRefused(f"{file_name}, line {number}: {type(error).__name__}: {error}") from error


def _display_name(author: str | None) -> str | None:
    return None if author is None or author.startswith(_PSEUDONYM) else author
