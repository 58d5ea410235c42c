"""`gatepost organisation`, `gatepost site` and `gatepost key`."""

import sys
from typing import Any

import click

from cli.options import Commands, json_option, opened, show, table
from models.errors import Refused
from models.receivers import read_allowed, read_receiver
from models.vocabulary import Action, Mode, Scope
from service import lenient
from store.ids import rfc3339
from store.records import keys, organisations, policies, site_secrets, sites
from store.records.sites import Blogs, HeldAs, WireSettings

MODES = click.Choice([mode.value for mode in Mode])
HELD_AS = click.Choice([held.value for held in HeldAs])
SCOPES = click.Choice([scope.value for scope in Scope])
BLOGS = click.Choice([blogs.value for blogs in Blogs])
ON_FAILURE = click.Choice([Action.APPROVE.value, Action.REVIEW.value, Action.REJECT.value])


@click.group(cls=Commands)
def organisation() -> None:
    """Add and list organisations, which own sites."""


@organisation.command("add")
@click.option("--name", required=True)
@json_option
def organisation_add(name: str, as_json: bool) -> None:
    """Add an organisation; `gatepost site add --organisation` gives it sites."""
    with opened() as stores, stores.database.write() as connection:
        added = organisations.add(connection, name)
    show({"organisation_id": added.id, "name": added.name}, as_json, f"{added.id}  {added.name}")


@organisation.command("list")
@json_option
def organisation_list(as_json: bool) -> None:
    """List the organisations, and how many sites each has."""
    with opened() as stores, stores.database.read() as connection:
        found = organisations.every(connection)
    items = [{"organisation_id": one.id, "name": one.name, "sites": n_sites} for one, n_sites in found]
    show({"items": items}, as_json, table(items) or "There is no organisation yet; the first site makes one.")


@click.group(cls=Commands)
def site() -> None:
    """Add, list and change sites."""


@site.command("add")
@click.option("--url", required=True, help="Where the site is, for people to recognise it.")
@click.option("--mode", type=MODES, default=Mode.AUTOMATIC.value, show_default=True)
@click.option("--organisation", "owner", help="Who owns it, by id or name; the default one otherwise.")
@json_option
def site_add(url: str, mode: str, owner: str | None, as_json: bool) -> None:
    """Add a site and print its keys, which are shown this once."""
    if lenient.web_url(url) is None:
        raise Refused(
            "The site's URL must begin with http:// or https:// and name a host, in 2,048 characters at most."
        )
    with opened() as stores, stores.database.write() as connection:
        owner_id = None if owner is None else organisations.find(connection, owner).id
        added = sites.add(connection, url, Mode(mode), owner_id)
        _, api_key = keys.add(connection, added.id)
        _, akismet_key = keys.add(connection, added.id, "akismet")
    shown = {"site_id": added.id, "api_key": api_key, "akismet_key": akismet_key}
    show(shown, as_json, "\n".join(f"{name:12} {value}" for name, value in shown.items()))


@site.command("list")
@json_option
def site_list(as_json: bool) -> None:
    """List the sites."""
    with opened() as stores, stores.database.read() as connection:
        found = sites.every(connection)
        owners = {owner.id: owner.name for owner, _ in organisations.every(connection)}
    items = [
        {
            "site_id": s.id,
            "url": s.url,
            "mode": s.mode.value,
            "policy": str(s.policy_version),
            "organisation": owners[s.organisation_id],
        }
        for s in found
    ]
    show({"items": items}, as_json, table(items) or "There is no site yet; `gatepost site add --url URL` adds one.")


@site.command("set")
@click.argument("site_id")
@click.option("--mode", type=MODES)
@click.option("--akismet-held", type=HELD_AS, help="What an Akismet client is told of a comment that is held.")
@click.option("--akismet-blog", type=BLOGS, help="Which websites the Akismet key serves.")
@click.option("--on-failure", type=ON_FAILURE, help="What a foreign wire is told when no decision is there in time.")
@click.option("--coral-timeout-ms", type=click.IntRange(100, 10_000), help="The time-out set in Coral.")
@click.option(
    "--author-per-hour", type=click.IntRange(0, 100_000), help="Comments of an author before one is held; 0: any."
)
@click.option("--cusdis-url", help="Where its Cusdis is, whose approval links are opened; empty: nowhere.")
@click.option("--coral-secret-stdin", is_flag=True, help="Read Coral's signing secret from standard input.")
@json_option
def site_set(
    site_id: str, mode: str | None, author_per_hour: int | None, coral_secret_stdin: bool, as_json: bool, **wires: Any
) -> None:
    """Change how a site uses the machine, and how it answers on foreign wires."""
    secret = sys.stdin.readline().strip() if coral_secret_stdin else None
    if secret == "" or (
        secret is None and mode is None and author_per_hour is None and all(v is None for v in wires.values())
    ):
        raise Refused("Say what to change, as `gatepost site set --help` lists it; an empty secret is none.")
    with opened() as stores, stores.database.write() as connection:
        if wires["cusdis_url"]:
            read_receiver(wires["cusdis_url"], read_allowed(stores.settings.webhook_allow))
        changed = sites.set_wires(connection, site_id, _wires(**wires))
        if mode is not None:
            changed = sites.set_mode(connection, site_id, Mode(mode))
        if author_per_hour is not None:
            policies.raise_version(connection, site_id)
            policies.set_author_rate(connection, site_id, author_per_hour or None)
            changed = sites.get(connection, site_id)
        if secret is not None:
            site_secrets.put(connection, site_id, site_secrets.CORAL, secret)
    shown = {
        "site_id": changed.id,
        "mode": changed.mode.value,
        "policy": str(changed.policy_version),
        "akismet_held": changed.akismet_held.value,
        "akismet_blog": changed.akismet_blog.value,
        "on_failure": changed.on_failure.value,
        "coral_timeout_ms": changed.coral_timeout_ms,
        "cusdis_url": changed.cusdis_url,
    }
    show(shown, as_json, "\n".join(f"{name:16} {value or '-'}" for name, value in shown.items()))


def _wires(
    *,
    akismet_held: str | None,
    akismet_blog: str | None,
    on_failure: str | None,
    coral_timeout_ms: int | None,
    cusdis_url: str | None,
) -> WireSettings:
    return WireSettings(
        None if akismet_held is None else HeldAs(akismet_held),
        None if akismet_blog is None else Blogs(akismet_blog),
        None if on_failure is None else Action(on_failure),
        coral_timeout_ms,
        cusdis_url,
    )


@click.group(cls=Commands)
def key() -> None:
    """Add, list and revoke the keys of a site."""


@key.command("add")
@click.option("--site", "site_id", required=True)
@click.option("--akismet", is_flag=True, help="A key for the Akismet wire instead of the native API.")
@click.option("--cusdis", is_flag=True, help="A token for the webhook of Cusdis instead.")
@click.option("--scope", "scopes", multiple=True, type=SCOPES, help="What it may do, several times; all else.")
@click.option("--per-minute", type=click.IntRange(1, 10_000_000), help="Comments it may submit a minute.")
@json_option
def key_add(site_id: str, akismet: bool, cusdis: bool, *, as_json: bool, **limits: Any) -> None:
    """Add a key and print it, which happens this once. For a change of keys, two are live until one is revoked."""
    if akismet and cusdis:
        raise Refused("A key is for one wire; add a second one for the other.")
    scopes, per_minute = [Scope(s) for s in limits["scopes"]] or list(Scope), limits["per_minute"]
    kind = "akismet" if akismet else "cusdis" if cusdis else "native"
    if kind != "native" and (limits["scopes"] or per_minute):
        raise Refused("--scope and --per-minute are for keys of the native API.")
    with opened() as stores, stores.database.write() as connection:
        sites.get(connection, site_id)
        added, secret = keys.add(connection, site_id, kind, scopes, per_minute)
    show({"key_id": added.id, "key": secret}, as_json, f"{added.id}  {secret}")


@key.command("list")
@click.option("--site", "site_id", required=True)
@json_option
def key_list(site_id: str, as_json: bool) -> None:
    """List the keys of a site by their first characters."""
    with opened() as stores, stores.database.read() as connection:
        sites.get(connection, site_id)
        found = keys.of_site(connection, site_id)
    items = [
        {
            "key_id": k.id,
            "kind": k.kind,
            "begins": k.hint,
            "created_at": rfc3339(k.created_at),
            "scopes": k.scopes,
            "per_minute": k.per_minute,
            "last_used_at": None if k.last_used_at is None else rfc3339(k.last_used_at),
            "revoked_at": None if k.revoked_at is None else rfc3339(k.revoked_at),
        }
        for k in found
    ]
    show({"items": items}, as_json, table(items))


@key.command("revoke")
@click.argument("key_id")
@json_option
def key_revoke(key_id: str, as_json: bool) -> None:
    """End a key; every process refuses it within 5 seconds."""
    with opened() as stores, stores.database.write() as connection:
        keys.revoke(connection, key_id)
    show({"key_id": key_id, "revoked": True}, as_json, f"{key_id} opens nothing any more.")
