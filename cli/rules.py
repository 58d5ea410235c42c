"""`gatepost rule`."""

from collections.abc import Sequence
from typing import Any

import click
import orjson

from cli.options import Commands, json_option, opened, previewed, show, table
from models.conditions import MAX_CONDITIONS, flaw
from models.errors import Refused
from models.vocabulary import Action, Condition
from service.policies import NewRule, Policies
from service.preview import MAX_COMMENTS
from store.records import sites
from store.records.policies import CONTINUE, conditions_from
from store.records.rules import MAX_OF_SITE

ACTIONS = click.Choice([*(action.value for action in Action if action is not Action.ESCALATE), CONTINUE])

MAX_NAME = 255

site_option = click.option("--site", "site_id", required=True)
_name = click.option("--name", required=True, help="What people call it.")
_conditions = click.option(
    "--if",
    "conditions",
    nargs=3,
    multiple=True,
    required=True,
    metavar="FIELD OPERATOR VALUE",
    help="A condition; several times, and all must be met. Example: --if body.links ge 3",
)
_action = click.option("--action", type=ACTIONS, required=True)
_position = click.option("--position", type=click.IntRange(1, MAX_OF_SITE), help="From 1; the last without it.")


@click.group(cls=Commands)
def rule() -> None:
    """Add, list, preview and remove the rules of a site."""


@rule.command("add")
@site_option
@_name
@_conditions
@_action
@_position
@json_option
def rule_add(site_id: str, *, as_json: bool, **told: Any) -> None:
    """Add a rule: what happens to comments that meet every condition."""
    with opened() as stores:
        with stores.database.read() as connection:
            sites.get(connection, site_id)
        added = Policies(stores).add_rule(site_id, _new(**told))
    shown = {"rule_id": added.id, "position": added.position, "name": added.name, "action": added.action}
    show(shown, as_json, f"{added.id} is rule {added.position} of its site.")


@rule.command("list")
@site_option
@json_option
def rule_list(site_id: str, as_json: bool) -> None:
    """List the rules of a site in the order in which they are asked."""
    with opened() as stores:
        with stores.database.read() as connection:
            sites.get(connection, site_id)
        found = Policies(stores).rules(site_id)
    items: list[dict[str, Any]] = [
        {
            "position": one.position,
            "rule_id": one.id,
            "action": one.action,
            "hits": one.hits,
            "name": one.name,
            "conditions": [_shown(condition) for condition in conditions_from(one.conditions)],
        }
        for one in found
    ]
    lines = table([{**item, "conditions": "; ".join(map(_sentence, item["conditions"]))} for item in items])
    show({"items": items}, as_json, lines or "This site has no rule yet.")


@rule.command("remove")
@click.argument("rule_id")
@site_option
@json_option
def rule_remove(rule_id: str, site_id: str, as_json: bool) -> None:
    """Remove a rule."""
    with opened() as stores:
        policies = Policies(stores)
        policies.remove_rule(policies.rule(site_id, rule_id))
    show({"rule_id": rule_id, "removed": True}, as_json, f"{rule_id} is removed.")


@rule.command("preview")
@site_option
@_name
@_conditions
@_action
@_position
@click.option("--last", type=click.IntRange(1, MAX_COMMENTS), default=MAX_COMMENTS, show_default=True)
@json_option
def rule_preview(site_id: str, last: int, *, as_json: bool, **told: Any) -> None:
    """Tell what a rule would have done to the last comments; nothing is saved."""
    with opened() as stores:
        found = Policies(stores).preview_rule(site_id, _new(**told), None, last)
    show(previewed(found), as_json, f"{found.summary()} It speaks about {found.matched:,} of them.")


def _new(name: str, conditions: Sequence[tuple[str, str, str]], action: str, position: int | None) -> NewRule:
    if len(conditions) > MAX_CONDITIONS:
        raise Refused(f"A rule may have {MAX_CONDITIONS} conditions at most.")
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise Refused(f"A rule's name needs 1 to {MAX_NAME} characters.")
    return NewRule(name, tuple(_condition(*one) for one in conditions), action, position)


def _condition(field: str, operator: str, value: str) -> Condition:
    """The value as JSON where the field takes that, else as the text it is: `3`, `true`, `["a", "b"]`, `casino`."""
    plain = Condition(field, operator, value)
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        read = None
    other = Condition(field, operator, tuple(read) if isinstance(read, list) else read) if read is not None else plain
    for one in (plain, other):
        if flaw(one) is None:
            return one
    wrong = flaw(other)
    assert wrong is not None
    raise Refused(f"--if {field} {operator} {value}: {wrong.pointer.strip('/')} {wrong.detail}.")


def _shown(condition: Condition) -> dict[str, Any]:
    return {"field": condition.field, "operator": condition.operator, "value": condition.value}


def _sentence(condition: dict[str, Any]) -> str:
    value = condition["value"]
    return f"{condition['field']} {condition['operator']} {orjson.dumps(value).decode()}"
