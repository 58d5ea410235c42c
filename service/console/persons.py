"""What the pages show of people, as values that the templates only have to lay out."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.vocabulary import Role
from service.console import shown
from service.console.texts import say
from service.team import manages
from store.ids import rfc3339
from store.records.people import Person
from store.records.reviewers import Reviewer

EVERYWHERE = "all"


@dataclass(frozen=True, slots=True)
class Held:
    """A role as the pages show it. `site_id` is `all` for all sites; `mine`: this administrator may change it."""

    site_id: str
    site: str
    role: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One person. `state`: active, invited, lapsed (the link ended unused) or closed; `standing` says it in words."""

    id: str
    name: str
    roles: list[Held]
    state: str
    standing: str
    seen: str
    seen_at: str | None
    invited: bool
    has_factor: bool
    is_linked: bool
    managed: bool
    me: bool


def shown_person(person: Person, admin: Reviewer, site_names: Mapping[str, str], now: int) -> Shown:
    """A person as this administrator sees one. `now`: microseconds since 1970."""
    reviewer, seen_at = person.reviewer, person.last_seen_at
    state = _state(person)
    until = 0 if person.invited_until is None else person.invited_until - now
    return Shown(
        id=reviewer.id,
        name=reviewer.name,
        roles=[_held(site_id, role, admin, site_names) for site_id, role in reviewer.roles],
        state=state,
        standing=say(f"people.state.{state}", age=shown.until(until)),
        seen=say("people.never") if seen_at is None else say("people.seen", ago=shown.ago(now - seen_at)),
        seen_at=None if seen_at is None else rfc3339(seen_at),
        invited=person.invited_until is not None,
        has_factor=person.has_factor,
        is_linked=person.is_linked,
        managed=manages(admin, reviewer),
        me=reviewer.id == admin.id,
    )


def places(admin: Reviewer, site_names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Where this administrator may give roles: (value, text) of a menu, all sites first."""
    named = [(site_id, name) for site_id, name in site_names.items() if admin.may(Role.ADMIN, site_id)]
    return [(EVERYWHERE, say("people.everywhere")), *named] if admin.may(Role.ADMIN, None) else named


def _state(person: Person) -> str:
    if person.disabled_at is not None:
        return "closed"
    if person.joined:
        return "active"
    return "invited" if person.invited_until is not None else "lapsed"


def _held(site_id: str | None, role: Role, admin: Reviewer, site_names: Mapping[str, str]) -> Held:
    mine = admin.may(Role.ADMIN, site_id)
    if site_id is None:
        return Held(EVERYWHERE, say("people.everywhere"), role.value, mine)
    return Held(site_id, site_names.get(site_id, say("people.elsewhere")), role.value, mine)
