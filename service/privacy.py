"""What a website asks about one person: to erase what they wrote, or to hand out what is known of them."""

from dataclasses import dataclass

from models.errors import Gone, Undecided
from service.intake import pseudonym
from store.records import privacy
from store.records.privacy import DONE, EXPORT, Person, PrivacyRequest
from store.records.sites import Site
from store.stores import Stores


@dataclass(frozen=True, slots=True)
class Named:
    """A person as the website names them, by one or more of these; whoever wrote under any of them is meant."""

    author_id: str | None = None
    email: str | None = None
    ip: str | None = None


class Privacy:
    """Takes requests down; the clock carries them out within seconds. What names the person is kept only until then."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database

    def ask(self, site: Site, kind: str, named: Named) -> PrivacyRequest:
        """Ask for an erasure or an export. Raises DatabaseUnavailable."""
        person = Person(
            named.author_id,
            None if named.email is None else pseudonym(site, "email", named.email),
            None if named.ip is None else pseudonym(site, "ip", named.ip),
        )
        with self._database.write() as connection:
            return privacy.add(connection, site.id, kind, person)

    def request(self, site: Site, kind: str, request_id: str) -> PrivacyRequest:
        """The receipt. Raises NotFound."""
        with self._database.read() as connection:
            return privacy.get(connection, request_id, site.id, kind)

    def found(self, site: Site, request_id: str) -> str:
        """What an export found, as JSON lines. Raises NotFound, Undecided before it is done, and Gone afterwards."""
        with self._database.read() as connection:
            request = privacy.get(connection, request_id, site.id, EXPORT)
            lines = privacy.found(connection, request.id)
        if request.state != DONE:
            raise Undecided("The export is not ready yet; look at its receipt and try again in a moment.")
        if lines is None:
            raise Gone("The export was deleted after 7 days; ask for a new one.")
        return lines
