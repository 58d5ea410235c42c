"""The Akismet wire: forms as real clients send them."""

from dataclasses import replace

import pytest
from akismet_calls import BLOG, FORM, Wire, guid, is_invalid
from builders import HAM, query, read
from sqlalchemy import select

from store.records.schema import comments, foreign_comments, raw_submissions, revisions
from store.stores import Stores

pytestmark = pytest.mark.usefixtures("worker")


def test_bare_names_are_empty_fields(stores: Stores, wire: Wire) -> None:
    body = (
        f"blog={BLOG}&user_ip=192.0.2.7&comment_author_url&user_role&POST_ak_hp_textarea&comment_content={HAM}"
        f"&recheck_reason&&=&&api_key={wire.key}"
    )

    answer = wire.raw("/1.1/comment-check", body, f"{FORM}; charset=UTF-8")

    assert answer.data == b"false"
    assert read(stores, guid(answer)).author_url is None
    assert query(stores, select(comments.c.author_role)) == [None]


def test_the_fields_of_a_comment_arrive(stores: Stores, wire: Wire) -> None:
    answer = wire.check(
        "Grüße & 1+1=2",
        comment_author="Ana",
        comment_author_email="ana@example.com",
        comment_author_url="https://ana.example",
        comment_type="forum-post",
        permalink=f"{BLOG}/p",
        comment_date_gmt="2026-11-24 10:00:00",
        blog_lang="de",
        user_role="editor",
        user_ID="12",
        user_agent="Mozilla/5.0",
        comment_ID="77",
        callback="https://blog.example/told",
    )

    record = read(stores, guid(answer))
    assert record.body == "Grüße & 1+1=2"
    assert (record.author_name, record.author_url, record.author_role) == ("Ana", "https://ana.example", "editor")
    assert (record.author_id, record.content_type, record.language) == ("12", "forum-post", "de")
    assert (record.page_url, record.created_at) == (f"{BLOG}/p", 1795514400000000)
    (raw,) = query(stores, select(raw_submissions.c.email, raw_submissions.c.ip, raw_submissions.c.user_agent))
    assert raw == ("ana@example.com", "192.0.2.7", "Mozilla/5.0")
    (kept,) = query(stores, select(foreign_comments.c.wire, foreign_comments.c.blog, foreign_comments.c.foreign_id))
    assert kept == ("akismet", BLOG, "77")
    assert query(stores, select(foreign_comments.c.callback)) == ["https://blog.example/told"]


def test_other_names_for_the_same_are_known(stores: Stores, wire: Wire) -> None:
    answer = replace(wire, fields={"blog": BLOG}).check(
        content_type="reply", comment_author_IP="192.0.2.9", comment_agent="Lynx", user_id="5", is_spam="True"
    )

    record = read(stores, guid(answer))
    assert (record.content_type, record.author_id) == ("reply", "5")
    assert query(stores, select(raw_submissions.c.ip, raw_submissions.c.user_agent)) == [("192.0.2.9", "Lynx")]


@pytest.mark.parametrize(
    "context",
    [
        "comment_context=bread&comment_context=butter",
        "comment_context[]=bread&comment_context[]=butter",
        "comment_context%5B%5D=bread&comment_context%5B%5D=butter",
        "comment_context[0]=bread&comment_context[1]=butter",
    ],
)
def test_the_context_of_a_comment_comes_in_four_spellings(stores: Stores, wire: Wire, context: str) -> None:
    wire.raw("/1.1/comment-check", f"blog={BLOG}&{context}&api_key={wire.key}")

    assert query(stores, select(raw_submissions.c.page_text)) == ["bread\nbutter"]


@pytest.mark.parametrize(
    ("sent", "charset", "text"),
    [
        ("caf%E9", "ISO-8859-1", "café"),
        ("%CF%F0%E8%E2%E5%F2", "windows-1251", "Привет"),
        ("%93%FA%96%7B", "Shift_JIS", "日本"),
        ("caf%C3%A9", "UTF-8", "café"),
        ("caf%C3%A9", "no-such-charset", "café"),
        ("caf%C3%A9", "punycode", "café"),
        ("caf%C3%A9", "zlib", "café"),
        ("caf%E9", "utf-8", "caf\ufffd"),
    ],
)
def test_the_text_is_decoded_by_the_charset_of_the_form(
    stores: Stores, wire: Wire, sent: str, charset: str, text: str
) -> None:
    body = f"blog={BLOG}&comment_content={sent}&api_key={wire.key}"

    answer = wire.raw("/1.1/comment-check", body, f"{FORM}; charset={charset}")

    assert read(stores, guid(answer)).body == text


@pytest.mark.parametrize(
    ("fields", "filled"),
    [
        ({"honeypot_field_name": "nick", "nick": "x"}, "1"),
        ({"honeypot_field_name": "nick", "nick": ""}, "0"),
        ({"POST_ak_hp_textarea": "x"}, "1"),
        ({"POST_ak_hp_textarea": ""}, "0"),
        ({}, None),
    ],
)
def test_the_hidden_field_of_the_form_is_evidence(
    stores: Stores, wire: Wire, fields: dict[str, str], filled: str | None
) -> None:
    wire.check(**fields)

    assert query(stores, select(revisions.c.form_honeypot)) == [filled]


def test_what_cannot_be_read_is_left_out_not_refused(stores: Stores, wire: Wire) -> None:
    answer = wire.check(
        "\0text", user_ip="", comment_date_gmt="yesterday", callback="javascript:alert(1)", comment_author="a" * 999
    )

    record = read(stores, guid(answer))
    assert (record.body, record.created_at, record.author_name) == ("\ufffdtext", None, "a" * 255)
    assert query(stores, select(foreign_comments.c.callback)) == [None]


def test_nothing_but_the_named_fields_is_kept(stores: Stores, wire: Wire) -> None:
    secret = "0f1e2d3c4b"
    wire.check(POST_akismet_comment_nonce=secret, HTTP_COOKIE=f"session={secret}", HTTP_AUTHORIZATION=secret)

    tables = (comments, raw_submissions, foreign_comments)
    assert secret not in str([query(stores, select(table)) for table in tables])


def test_a_text_of_64_kib_that_travels_twice_fully_encoded_is_taken_whole(stores: Stores, wire: Wire) -> None:
    text = "%C3%A4" * 32_767
    body = f"blog={BLOG}&comment_content={text}&POST_comment={text}&api_key={wire.key}"
    assert len(body) > 380_000

    answer = wire.raw("/1.1/comment-check", body)

    assert read(stores, guid(answer)).body == "ä" * 32_767


def test_a_longer_text_is_cut(stores: Stores, wire: Wire) -> None:
    assert read(stores, guid(wire.check("x" * 70_000))).body == "x" * 65_536


def test_a_body_beyond_a_mebibyte_is_invalid(wire: Wire) -> None:
    assert is_invalid(wire.raw("/1.1/comment-check", b"a" * (1024 * 1024 + 1)))
