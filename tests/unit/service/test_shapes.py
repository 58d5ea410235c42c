from typing import Any

import pytest
from pydantic import ValidationError

from service.api.shapes import MAX_TEXT_BYTES, CommentIn, new_comment
from service.problems import field_errors
from store.ids import rfc3339


def shape(**fields: Any) -> CommentIn:
    return CommentIn.model_validate({"body": "x", **fields})


def refused(**fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        shape(**fields)
    return [(field.pointer, field.code) for field in field_errors(error.value)]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000Z"),
        ("2026-11-24t10:00:00z", "2026-11-24T10:00:00.000Z"),
        ("2026-11-24 10:00:00Z", "2026-11-24T10:00:00.000Z"),
        ("2026-11-24T10:00:00+00:00", "2026-11-24T10:00:00.000Z"),
        ("2026-11-24T10:00:00-00:00", "2026-11-24T10:00:00.000Z"),
        ("2026-11-24T10:00:00+05:45", "2026-11-24T04:15:00.000Z"),
        ("2026-11-24T23:30:00-01:00", "2026-11-25T00:30:00.000Z"),
        ("2026-11-24T10:00:00.1Z", "2026-11-24T10:00:00.100Z"),
        ("2026-11-24T10:00:00.123456789Z", "2026-11-24T10:00:00.123Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_every_form_of_rfc_3339_is_read(text: str, utc: str) -> None:
    instant = shape(created_at=text).created_at

    assert instant is not None
    assert rfc3339(instant) == utc


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24",
        "2026-11-24T10:00Z",
        "2026-11-24T10:00:00",
        "2026-11-24T10:00:00,5Z",
        "2026-11-24T10:00:00.Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T10:60:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-24T10:00:00+0100",
        "2026-11-24T10:00:00+25:00",
        "20261124T100000Z",
        "2026-W48-2T10:00:00Z",
        " 2026-11-24T10:00:00Z",
        "2026-11-24T10:00:00Z\n",
        "\uff12\uff10\uff12\uff16-11-24T10:00:00Z",
        "",
    ],
)
def test_what_is_no_rfc_3339_is_refused(text: str) -> None:
    assert refused(created_at=text) == [("/created_at", "bad_value")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ],
)
def test_an_address_is_kept_in_one_form(given: str, kept: str) -> None:
    author = shape(author={"ip": given}).author

    assert author is not None
    assert author.ip == kept


@pytest.mark.parametrize("text", ["1.2.3.4.5", "01.2.3.4", "1.2.3.4/8", "::1%lo", "[::1]", "1.2.3.4:80", "0x7f.1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refused(author={"ip": text}) == [("/author/ip", "bad_value")]


def test_every_wrong_field_is_named() -> None:
    assert refused(author={"name": 1, "odd": 2}, page={"url": "u" * 2049}) == [
        ("/author/name", "wrong_type"),
        ("/author/odd", "unknown_field"),
        ("/page/url", "too_long"),
    ]


def test_page_text_is_cut_at_a_whole_character() -> None:
    page = shape(page={"text": "x" + "😀" * 20_000}).page

    assert page is not None
    assert page.text is not None
    assert len(page.text.encode()) <= MAX_TEXT_BYTES
    assert page.text == "x" + "😀" * ((MAX_TEXT_BYTES - 1) // 4)


def test_null_is_the_same_as_left_out() -> None:
    assert shape(author=None, page=None, form=None, external_id=None, created_at=None) == shape()


def test_personal_data_goes_through_the_pseudonym() -> None:
    sent = shape(author={"email": "a@example.org", "ip": "192.0.2.1", "name": "Ana"})

    made = new_comment(sent, lambda kind, value: value and f"{kind}:{value}", "digest")

    assert (made.email_hash, made.ip_hash) == ("email:a@example.org", "ip:192.0.2.1")
    assert (made.content_type, made.content_digest) == ("comment", "digest")


@pytest.mark.parametrize(("honeypot", "filled"), [(None, None), ("", False), ("x", True), (True, True), (False, False)])
def test_a_honeypot_is_filled_or_not_or_unknown(honeypot: Any, filled: bool | None) -> None:
    assert new_comment(shape(form={"honeypot": honeypot}), lambda *_: None, "").form_honeypot is filled
