"""What clients send: strict shapes with the limits of the contract. Unknown fields are refused."""

import ipaddress
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from models.vocabulary import ReviewReason, State
from store.records.submissions import NewComment

MAX_TEXT_BYTES = 64 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def clean(value: str) -> str:
    """A text as it was sent. Raises PydanticCustomError for NUL and for lone surrogates."""
    if "\0" in value:
        raise PydanticCustomError("bad_character", "holds the character U+0000, which no comment needs; leave it out")
    if not value.isascii() and _SURROGATE.search(value):
        raise PydanticCustomError("bad_character", "holds half of a surrogate pair; send whole characters")
    return value


def address(value: str) -> str:
    """An IPv4 or IPv6 address in its usual form. Raises PydanticCustomError for anything else."""
    try:
        if "%" in value:
            raise ValueError
        read = ipaddress.ip_address(value)
        return str(getattr(read, "ipv4_mapped", None) or read)
    except ValueError:
        raise PydanticCustomError("bad_value", "is not an IPv4 or IPv6 address") from None


def _instant(value: Any) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "must be a time as RFC 3339 text")
    try:
        if not _RFC3339.fullmatch(value):
            raise ValueError
        moment = datetime.fromisoformat(value.replace("z", "Z").replace("t", "T")).astimezone(UTC)
        if not 1970 <= moment.year < 2200:
            raise ValueError
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "bad_value", "is not a time as RFC 3339 has it, such as 2026-11-24T10:00:00Z"
        ) from None
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _cut(value: str) -> str:
    data = value.encode("utf-8")
    return value if len(data) <= MAX_TEXT_BYTES else data[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


Clean = Annotated[str, AfterValidator(clean)]
Name = Annotated[Clean, Field(max_length=255)]
Id = Annotated[Clean, Field(min_length=1, max_length=255)]
Url = Annotated[Clean, Field(max_length=2048)]
Instant = Annotated[
    int,
    BeforeValidator(_instant, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date-time"}),
]


class Shape(BaseModel):
    """Strict: nothing is converted, nothing unknown is taken."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AuthorIn(Shape):
    """Who wrote the comment, as far as the site knows. E-mail, IP and user agent are never given back."""

    id: Name | None = None
    name: Name | None = None
    email: Annotated[Clean, Field(max_length=320)] | None = None
    url: Url | None = None
    ip: Annotated[Clean, Field(max_length=64), AfterValidator(address)] | None = None
    user_agent: Annotated[Clean, Field(max_length=1024)] | None = None
    role: Name | None = None


class PageIn(Shape):
    """The page that the comment stands under. Text beyond 64 KiB is cut."""

    url: Url | None = None
    title: Annotated[Clean, Field(max_length=1000)] | None = None
    text: Annotated[Clean, AfterValidator(_cut)] | None = None


class FormIn(Shape):
    """What the comment form saw: its hidden field, and seconds between showing and sending."""

    honeypot: Clean | bool | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None


class CommentIn(Shape):
    """A comment to decide about."""

    body: Annotated[Clean, Field(description="The text; at most 64 KiB of UTF-8.")]
    external_id: Id | None = None
    author: AuthorIn | None = None
    page: PageIn | None = None
    parent_id: Annotated[Clean, Field(max_length=40)] | None = None
    content_type: Id | None = None
    created_at: Instant | None = None
    form: FormIn | None = None
    language: Annotated[Clean, Field(max_length=35)] | None = None


class RevisionIn(Shape):
    """The edited text of a comment, with what the form and the page said this time."""

    body: Annotated[Clean, Field(description="The text; at most 64 KiB of UTF-8.")]
    page: PageIn | None = None
    form: FormIn | None = None


_AS_COMMENT = WithJsonSchema({"type": "object", "description": "A comment as `POST /v1/comments` takes it."})


class BatchIn(Shape):
    """1 to 100 comments. Each is checked by itself: a bad one stops no other."""

    items: Annotated[list[Annotated[Any, _AS_COMMENT]], Field(min_length=1, max_length=100)]


class CommentPath(BaseModel):
    """Which comment."""

    id: Annotated[Clean, Field(max_length=255)]


class Query(BaseModel):
    """A query string: values are text, so numbers are converted; unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


class CommentsQuery(Query):
    """Which comments to list."""

    external_id: Id | None = None
    state: State | None = None
    cursor: Annotated[Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ItemsQuery(Query):
    """Which review items to list."""

    site: Id | None = None
    reason: ReviewReason | None = None
    sort: Literal["priority", "oldest"] = "priority"
    cursor: Annotated[Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CountsQuery(Query):
    """Whose review items to count."""

    site: Id | None = None


class LeasesIn(Shape):
    """Claim the best `count` items, of one site if named, or the named ones; a lead may take over named ones."""

    count: Annotated[int, Field(ge=1, le=20)] | None = None
    site: Id | None = None
    ids: Annotated[list[Id], Field(min_length=1, max_length=20)] | None = None
    take_over: bool = False


class ChoiceIn(Shape):
    """One decision of a person about a version of a review item."""

    id: Id
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    action: Literal["approve", "reject", "escalate"]
    reason: Name | None = None
    note: Annotated[Clean, Field(max_length=2000)] | None = None


class ChoicesIn(Shape):
    """1 to 500 decisions."""

    items: Annotated[list[ChoiceIn], Field(min_length=1, max_length=500)]


_NO_AUTHOR, _NO_PAGE, _NO_FORM = AuthorIn(), PageIn(), FormIn()


def new_comment(shape: CommentIn, pseudonym: Any, content_digest: str) -> NewComment:
    """The shape as the store takes it. `pseudonym(kind, value)` makes the keyed hashes of one site.

    The fields in their order: by name it takes twice as long, and it is made for every comment.
    """
    author, page, form = shape.author or _NO_AUTHOR, shape.page or _NO_PAGE, shape.form or _NO_FORM
    email, ip, honeypot, seconds = author.email, author.ip, form.honeypot, form.seconds
    return NewComment(
        shape.body,
        shape.content_type or "comment",
        shape.external_id,
        content_digest,
        shape.parent_id,
        shape.language,
        author.id,
        author.name,
        author.url,
        author.role,
        email,
        None if email is None else pseudonym("email", email),
        ip,
        None if ip is None else pseudonym("ip", ip),
        author.user_agent,
        page.url,
        page.title,
        page.text,
        shape.created_at,
        None if honeypot is None else bool(honeypot),
        None if seconds is None else float(seconds),
    )
