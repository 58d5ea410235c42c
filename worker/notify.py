"""Tell reviewers by e-mail or webhook what waits for them: at most once an interval, and only where something is new.

The message holds numbers and links to the console, never a text that a visitor wrote. A link leads to a page on which
its reviewer decides; nothing is decided by following it. A digest is noted as sent before it is: a server that fails
delays it by one interval, and floods nobody.
"""

import logging
import smtplib
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import orjson

from models.errors import DatabaseUnavailable
from models.receivers import read_allowed
from models.vocabulary import Role
from store import sealing
from store.ids import new_id, rfc3339
from store.names import resolve
from store.records import digest_links, digests, notes, review_items, reviewers
from store.records.database import Connection
from store.records.digests import Digest
from store.records.reviewers import Reviewer
from store.settings import Settings
from store.stores import Stores
from worker import signing
from worker.send import Sender

LOOK_SECONDS = 30.0
TIMEOUT_SECONDS = 10.0
MAX_MENTIONS = 100
MAX_AT_ONCE = 50
LINKS = 5
REMIND_US = 24 * 3600 * 1_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """What one reviewer is told. `links`: secrets that lead to the first comments that wait; `at`: microseconds."""

    digest: Digest
    german: bool
    waiting: int
    oldest: int | None
    mentioned: int
    links: tuple[str, ...]
    at: int


def keep_notifying(stores: Stores, stopped: threading.Event) -> None:
    """Send what is due every half minute until told to stop; a thread of its own, for a mail server may hang."""
    sender = Sender(read_allowed(stores.settings.webhook_allow), resolve, ssl.create_default_context())
    while not stopped.wait(LOOK_SECONDS):
        try:
            notify(stores, sender)
        except DatabaseUnavailable as error:
            log.warning("%s", error)


def notify(stores: Stores, sender: Sender) -> int:
    """Send what is due; return how many messages arrived. Raises DatabaseUnavailable."""
    arrived = 0
    for notice in _take_due(stores):
        did = _send(stores.settings, sender, notice)
        arrived += did
        with stores.database.write() as connection:
            digests.note(connection, notice.digest, arrived=did)
    return arrived


def _take_due(stores: Stores) -> list[Notice]:
    """What there is to tell, noted as sent; a part at a time, so that the rest does not wait for a slow receiver."""
    with stores.database.read() as connection:
        now = stores.database.now_us(connection)
        due = [one for one in digests.due(connection, now) if one.is_webhook or stores.settings.smtp_url]
        told = [(one, reviewer) for one in due if (reviewer := _to_be_told(connection, one, now)) is not None]
    if not told:
        return []
    with stores.database.write() as connection:
        return [
            _notice(connection, digest, reviewer, now)
            for digest, reviewer in told[:MAX_AT_ONCE]
            if digests.take(connection, digest, now)
        ]


def _to_be_told(connection: Connection, digest: Digest, now: int) -> Reviewer | None:
    """The reviewer, where something is new since the last digest, or something waits and that one is a day old."""
    reviewer = reviewers.by_id(connection, digest.reviewer_id)
    if reviewer is None:
        return None
    mentioned = [note for note in _mentioned(connection, reviewer) if note.at > digest.sent_at]
    since = 0 if digest.sent_at <= now - REMIND_US else digest.sent_at
    return reviewer if mentioned or review_items.since(connection, reviewer.sites(), since) else None


def _notice(connection: Connection, digest: Digest, reviewer: Reviewer, now: int) -> Notice:
    waiting, oldest = review_items.counts_of(connection, reviewer.sites())
    deciding = reviewer.sites(Role.REVIEWER)
    first = review_items.page(connection, site_id=deciding, reason=None, oldest_first=False, after=None, limit=LINKS)
    links = digest_links.add(connection, reviewer.id, [item.id for item in first], now)
    mentioned = len(_mentioned(connection, reviewer))
    return Notice(digest, reviewer.language == "de", waiting, oldest, mentioned, tuple(links), now)


def _mentioned(connection: Connection, reviewer: Reviewer) -> list[notes.Note]:
    return [note for note in notes.unseen(connection, reviewer.id, MAX_MENTIONS) if reviewer.sees(note.site_id)]


def _send(settings: Settings, sender: Sender, notice: Notice) -> bool:
    failed = _post(settings, sender, notice) if notice.digest.is_webhook else _mail(settings, notice)
    if failed is not None:
        log.warning("The digest of %s was not sent: %s", notice.digest.reviewer_id, failed)
    return failed is None


def _post(settings: Settings, sender: Sender, notice: Notice) -> str | None:
    """None, or what went wrong."""
    body = payload(settings, notice)
    secret = sealing.webhook_secret(settings.secret_key, f"digest of {notice.digest.reviewer_id}")
    headers = signing.headers([secret], new_id("msg"), notice.at // 1_000_000, body)
    return sender.post(notice.digest.target, headers, body).error


def _mail(settings: Settings, notice: Notice) -> str | None:
    """None, or what went wrong."""
    try:
        deliver(settings.smtp_url, message(settings, notice))
    except (OSError, smtplib.SMTPException) as error:
        return type(error).__name__
    return None


def payload(settings: Settings, notice: Notice) -> bytes:
    """What a webhook gets: an envelope like that of events. `text` is what chats show."""
    console = f"{settings.base_url}/console"
    data = {
        "waiting": notice.waiting,
        "oldest_waiting_since": None if notice.oldest is None else rfc3339(notice.oldest),
        "mentioned": notice.mentioned,
        "console": console,
        "links": [f"{console}/digest/{secret}" for secret in notice.links],
    }
    subject = _subject(notice)
    return orjson.dumps(
        {"type": "digest", "timestamp": rfc3339(notice.at), "data": data, "text": f"{subject}: {console}"}
    )


def message(settings: Settings, notice: Notice) -> EmailMessage:
    """The e-mail, in the language that the reviewer chose."""
    made = EmailMessage()
    made["From"] = settings.mail_from
    made["To"] = notice.digest.target
    made["Auto-Submitted"] = "auto-generated"
    made["Subject"] = _subject(notice)
    console = f"{settings.base_url}/console"
    wait, decide, named, change = _GERMAN if notice.german else _ENGLISH
    lines = [f"{wait}: {notice.waiting}", console]
    if notice.links:
        lines += ["", f"{decide}:", *(f"{console}/digest/{secret}" for secret in notice.links)]
    if notice.mentioned:
        lines += ["", f"{named}: {notice.mentioned}", f"{console}/mentions"]
    lines += ["", f"{change}: {console}/digest"]
    made.set_content("\n".join(lines) + "\n")
    return made


def _subject(notice: Notice) -> str:
    return f"Gatepost: {notice.waiting} {'wartend' if notice.german else 'waiting'}"


_ENGLISH = (
    "Comments that wait for a decision",
    "Decide the first of them (each link works once, for 72 hours, for you alone)",
    "Notes that mention you",
    "More often, less often, or not at all",
)
_GERMAN = (
    "Kommentare, die auf eine Entscheidung warten",
    "Über die ersten entscheiden (jeder Link gilt einmal, 72 Stunden lang, nur für Sie)",
    "Notizen, die Sie nennen",
    "Öfter, seltener oder gar nicht",
)


def deliver(smtp_url: str, content: EmailMessage) -> None:
    """Hand a message to the mail server. `smtps` is encrypted from the start, `smtp` where the server offers it; a
    password is never sent in the clear. Raises OSError, SMTPException."""
    url = urlsplit(smtp_url)
    host, tls = url.hostname or "", ssl.create_default_context()
    if url.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS, context=tls)
    else:
        client = smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT_SECONDS)
    try:
        client.ehlo()
        if url.scheme == "smtp" and (url.username or client.has_extn("starttls")):
            client.starttls(context=tls)
        if url.username:
            client.login(unquote(url.username), unquote(url.password or ""))
        client.send_message(content)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
