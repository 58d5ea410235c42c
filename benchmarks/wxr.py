"""A WordPress export of any length, made up word by word, written without keeping it in memory."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

FIRST = datetime(2019, 1, 1, tzinfo=UTC)
COMMENTS_A_POST = 200
STATUSES = ("1",) * 16 + ("spam",) * 3 + ("trash",)
_TEXT = (
    "garden tomato compost winter recipe bread oven morning coffee train river mountain walking photo lens camera "
    "thanks question answer maybe really lovely useful wrong agree reading book chapter music guitar piano rain"
)
_WORDS = _TEXT.split()
_OFFERS = ("cheap pills at", "win money at", "best casino bonus", "loans in one minute")
_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress" -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>A garden</title><link>https://garden.example</link><wp:wxr_version>1.2</wp:wxr_version>
"""
_TAIL = "</channel>\n</rss>\n"


def write(path: Path, n_comments: int, seed: int = 0) -> None:
    """Write a file with that many comments: four in five published, most of the others spam."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pieces(n_comments, seed))


def pieces(n_comments: int, seed: int = 0) -> Iterator[str]:
    """The file in pieces."""
    drawn = random.Random(seed)
    yield _HEAD
    for number in range(1, n_comments + 1):
        if (number - 1) % COMMENTS_A_POST == 0:
            yield _post(number // COMMENTS_A_POST + 1)
        yield _comment(number, drawn)
        if number % COMMENTS_A_POST == 0 or number == n_comments:
            yield "</item>\n"
    yield _TAIL


def _post(number: int) -> str:
    return (
        f"<item><title>Post {number}</title><link>https://garden.example/post-{number}</link>"
        f"<content:encoded><![CDATA[<p>{' '.join(_WORDS)}</p>]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_id>{number}</wp:post_id>\n"
    )


def _comment(number: int, drawn: random.Random) -> str:
    status = drawn.choice(STATUSES)
    words = " ".join(drawn.choices(_WORDS, k=drawn.randint(8, 60)))
    text = (
        f"{drawn.choice(_OFFERS)} https://offer-{drawn.randint(1, 40)}.example {words}" if status == "spam" else words
    )
    author = drawn.randint(1, 5000)
    is_reply = number % COMMENTS_A_POST > 1 and drawn.random() < 0.3
    fields = {
        "id": number,
        "author": f"Person {author} & Co",
        "author_email": f"person{author}@mail.example",
        "author_url": "",
        "author_IP": f"198.51.{author // 250}.{author % 250 + 1}",
        "date_gmt": f"{FIRST + timedelta(minutes=37 * number):%Y-%m-%d %H:%M:%S}",
        "content": text,
        "approved": status,
        "type": "comment",
        "parent": number - 1 if is_reply else 0,
        "user_id": 0,
    }
    inner = "".join(f"<wp:comment_{name}>{escape(str(value))}</wp:comment_{name}>" for name, value in fields.items())
    return f"<wp:comment>{inner}</wp:comment>\n"
