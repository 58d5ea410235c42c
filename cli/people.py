"""`gatepost reviewer`: who reviews, with which role on which site, and how they get in."""

import sys
from typing import Any

import click

from cli.options import Commands, json_option, opened, show, table
from models.errors import Refused
from models.vocabulary import Role
from service.console.passwords import Passwords, refusal
from service.console.texts import say
from store.ids import rfc3339
from store.records import people, reviewers, sites
from store.records.people import Person
from store.stores import Stores

ROLES = click.Choice([role.value for role in Role])

name_option = click.option("--name", required=True, help="What the reviewer signs in with.")


@click.group(cls=Commands)
def reviewer() -> None:
    """Add reviewers, give them roles, and let them in or out."""


@reviewer.command("add")
@name_option
@click.option("--role", type=ROLES, required=True)
@click.option("--site", "site_ids", multiple=True, help="Only this site, several times for several; all without it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
def reviewer_add(name: str, role: str, site_ids: tuple[str, ...], password_stdin: bool, as_json: bool) -> None:
    """Add a reviewer; print a personal token and a one-time link to set the password."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    refused = None if password is None else refusal(password, name)
    if refused is not None:
        raise Refused(say(refused))
    with opened() as stores:
        hashed = None if password is None else Passwords().hash(password)
        with stores.database.write() as connection:
            for site_id in site_ids:
                sites.get(connection, site_id)
            added = reviewers.add(connection, name, Role(role), site_ids[0] if site_ids else None)
            for site_id in site_ids[1:]:
                people.set_role(connection, added.id, Role(role), site_id)
            token = reviewers.new_token(connection, added.id)
            if hashed is None:
                login_url = _join_url(stores, reviewers.new_link(connection, added.id))
            else:
                reviewers.set_password_hash(connection, added.id, hashed)
                login_url = f"{stores.settings.base_url}/console/login"
    shown = {"reviewer_id": added.id, "token": token, "login_url": login_url}
    show(shown, as_json, "\n".join(f"{name:12} {value}" for name, value in shown.items()))


@reviewer.command("list")
@json_option
def reviewer_list(as_json: bool) -> None:
    """List everybody with roles and standing."""
    with opened() as stores, stores.database.read() as connection:
        found = people.every(connection)
    items = [_shown(person) for person in found]
    show(
        {"items": items},
        as_json,
        table([_row(item) for item in items]) or "There is nobody yet; `gatepost reviewer add` adds somebody.",
    )


@reviewer.command("role")
@name_option
@click.option("--role", type=ROLES, help="The role that is given.")
@click.option("--none", "nothing", is_flag=True, help="Take the role away instead.")
@click.option("--site", "site_id", help="On this site; on all sites without it.")
@json_option
def reviewer_role(name: str, role: str | None, nothing: bool, site_id: str | None, as_json: bool) -> None:
    """Give a role on a site, or on all of them, in the place of the one held there."""
    if (role is None) != nothing:
        raise Refused("Say --role ROLE, or --none to take the role away.")
    with opened() as stores, stores.database.write() as connection:
        known = people.by_name(connection, name)
        people.set_role(connection, known.reviewer.id, None if role is None else Role(role), site_id)
        changed = _shown(people.get(connection, known.reviewer.id))
    show(changed, as_json, f"{name}: {role or 'no role any more'} on {site_id or 'all sites'}.")


@reviewer.command("disable")
@name_option
@json_option
def reviewer_disable(name: str, as_json: bool) -> None:
    """Close an account: sessions, tokens and links end at once."""
    with opened() as stores, stores.database.write() as connection:
        people.disable(connection, people.by_name(connection, name).reviewer.id)
        changed = _shown(people.by_name(connection, name))
    show(changed, as_json, f"{name} is signed out everywhere and cannot come in any more.")


@reviewer.command("enable")
@name_option
@json_option
def reviewer_enable(name: str, as_json: bool) -> None:
    """Open a closed account again; tokens must be made anew."""
    with opened() as stores, stores.database.write() as connection:
        people.enable(connection, people.by_name(connection, name).reviewer.id)
        changed = _shown(people.by_name(connection, name))
    show(changed, as_json, f"{name} can sign in again.")


@reviewer.command("link")
@name_option
@click.option("--revoke", is_flag=True, help="End the links that are open and make none.")
@json_option
def reviewer_link(name: str, revoke: bool, as_json: bool) -> None:
    """Make a one-time link on which a reviewer sets a new password; good for 72 hours. Earlier ones end."""
    with opened() as stores, stores.database.write() as connection:
        found = people.by_name(connection, name).reviewer
        if revoke:
            ended = people.revoke_links(connection, found.id)
            show({"ended": ended}, as_json, f"{ended} open links ended.")
            return
        login_url = _join_url(stores, people.invite(connection, found.id))
    show({"login_url": login_url}, as_json, login_url)


@reviewer.command("reset-factor")
@name_option
@json_option
def reviewer_reset_factor(name: str, as_json: bool) -> None:
    """Take a second factor away, for somebody who has lost it; sessions end."""
    with opened() as stores, stores.database.write() as connection:
        had = people.reset_factor(connection, people.by_name(connection, name).reviewer.id)
    show({"had_factor": had}, as_json, f"{name} signs in without a code now.")


@reviewer.command("unlink")
@name_option
@json_option
def reviewer_unlink(name: str, as_json: bool) -> None:
    """Forget who a reviewer is at the identity provider; sessions end."""
    with opened() as stores, stores.database.write() as connection:
        was_linked = people.unlink(connection, people.by_name(connection, name).reviewer.id)
    show({"was_linked": was_linked}, as_json, f"{name} is known at no identity provider now.")


@reviewer.command("token")
@name_option
@json_option
def reviewer_token(name: str, as_json: bool) -> None:
    """Make a personal token for the API and print it, which happens this once."""
    with opened() as stores, stores.database.write() as connection:
        token = reviewers.new_token(connection, reviewers.require_by_name(connection, name).id)
    show({"token": token}, as_json, token)


def _join_url(stores: Stores, secret: str) -> str:
    return f"{stores.settings.base_url}/console/join/{secret}"


def _row(item: dict[str, Any]) -> dict[str, str | None]:
    """One person for people: what would be a bare yes, no or time says what it is."""
    return {
        "reviewer_id": item["reviewer_id"],
        "name": item["name"],
        "roles": ", ".join(f"{role['role']} {role['site_id'] or '*'}" for role in item["roles"]),
        "joined": "joined" if item["joined"] else "not joined",
        "second_factor": "second factor" if item["second_factor"] else None,
        "linked": "linked" if item["linked"] else None,
        "last_seen_at": item["last_seen_at"] and f"seen {item['last_seen_at']}",
        "invited_until": item["invited_until"] and f"link until {item['invited_until']}",
        "disabled_at": item["disabled_at"] and f"closed {item['disabled_at']}",
    }


def _shown(person: Person) -> dict[str, Any]:
    def time(instant: int | None) -> str | None:
        return None if instant is None else rfc3339(instant)

    return {
        "reviewer_id": person.reviewer.id,
        "name": person.reviewer.name,
        "roles": [{"site_id": site_id, "role": role.value} for site_id, role in person.reviewer.roles],
        "joined": person.joined,
        "second_factor": person.has_factor,
        "linked": person.is_linked,
        "created_at": time(person.created_at),
        "last_seen_at": time(person.last_seen_at),
        "invited_until": time(person.invited_until),
        "disabled_at": time(person.disabled_at),
    }
