"""Comments of a CSV file: UTF-8, a line of column names, then one comment a line."""

import csv
from collections.abc import Iterator

from models.errors import Refused
from service import lenient
from service.transfer.lines import STATUSES, stood_of
from service.transfer.rows import Broken, Row
from service.transfer.source import Source
from store.ids import rfc3339

ORIGIN = "a CSV file"
MAX_LINE_CHARACTERS = 1024 * 1024
# column → where it stands in a comment as `POST /v1/comments` takes it
COLUMNS = {
    "external_id": ("external_id",),
    "body": ("body",),
    "content_type": ("content_type",),
    "language": ("language",),
    "created_at": ("created_at",),
    "author_id": ("author", "id"),
    "author_name": ("author", "name"),
    "author_email": ("author", "email"),
    "author_url": ("author", "url"),
    "author_ip": ("author", "ip"),
    "author_role": ("author", "role"),
    "page_url": ("page", "url"),
    "page_title": ("page", "title"),
}
OTHERS = ("status", "parent")


def rows(source: Source) -> Iterator[Row | Broken]:
    """The comments in the order of the file. Raises Refused where the column names are not ours, or it is not UTF-8."""
    csv.field_size_limit(MAX_LINE_CHARACTERS)
    lines = _lines(source)
    header = next(lines, "")
    delimiter = max(",;\t", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    _check(source, names)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Broken(reader.line_num + 1, f"cannot be read as CSV: {error}")
            continue
        if values:
            yield _row(reader.line_num + 1, names, values)


def _check(source: Source, names: list[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS and name not in OTHERS]
    if unknown or "body" not in names or len(set(names)) != len(names):
        wrong = f"“{unknown[0][:40]}” is not one" if unknown else "“body” is needed, and each only once"
        raise Refused(f"The first line of {source.name} must name columns: {', '.join([*COLUMNS, *OTHERS])}; {wrong}.")


def _row(number: int, names: list[str], values: list[str]) -> Row | Broken:
    if len(values) != len(names):
        return Broken(number, f"has {len(values)} fields, the first line names {len(names)}")
    given = {name: value for name, value in zip(names, values, strict=True) if value.strip()}
    stood = stood_of(given.pop("status", ""))
    parent = given.pop("parent", None)
    if stood is None:
        return Broken(number, f"status must be one of {', '.join(STATUSES)}")
    if "created_at" in given:
        at = lenient.instant(given["created_at"])
        if at is None:
            return Broken(number, "created_at is not a time such as 2026-11-24T10:00:00Z")
        given["created_at"] = rfc3339(at)
    comment: dict[str, object] = {"author": {}, "page": {}}
    for name, value in given.items():
        *above, own = COLUMNS[name]
        place = comment[above[0]] if above else comment
        assert isinstance(place, dict)
        place[own] = value if name == "body" else value.strip()
    return Row(number, comment, stood, parent)


def _lines(source: Source) -> Iterator[str]:
    text = source.text()
    try:
        while line := text.readline(MAX_LINE_CHARACTERS):
            if len(line) >= MAX_LINE_CHARACTERS:
                raise Refused(f"{source.name} has a line of more than 1 Mi characters: is it CSV?")
            yield line
    except UnicodeDecodeError as error:
        raise Refused(f"{source.name} is not UTF-8; save it as “CSV UTF-8”.") from error
