"""`models`: what the registry holds. It loads no model and no scikit-learn, so it answers at once."""

from typing import Any

import click
import orjson

from store.ids import rfc3339
from store.records import migrate, model_versions
from store.records.model_versions import ModelVersion
from store.settings import load_settings
from store.stores import open_stores

_FIGURES = ("auc", "recall", "brier", "ece")
# Which way of holding out says most about a site that was never seen.
_WAYS = ("by source", "by fold", "never learned")


@click.command("models", help="List the registered models; the active one scores.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--history", is_flag=True, help="List who made which model active, when and why, instead.")
def models_command(*, as_json: bool, history: bool) -> None:
    """Oldest first."""
    stores = open_stores(load_settings(), pool_size=2)
    try:
        migrate.upgrade(stores.database)
        with stores.database.read() as connection:
            versions = model_versions.every(connection)
            changes = model_versions.history(connection)
    finally:
        stores.close()
    items = [_change(one) for one in changes] if history else [described(version) for version in versions]
    if as_json:
        click.echo(orjson.dumps({"items": items}).decode())
    elif not items:
        click.echo("No model is registered yet; the first worker registers the shipped one.")
    else:
        click.echo("\n".join(_change_line(item) if history else _line(item) for item in items))


def described(version: ModelVersion) -> dict[str, Any]:
    """A registered model as JSON values, with its key figures: the mean over sources that were held out."""
    return {
        "model": version.id,
        "status": version.status,
        "origin": version.origin,
        "site": version.site_id,
        "digest": version.digest,
        "created_at": rfc3339(version.created_at),
        "figures": key_figures(orjson.loads(version.card)),
    }


def key_figures(card: dict[str, Any]) -> dict[str, Any]:
    """Mean ROC-AUC, recall at FPR 1 %, Brier and ECE over the sources of a card; None where it has none."""
    rows = card.get("figures") or []
    held = next((way for way in _WAYS if any(row.get("held") == way for row in rows)), None)
    means: dict[str, Any] = {"held_out": held}
    for name in _FIGURES:
        values = [row[name] for row in rows if row.get("held") == held and isinstance(row.get(name), int | float)]
        means[name] = round(sum(values) / len(values), 4) if values else None
    return means


def _line(item: dict[str, Any]) -> str:
    figures = item["figures"]
    numbers = "  ".join(f"{name} {'-' if figures[name] is None else format(figures[name], '.3f')}" for name in _FIGURES)
    scope = item["site"] or "all sites"
    return (
        f"{item['model']}  {item['status']:9}  {item['origin']:7}  {scope:9}  {item['created_at']}"
        f"  sha256:{item['digest'][:12]}…  {numbers}"
    )


def _change(one: model_versions.Activation) -> dict[str, Any]:
    return {
        "at": rfc3339(one.at),
        "action": one.action,
        "model": one.model_id,
        "site": one.site_id,
        "actor": one.actor,
        "reason": one.reason,
    }


def _change_line(item: dict[str, Any]) -> str:
    scope, model = item["site"] or "all sites", item["model"] or "the one for all sites"
    return f"{item['at']}  {item['action']:8}  {scope}  {model}  by {item['actor']}  {item['reason']}".rstrip()
