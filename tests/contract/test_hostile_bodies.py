"""Bodies that break services: each has its exact answer, the same on both databases."""

import json
import unicodedata
from typing import Any

import orjson
import pytest
from builders import Caller, problem
from werkzeug.test import TestResponse

Expected = tuple[int, str, list[tuple[str, str]]]

LIMIT = 64 * 1024
MIB = 1024 * 1024
BROKEN: Expected = (400, "invalid_json", [])
FINE: Expected = (202, "", [])


def fields(*found: tuple[str, str]) -> Expected:
    return 422, "invalid_request", list(found)


def given(answer: TestResponse) -> Expected:
    return (answer.status_code, "", []) if answer.status_code < 400 else problem(answer)


def check(caller: Caller, cases: dict[str, tuple[bytes, Expected]]) -> None:
    """Send each body and compare all answers at once, so that a failure shows every difference."""
    assert {name: given(caller.post("/v1/comments", raw=body)) for name, (body, _) in cases.items()} == {
        name: expected for name, (_, expected) in cases.items()
    }


def test_what_is_not_utf8_is_refused(as_site: Caller) -> None:
    text = '{"body": "ü"}'
    check(
        as_site,
        {
            "UTF-16 with its mark": (text.encode("utf-16"), BROKEN),
            "UTF-16 without": (text.encode("utf-16-le"), BROKEN),
            "UTF-32": (text.encode("utf-32"), BROKEN),
            "UTF-8 with a mark": (b"\xef\xbb\xbf" + text.encode(), BROKEN),
            "latin-1": (text.encode("latin-1"), BROKEN),
            "overlong slash": (b'{"body": "\xc0\xaf"}', BROKEN),
            "overlong NUL": (b'{"body": "\xc0\x80"}', BROKEN),
            "surrogate in UTF-8": (b'{"body": "\xed\xa0\x80"}', BROKEN),
            "beyond Unicode": (b'{"body": "\xf4\x90\x80\x80"}', BROKEN),
            "half a character at the end": (b'{"body": "x"}\xe2\x82', BROKEN),
        },
    )


def test_what_is_not_one_json_value_is_refused(as_site: Caller) -> None:
    check(
        as_site,
        {
            "nothing": (b"", BROKEN),
            "blanks": (b" \n ", BROKEN),
            "cut off": (b'{"body": "x', BROKEN),
            "cut off after a key": (b'{"body"', BROKEN),
            "two values": (b'{"body": "x"}{"body": "y"}', BROKEN),
            "a comma too many": (b'{"body": "x",}', BROKEN),
            "single quotes": (b"{'body': 'x'}", BROKEN),
            "a comment": (b'{"body": "x"} // why', BROKEN),
            "a raw line end in text": (b'{"body": "x\ny"}', BROKEN),
            "a raw NUL": (b'{"body": "x\x00"}', BROKEN),
            "an unknown escape": (b'{"body": "\\x41"}', BROKEN),
            "half an escape": (b'{"body": "\\u12"}', BROKEN),
        },
    )


def test_only_an_object_is_taken(as_site: Caller) -> None:
    wrong = fields(("", "wrong_type"))
    check(
        as_site,
        {
            name: (body, wrong)
            for name, body in {
                "array": b"[]",
                "array of comments": b'[{"body": "x"}]',
                "null": b"null",
                "text": b'"body"',
                "number": b"7",
                "truth": b"true",
            }.items()
        },
    )


def test_a_key_twice_is_refused_at_any_depth(as_site: Caller) -> None:
    check(
        as_site,
        {
            "at the top": (b'{"body": "x", "body": "y"}', BROKEN),
            "equal values": (b'{"body": "x", "body": "x"}', BROKEN),
            "nested": (b'{"body": "x", "author": {"name": "a", "name": "b"}}', BROKEN),
            "escaped the second time": (b'{"body": "x", "bod\\u0079": "y"}', BROKEN),
            "in what is unknown": (b'{"body": "x", "odd": {"a": 1, "a": 2}}', BROKEN),
            "in another case it is another key": (b'{"body": "x", "Body": "y"}', fields(("/Body", "unknown_field"))),
        },
    )


def nested(depth: int, opening: str, closing: str) -> bytes:
    return b'{"body": "x", "odd": ' + (opening * depth + "1" + closing * depth).encode() + b"}"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_deep_nesting_is_refused(as_site: Caller, opening: str, closing: str) -> None:
    check(
        as_site,
        {
            "64 with the outermost": (nested(63, opening, closing), fields(("/odd", "unknown_field"))),
            "65": (nested(64, opening, closing), BROKEN),
            "900": (nested(900, opening, closing), BROKEN),
            "3,000": (nested(3_000, opening, closing), BROKEN),
            "100,000": (nested(100_000, opening, closing), BROKEN),
            "100,000 never closed": ((opening * 100_000).encode(), BROKEN),
            "brackets in text are no depth": (
                orjson.dumps({"body": opening * 1000, "odd": 1}),
                fields(("/odd", "unknown_field")),
            ),
        },
    )


def test_deep_nesting_is_refused_in_a_batch_too(as_site: Caller) -> None:
    body = b'{"items": [{"body": "x"}, ' + b"[" * 70 + b"]" * 70 + b"]}"

    assert problem(as_site.post("/v1/comments:batch", raw=body)) == BROKEN


def test_numbers_that_two_readers_could_read_differently_are_refused(as_site: Caller) -> None:
    def seconds(number: str) -> bytes:
        return f'{{"body": "x", "form": {{"seconds": {number}}}}}'.encode()

    below = fields(("/form/seconds", "bad_value"))
    check(
        as_site,
        {
            "NaN": (seconds("NaN"), BROKEN),
            "Infinity": (seconds("Infinity"), BROKEN),
            "-Infinity": (seconds("-Infinity"), BROKEN),
            "1e400": (seconds("1e400"), BROKEN),
            "-1e400": (seconds("-1e400"), BROKEN),
            "2^63": (seconds(str(2**63)), BROKEN),
            "-2^63 - 1": (seconds(str(-(2**63) - 1)), BROKEN),
            "5,000 digits": (seconds("9" * 5_000), BROKEN),
            "5,000 digits behind the point": (seconds("0." + "9" * 5_000), BROKEN),
            "a zero in front": (seconds("007"), BROKEN),
            "a plus": (seconds("+1"), BROKEN),
            "hexadecimal": (seconds("0x10"), BROKEN),
            "no digit behind the point": (seconds("1."), BROKEN),
            "the largest": (seconds(str(2**63 - 1)), FINE),
            "the smallest": (seconds(str(-(2**63))), below),
            "minus zero": (seconds("-0"), FINE),
            "minus zero as a fraction": (seconds("-0.0"), FINE),
            "tiny": (seconds("1e-400"), FINE),
            "the largest double": (seconds("1.7976931348623157e308"), FINE),
            "below zero": (seconds("-1"), below),
            "text": (seconds('"3"'), fields(("/form/seconds", "wrong_type"))),
            "truth": (seconds("true"), fields(("/form/seconds", "wrong_type"))),
        },
    )


def test_characters_that_no_text_can_hold_are_refused_by_field(as_site: Caller) -> None:
    check(
        as_site,
        {
            "NUL": (b'{"body": "a\\u0000b"}', fields(("/body", "bad_character"))),
            "high surrogate": (b'{"body": "\\ud800"}', fields(("/body", "bad_character"))),
            "low surrogate": (b'{"body": "\\udc00"}', fields(("/body", "bad_character"))),
            "the wrong way round": (b'{"body": "\\udc00\\ud800"}', fields(("/body", "bad_character"))),
            "a pair is a character": (b'{"body": "\\ud83d\\ude00"}', FINE),
            "in a name": (
                b'{"body": "x", "author": {"name": "\\u0000"}}',
                fields(("/author/name", "bad_character")),
            ),
            "in a title": (b'{"body": "x", "page": {"title": "\\udfff"}}', fields(("/page/title", "bad_character"))),
            "in an external id": (
                b'{"body": "x", "external_id": "\\u0000"}',
                fields(("/external_id", "bad_character")),
            ),
            "in the name of a field": (b'{"body": "x", "\\ud800": 1}', fields(("", "bad_character"))),
        },
    )


def test_a_text_has_64_kib_of_utf8_and_no_byte_more(as_site: Caller) -> None:
    too_large: Expected = (413, "too_large", [("/body", "too_long")])
    check(
        as_site,
        {
            "exactly": (orjson.dumps({"body": "x" * LIMIT}), FINE),
            "one more": (orjson.dumps({"body": "x" * (LIMIT + 1)}), too_large),
            "exactly, in three bytes each": (orjson.dumps({"body": "\ufdfa" * (LIMIT // 3) + "x"}), FINE),
            "more, in three bytes each": (orjson.dumps({"body": "\ufdfa" * (LIMIT // 3 + 1)}), too_large),
            "exactly, in four bytes each": (orjson.dumps({"body": "😀" * (LIMIT // 4)}), FINE),
            "more, in four bytes each": (orjson.dumps({"body": "😀" * (LIMIT // 4) + "x"}), too_large),
            "short text in long escapes": (b'{"body": "' + rb"\u0041" * LIMIT + b'"}', FINE),
        },
    )


def test_odd_text_is_taken_and_given_back_byte_for_byte(as_site: Caller) -> None:
    texts = [
        "\ufdfa" * 1_000,
        "e" + "\u0301" * 5_000,
        "\u202egnp.exe\u202c",
        "\u2066isolated\u2069\u2067",
        "\ufeffmark",
        "\uffff\ufffe\U0010ffff",
        "\x01\x1b[31m\x7f\x85\u2028\u2029",
        "a\r\n\tb",
        unicodedata.normalize("NFD", "Ångström"),
        "\u200b\u200d\u2060\U000e0041",
        "",
        " ",
        "<script>alert(1)</script>",
        "'; DROP TABLE comments; --",
    ]

    for text in texts:
        answer = as_site.submit(text, author={"name": text[:255]}, page={"title": text[:1000]})
        assert answer.status_code == 202, ascii(text[:40])
        stored = as_site.get(answer.headers["Location"]).get_json()
        assert (stored["body"], stored["author"]["name"], stored["page"]["title"]) == (text, text[:255], text[:1000])


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"body": None}, "/body", "wrong_type"),
        ({"body": 7}, "/body", "wrong_type"),
        ({"body": ["x"]}, "/body", "wrong_type"),
        ({"body": {"text": "x"}}, "/body", "wrong_type"),
        ({"author": "Ana"}, "/author", "wrong_type"),
        ({"author": []}, "/author", "wrong_type"),
        ({"page": 7}, "/page", "wrong_type"),
        ({"form": "x"}, "/form", "wrong_type"),
        ({"author": {"name": 7}}, "/author/name", "wrong_type"),
        ({"created_at": 1764000000}, "/created_at", "wrong_type"),
        ({"created_at": "yesterday"}, "/created_at", "bad_value"),
        ({"created_at": "2026-02-30T00:00:00Z"}, "/created_at", "bad_value"),
        ({"created_at": "2026-11-24T10:00:00"}, "/created_at", "bad_value"),
        ({"created_at": "2026-11-24"}, "/created_at", "bad_value"),
        ({"created_at": "0001-01-01T00:00:00Z"}, "/created_at", "bad_value"),
        ({"created_at": "9999-12-31T23:59:59-14:00"}, "/created_at", "bad_value"),
        ({"author": {"ip": "localhost"}}, "/author/ip", "bad_value"),
        ({"author": {"ip": "1.2.3"}}, "/author/ip", "bad_value"),
        ({"author": {"ip": "fe80::1%eth0"}}, "/author/ip", "bad_value"),
        ({"author": {"ip": ""}}, "/author/ip", "bad_value"),
        ({"external_id": ""}, "/external_id", "bad_value"),
        ({"external_id": "e" * 256}, "/external_id", "too_long"),
        ({"author": {"id": "i" * 256}}, "/author/id", "too_long"),
        ({"author": {"name": "n" * 256}}, "/author/name", "too_long"),
        ({"author": {"role": "r" * 256}}, "/author/role", "too_long"),
        ({"author": {"email": "e" * 321}}, "/author/email", "too_long"),
        ({"author": {"url": "u" * 2049}}, "/author/url", "too_long"),
        ({"author": {"user_agent": "a" * 1025}}, "/author/user_agent", "too_long"),
        ({"page": {"url": "u" * 2049}}, "/page/url", "too_long"),
        ({"page": {"title": "t" * 1001}}, "/page/title", "too_long"),
        ({"content_type": "c" * 256}, "/content_type", "too_long"),
        ({"language": "l" * 36}, "/language", "too_long"),
        ({"state": "approved"}, "/state", "unknown_field"),
        ({"id": "cmt_mine"}, "/id", "unknown_field"),
        ({"site_id": "site_other"}, "/site_id", "unknown_field"),
        ({"decision": {}}, "/decision", "unknown_field"),
        ({"author": {"trusted": True}}, "/author/trusted", "unknown_field"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_field_that_is_not_as_it_must_be_is_named(
    as_site: Caller, change: dict[str, Any], pointer: str, code: str
) -> None:
    assert problem(as_site.post("/v1/comments", {"body": "x", **change})) == fields((pointer, code))


def test_the_longest_values_fit_into_both_databases_in_any_script(as_site: Caller) -> None:
    """Lengths count code points: the longest characters must fit as often as the shortest."""
    for char in ("x", "ü", "\ufdfa", "😀"):
        answer = as_site.submit(
            "x",
            external_id=char * 255,
            content_type=char * 255,
            language=char * 35,
            author={
                "id": char * 255,
                "name": char * 255,
                "role": char * 255,
                "email": char * 320,
                "url": char * 2048,
                "user_agent": char * 1024,
            },
            page={"url": char * 2048, "title": char * 1000},
        )
        assert answer.status_code == 202, answer.data
        stored = as_site.get(answer.headers["Location"]).get_json()
        assert stored["author"] == {"id": char * 255, "name": char * 255, "url": char * 2048, "role": char * 255}
        assert stored["external_id"] == char * 255


def test_a_body_is_missing(as_site: Caller) -> None:
    assert problem(as_site.post("/v1/comments", {})) == fields(("/body", "missing"))


def test_page_text_beyond_64_kib_is_cut_and_not_refused(as_site: Caller) -> None:
    assert as_site.submit("x", page={"text": "😀" * 100_000}).status_code == 202


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("application/json;charset=UTF8", 202),
        ('APPLICATION/JSON; charset="UTF-8"', 202),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/problem+json", 415),
        ("application/jsonx", 415),
        ("nonsense", 415),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_json_in_utf8_is_taken(as_site: Caller, content_type: str, status: int) -> None:
    answer = as_site.post("/v1/comments", raw=b'{"body": "x"}', Content_Type=content_type)

    assert answer.status_code == status
    if status == 415:
        assert problem(answer)[1] == "unsupported_media_type"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_compressed_body_is_refused(as_site: Caller, encoding: str) -> None:
    answer = as_site.post("/v1/comments", raw=b'{"body": "x"}', Content_Encoding=encoding)

    assert problem(answer)[:2] == (415, "unsupported_media_type")


def test_a_request_has_one_mib_and_a_batch_eight(as_site: Caller) -> None:
    def padded(body: bytes, size: int) -> bytes:
        return body + b" " * (size - len(body))

    one, many = b'{"body": "x"}', b'{"items": [{"body": "x"}]}'

    assert as_site.post("/v1/comments", raw=padded(one, MIB)).status_code == 202
    assert problem(as_site.post("/v1/comments", raw=padded(one, MIB + 1)))[:2] == (413, "too_large")
    assert as_site.post("/v1/comments:batch", raw=padded(many, 8 * MIB)).status_code == 200
    assert problem(as_site.post("/v1/comments:batch", raw=padded(many, 8 * MIB + 1)))[:2] == (413, "too_large")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_body_without_a_length_is_cut_off_at_its_limit(as_site: Caller) -> None:
    """A chunked upload has no Content-Length, and may go on for ever."""
    read: list[int] = []

    class Endless:
        def read(self, size: int = -1) -> bytes:
            read.append(size)
            assert sum(max(n, 0) for n in read) < 8 * MIB, "it reads on and on"
            assert size >= 0, "it would read for ever"
            return b" " * size

    answer = as_site.client.post(
        "/v1/comments",
        environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        headers={"Authorization": f"Bearer {as_site.secret}", "Content-Type": "application/json"},
    )

    assert problem(answer)[:2] == (413, "too_large")


def test_a_hundred_thousand_unknown_fields_are_refused_with_few_words(as_site: Caller) -> None:
    body = orjson.dumps({f"{n:x}": 0 for n in range(90_000)})

    answer = as_site.post("/v1/comments", raw=body)

    assert problem(answer)[:2] == (422, "invalid_request")
    assert len(answer.data) < 20_000
