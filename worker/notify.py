"""Tell reviewers by e-mail what waits for them: at most once an interval, and only where something does.

The message holds numbers and a link to the console, never a text that a visitor wrote, and nothing is decided by a
link. It is noted as sent before it is: a mail server that fails delays a digest by one interval, and floods nobody.
"""

import logging
import smtplib
import ssl
import threading
from contextlib import suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from models.errors import DatabaseUnavailable
from store.records import digests, notes, review_items, reviewers
from store.records.digests import Digest
from store.records.reviewers import Reviewer
from store.settings import Settings
from store.stores import Stores

LOOK_SECONDS = 30.0
TIMEOUT_SECONDS = 10.0
MAX_MENTIONS = 100

log = logging.getLogger(__name__)


def keep_notifying(stores: Stores, stopped: threading.Event) -> None:
    """Send what is due every half minute until told to stop; a thread of its own, for a mail server may hang."""
    while not stopped.wait(LOOK_SECONDS):
        try:
            notify(stores)
        except DatabaseUnavailable as error:
            log.warning("%s", error)


def notify(stores: Stores) -> int:
    """Send what is due; return how many messages went out. Raises DatabaseUnavailable."""
    if not stores.settings.smtp_url:
        return 0
    return sum(_send(stores, due) for due in _take_due(stores))


def _take_due(stores: Stores) -> list[tuple[Digest, EmailMessage]]:
    """Digests for which something waits, noted as sent."""
    with stores.database.read() as connection:
        now = stores.database.now_us(connection)
        made = []
        for digest in digests.due(connection, now):
            reviewer = reviewers.by_id(connection, digest.reviewer_id)
            if reviewer is None:
                continue
            waiting, _ = review_items.counts_of(connection, reviewer.sites())
            mentioned = [n for n in notes.unseen(connection, reviewer.id, MAX_MENTIONS) if reviewer.sees(n.site_id)]
            if waiting or mentioned:
                made.append((digest, message(stores.settings, digest.email, reviewer, waiting, len(mentioned))))
    if not made:
        return []
    with stores.database.write() as connection:
        return [pair for pair in made if digests.take(connection, pair[0], now)]


def message(settings: Settings, to: str, reviewer: Reviewer, waiting: int, mentioned: int) -> EmailMessage:
    """What a reviewer is told, in the language that he or she chose."""
    german = reviewer.language == "de"
    made = EmailMessage()
    made["From"] = settings.mail_from
    made["To"] = to
    made["Auto-Submitted"] = "auto-generated"
    if german:
        made["Subject"] = f"Gatepost: {waiting} wartend"
        lines = [f"Kommentare, die auf eine Entscheidung warten: {waiting}", f"{settings.base_url}/console"]
        if mentioned:
            lines += ["", f"Notizen, die Sie nennen: {mentioned}", f"{settings.base_url}/console/mentions"]
        lines += ["", f"Öfter, seltener oder gar nicht: {settings.base_url}/console/digest"]
    else:
        made["Subject"] = f"Gatepost: {waiting} waiting"
        lines = [f"Comments that wait for a decision: {waiting}", f"{settings.base_url}/console"]
        if mentioned:
            lines += ["", f"Notes that mention you: {mentioned}", f"{settings.base_url}/console/mentions"]
        lines += ["", f"More often, less often, or not at all: {settings.base_url}/console/digest"]
    made.set_content("\n".join(lines) + "\n")
    return made


def _send(stores: Stores, due: tuple[Digest, EmailMessage]) -> bool:
    digest, content = due
    try:
        deliver(stores.settings.smtp_url, content)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("The digest of %s was not sent: %s", digest.reviewer_id, type(error).__name__)
        return False
    return True


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
