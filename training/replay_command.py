"""`replay`: what the history of a site would have been under its policy and its model as they are now."""

from typing import Any

import click

from models.classifier import ClassifierScorer
from models.hindsight import ACTIONS, Difference
from models.vocabulary import Action
from store.ids import rfc3339
from store.records import model_versions, sites
from store.stores import Stores
from training import console, promotion
from training.replay import replay
from training.wiring import opened

USUAL_COMMENTS, MAX_COMMENTS = 2000, 100_000
SHOWN = 10


@click.command("replay", help="Judge a site's history once more, by its policy and model as they are now.")
@click.option("--site", "site_id", required=True)
@click.option("--model", "name", help="Who scores: an id, `shipped`, or the path of a file; the site's own otherwise.")
@click.option("--last", type=click.IntRange(1, MAX_COMMENTS), default=USUAL_COMMENTS, show_default=True)
@console.json_option
def replay_command(*, site_id: str, name: str | None, last: int, as_json: bool) -> None:
    """Nothing is changed."""
    with console.one_sentence_errors(), opened() as stores:
        model = promotion.named(stores, name or _own(stores, site_id))
        found = replay(stores, site_id, ClassifierScorer(model.classifier, model.name), last)
    if as_json:
        console.print_json({"site_id": site_id, "model": model.name, **_shown(found)})
        return
    rows = [(then.value, *(str(_count(found, then, now)) for now in ACTIONS)) for then in ACTIONS]
    console.print_table(f"Decided then, and by {model.name} now", ("then", *(a.value for a in ACTIONS)), rows)
    for flip in found.flips[:SHOWN]:
        click.echo(f"{flip.comment_id}  {flip.before.value} → {flip.after.value}")
    click.echo(found.summary())


def _own(stores: Stores, site_id: str) -> str:
    """The model that scores the site today. Raises NotFound."""
    with stores.database.read() as connection:
        sites.get(connection, site_id)
        version = model_versions.of_site(connection, site_id)
    return "shipped" if version is None else version.id


def _count(found: Difference, then: Action, now: Action) -> int:
    if then is not now:
        return found.changes[then, now]
    return found.before[then] - sum(found.changes[then, other] for other in ACTIONS)


def _shown(found: Difference) -> dict[str, Any]:
    return {
        "comments": found.n_comments,
        "since": None if found.since is None else rfc3339(found.since),
        "before": {action.value: found.before[action] for action in ACTIONS},
        "after": {action.value: found.after[action] for action in ACTIONS},
        "changes": [{"before": b.value, "after": a.value, "count": n} for (b, a), n in found.changes.most_common()],
        "items": [{"comment_id": f.comment_id, "before": f.before.value, "after": f.after.value} for f in found.flips],
    }
