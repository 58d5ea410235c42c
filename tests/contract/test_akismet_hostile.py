"""The Akismet wire under hostile bytes: status 200 and an answer of the wire, never an error of ours."""

import gzip
import json
import random
from urllib.parse import quote_plus

import pytest
from akismet_calls import BLOG, DEBUG, FORM, THANKS, Wire, encoded, is_invalid
from shared_data import require_shared

FIELDS = (
    "comment_content",
    "comment_author",
    "comment_author_email",
    "comment_author_url",
    "comment_type",
    "permalink",
    "referrer",
    "user_ip",
    "user_agent",
    "user_role",
    "blog_lang",
    "comment_date_gmt",
    "comment_context[]",
    "honeypot_field_name",
    "callback",
    "guid",
    "comment_ID",
    "user_ID",
    "recheck_reason",
    "is_test",
)
CALLS = ("1.1/comment-check", "1.1/submit-spam", "1.1/submit-ham", "1.1/verify-key", "1.2/key-sites")

HOSTILE = [
    b"",
    b"&&&===&&&",
    b"=",
    b"%",
    b"%zz=%&%a",
    b"\x00\xff\xfe=\x00",
    b"\xed\xa0\x80=1&comment_content=\xed\xa0\x80",
    b"comment_content=" + b"%00" * 1000,
    b"a[[[[[[[[]]]]]]]]=1&comment_context[9999999999999999999999]=1&[]=1",
    b"x=1&" * 100_000,
    b"&" * 1_000_000,
    b"%" * 100_000,
    b"comment_content=" + b"%F0%9F%98%80" * 50_000,
    b"comment_date_gmt=0000-00-00 00:00:00&comment_content=x",
    b"comment_date_gmt=9999-12-31T23:59:59-14:00&user_ip=fe80::1%eth0",
    b"user_ip=999.999.999.999&blog_lang=" + b"x," * 5000,
    b'{"comment_content": "x"}',
    b"--b\r\nContent-Disposition: form-data; name=api_key\r\n\r\nx\r\n--b--",
    b"comment_content=x; DROP TABLE comments--&comment_author='%20OR%201=1",
]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_gets_an_answer_of_the_wire(wire: Wire, body: bytes) -> None:
    for call in CALLS:
        for charset in ("", "; charset=utf-16", "; charset=unicode_escape", "; charset=\xff"):
            key = f"api_key={wire.key}&blog={BLOG}&".encode()
            for sent in (body, key + body):
                answer = wire.raw(f"/{call}", sent, FORM + charset)
                assert answer.status_code == 200
                assert answer.mimetype in ("text/plain", "application/json")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_field_takes_naughty_strings(wire: Wire) -> None:
    """All fields at once, on the database that is stricter about what a text may hold."""
    strings: list[str] = json.loads(require_shared("blns.json").read_text(encoding="utf-8"))[::3]
    head = encoded({"blog": BLOG, "api_key": wire.key})

    for number, value in enumerate(strings):
        form = f"{head}&" + "&".join(f"{quote_plus(field)}={quote_plus(value)}" for field in FIELDS)
        answer = wire.raw(f"/{CALLS[number % 3]}", form)
        assert answer.status_code == 200, ascii(value)
        assert answer.data in (b"true", b"false", THANKS), ascii(value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_naughty_key_host_or_blog_is_invalid_or_taken(wire: Wire) -> None:
    strings: list[str] = json.loads(require_shared("blns.json").read_text(encoding="utf-8"))

    for value in strings:
        for fields in ({"key": value, "blog": BLOG}, {"key": wire.key, "blog": value}):
            answer = wire.raw("/1.1/verify-key", encoded(fields))
            assert (answer.status_code, answer.data) in ((200, b"valid"), (200, b"invalid")), ascii(value)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_random_bytes_get_an_answer_of_the_wire(wire: Wire) -> None:
    randomness = random.Random(7)
    form = f"api_key={wire.key}&blog={BLOG}&comment_content=x&comment_author=y".encode()

    for _ in range(300):
        bent = bytearray(form)
        for _ in range(randomness.randint(1, 12)):
            bent[randomness.randrange(len(bent))] = randomness.randrange(256)
        answer = wire.raw("/1.1/submit-ham", bytes(bent))
        assert answer.status_code == 200
        assert answer.mimetype == "text/plain"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_plain_form_is_told_so(wire: Wire) -> None:
    """Else the client's author would look for what is wrong with the key."""
    form = encoded({"blog": BLOG, "api_key": wire.key})
    wrong = [
        wire.raw("/1.1/comment-check", b"--b--", "multipart/form-data; boundary=b"),
        wire.raw("/1.1/comment-check", b"{}", "application/json"),
        wire.raw("/1.1/comment-check", gzip.compress(form.encode()), Content_Encoding="gzip"),
    ]

    assert ["plain form" in answer.headers[DEBUG] for answer in wrong if is_invalid(answer)] == [True, True, True]
