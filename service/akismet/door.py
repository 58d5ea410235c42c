"""Who is asking on the Akismet wire: a site by its twelve-digit key, in a field or as the first label of the host.

Twelve hexadecimal digits are 48 bits, few enough to be worth guessing, so whoever asks with unknown keys is soon not
looked at any more; a key that was seen to be right goes through all the same.
"""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.akismet.form import Form
from store.records import keys, sites
from store.records.sites import Blogs, Site
from store.stores import Stores

KEY = re.compile("[0-9a-f]{12}")
REMEMBERED_SECONDS = 3.0
MAX_REMEMBERED = 10_000
GUESSES_PER_ADDRESS = 60
GUESSES_IN_ALL = 600
GUESSING_SECONDS = 60.0


class TurnedAway(Exception):
    """The call is answered with `invalid`; the text says why, for whoever sets the client up."""


@dataclass(frozen=True, slots=True)
class _Known:
    site: Site | None
    until: float


class Door:
    """Finds the site of a call. A revoked key is refused within 3 s."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._guesses: Counter[str] = Counter()
        self._guesses_since = time.monotonic()

    def site(self, form: Form, host: str, address: str) -> Site:
        """The site whose key the call carries. Raises TurnedAway, DatabaseUnavailable."""
        key = key_of(form, host)
        if not KEY.fullmatch(key):
            raise TurnedAway("The key must have twelve hexadecimal digits; gatepost key add --akismet makes one.")
        digest = keys.digest(key)
        known = self._known.get(digest)
        if known is None or (known.until < time.monotonic()):
            if (known is None or known.site is None) and self._is_guessing(address):
                raise TurnedAway("Too many unknown keys came from here; try again in a minute.")
            known = self._look_up(key, digest)
        if known.site is None:
            self._note_guess(address)
            raise TurnedAway("There is no live key like this; gatepost key list --site ID shows them.")
        return known.site

    def _look_up(self, key: str, digest: str) -> _Known:
        with self._stores.database.read() as connection:
            found = keys.find(connection, key, "akismet")
            site = None if found is None else sites.get(connection, found.site_id)
        known = _Known(site, time.monotonic() + REMEMBERED_SECONDS)
        with self._lock:
            if site is None:
                self._known.pop(digest, None)
            else:
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                self._known[digest] = known
        return known

    def _is_guessing(self, address: str) -> bool:
        with self._lock:
            if time.monotonic() - self._guesses_since > GUESSING_SECONDS:
                self._guesses.clear()
                self._guesses_since = time.monotonic()
            return self._guesses[address] >= GUESSES_PER_ADDRESS or self._guesses.total() >= GUESSES_IN_ALL

    def _note_guess(self, address: str) -> None:
        with self._lock:
            self._guesses[address] += 1


def key_of(form: Form, host: str) -> str:
    """The key of a call, in lower case: field `key`, else field `api_key`, else the host's first label.

    `key` wins, since a client that tests a new key sends its old one as `api_key` along.
    """
    for name in ("key", "api_key"):
        if name in form:
            return form.get(name).strip().lower()
    label = host.partition(".")[0].lower()
    return label if KEY.fullmatch(label) else ""


def blog_of(form: Form, site: Site) -> str:
    """The blog that the call is about, without a slash at its end. Raises TurnedAway without one, or for another's."""
    blog = normalised(form.get("blog"))
    if not blog:
        raise TurnedAway('The field "blog" must hold the URL of the website.')
    if site.akismet_blog is Blogs.OWN and _host(blog) != _host(normalised(site.url)):
        raise TurnedAway("This key belongs to another website.")
    return blog


def normalised(blog: str) -> str:
    """A blog's URL as it is counted: scheme and host in lower case, no slash at the end, at most 2,048 characters."""
    cleaned = blog.replace("\0", "").strip().rstrip("/")[:2048]
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return cleaned
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def _host(blog: str) -> str:
    try:
        return urlsplit(blog if "://" in blog else f"//{blog}").netloc
    except ValueError:
        return blog
