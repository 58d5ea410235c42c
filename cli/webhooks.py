"""`gatepost webhook`."""

import click

from cli.options import Commands, json_option, opened, show
from models.errors import Refused
from service.webhooks import MAX_OVERLAP_SECONDS, OVERLAP_SECONDS, Webhooks, live_secrets
from store.records import sites, webhooks
from worker import signing


@click.group(cls=Commands)
def webhook() -> None:
    """Add, list and rotate the webhooks of a site."""


@webhook.command("add")
@click.option("--site", "site_id", required=True)
@click.option("--url", required=True, help="Where to send events; https on a public address, or permitted by name.")
@click.option("--description", help="What it is for.")
@json_option
def webhook_add(site_id: str, url: str, description: str | None, as_json: bool) -> None:
    """Register a receiver and print its secret, which is shown this once."""
    with opened() as stores:
        with stores.database.read() as connection:
            sites.get(connection, site_id)
        hooks = Webhooks(stores)
        hooks.check(url)
        added = hooks.add(site_id, url, description)
    shown = {"webhook_id": added.id, "secret": added.secret}
    show(shown, as_json, "\n".join(f"{name:12} {value}" for name, value in shown.items()))


@webhook.command("list")
@click.option("--site", "site_id", required=True)
@json_option
def webhook_list(site_id: str, as_json: bool) -> None:
    """List the webhooks of a site, without their secrets."""
    with opened() as stores, stores.database.read() as connection:
        sites.get(connection, site_id)
        found = webhooks.page(connection, site_id, after=None, limit=webhooks.MAX_OF_SITE)
    items = [{"webhook_id": w.id, "state": w.state, "live_secrets": live_secrets(w), "url": w.url} for w in found]
    lines = [f"{w.id}  {w.state:8}  {live_secrets(w)}  {w.url}" for w in found]
    show({"items": items}, as_json, "\n".join(lines) or "This site has no webhook yet.")


@webhook.command("rotate")
@click.argument("webhook_id")
@click.option(
    "--overlap-seconds",
    type=click.IntRange(0, MAX_OVERLAP_SECONDS),
    default=OVERLAP_SECONDS,
    show_default=True,
    help="How long the secret before signs too.",
)
@json_option
def webhook_rotate(webhook_id: str, overlap_seconds: int, as_json: bool) -> None:
    """Give a webhook a new secret and print it, which happens this once; the old one signs too for a while."""
    with opened() as stores:
        with stores.database.read() as connection:
            found = webhooks.get(connection, webhook_id)
        rotated = Webhooks(stores).rotate(found, overlap_seconds)
    if rotated is None:
        raise Refused("The webhook was changed at the same moment; try again.")
    shown = {"webhook_id": rotated.id, "secret": rotated.secret}
    show(shown, as_json, "\n".join(f"{name:12} {value}" for name, value in shown.items()))


@webhook.command("callback-secret")
@click.option("--site", "site_id", required=True)
@json_option
def webhook_callback_secret(site_id: str, as_json: bool) -> None:
    """Print the secret that signs what goes to the addresses that a site's comments bring along."""
    with opened() as stores, stores.database.read() as connection:
        secret = signing.of_site(sites.get(connection, site_id).pseudonym_key)
    show({"secret": secret}, as_json, secret)
