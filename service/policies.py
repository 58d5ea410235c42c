"""What a site lays down: lists, rules, its mode, and what it thinks of new and known authors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import VersionMismatch
from models.lists import normal
from models.vocabulary import Action, Condition, ListEffect, ListEntry, ListKind, Mode, Rule
from service.guarantee import Targets, lay_down
from service.preview import Preview, Previews
from store.records import lists, policies, rules, shadow, sites
from store.records.lists import StoredEntry
from store.records.policies import CONTINUE, StoredPolicy, conditions_text
from store.records.rules import StoredRule
from store.records.shadow import HeldBack
from store.stores import Stores

_PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule as it is sent. `action`: of `Action`, or `continue`; `position`: from 1, None for where it is, or last."""

    name: str
    conditions: tuple[Condition, ...]
    action: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as it is sent, its value in the form in which it is kept."""

    effect: ListEffect
    kind: ListKind
    value: str
    reason: str | None = None
    expires_at: int | None = None


class Policies:
    """The policies of all sites; each method names the site that asks, and finds no other's.

    Every change gives the site's policy its next version in the same transaction. A change of what was changed since
    it was read raises VersionMismatch and changes nothing.
    """

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database
        self._previews = Previews(stores.database)

    def get(self, site_id: str) -> StoredPolicy:
        """The whole policy as it stands. Raises NotFound."""
        with self._database.read() as connection:
            return policies.get(self._database, connection, site_id)

    def change(
        self,
        site_id: str,
        version: int,
        *,
        mode: Mode,
        first_comments: int,
        trust_after: int | None,
        author_per_hour: int | None,
        targets: Targets | None = None,
    ) -> StoredPolicy:
        """Change all but lists and rules of the policy of that version. `targets` None: they stay.

        Raises VersionMismatch, NotFound, and Refused for targets that make no sense.
        """
        with self._database.write() as connection:
            if not policies.raise_version(connection, site_id, version):
                raise _changed()
            sites.put_mode(connection, site_id, mode)
            if targets is not None:
                lay_down(connection, site_id, targets)
            policies.set_authors(
                connection,
                site_id,
                first_comments=first_comments,
                trust_after=trust_after,
                author_per_hour=author_per_hour,
            )
            return policies.get(self._database, connection, site_id)

    def entry(self, site_id: str, entry_id: str) -> StoredEntry:
        """One entry. Raises NotFound."""
        with self._database.read() as connection:
            return lists.get(connection, entry_id, site_id)

    def entries(
        self, site_id: str, *, effect: str | None, kind: str | None, after: str | None, limit: int
    ) -> list[StoredEntry]:
        """Entries, oldest first."""
        with self._database.read() as connection:
            return lists.page(connection, site_id, effect=effect, kind=kind, after=after, limit=limit)

    def add_entry(self, site_id: str, new: NewEntry) -> StoredEntry:
        """Write a new entry. Raises Refused where there are enough, or one for the same."""
        with self._database.write() as connection:
            policies.raise_version(connection, site_id)
            return lists.add(
                connection,
                site_id,
                effect=new.effect.value,
                kind=new.kind.value,
                value=new.value,
                reason=new.reason,
                expires_at=new.expires_at,
            )

    def add_entries(self, site_id: str, news: Sequence[NewEntry]) -> int:
        """Write many entries at once; how many are new: one for what has an entry already changes nothing. Raises
        Refused where they would be too many."""
        rows = [(new.effect.value, new.kind.value, new.value, new.reason, new.expires_at) for new in news]
        with self._database.write() as connection:
            policies.raise_version(connection, site_id)
            return lists.add_many(connection, site_id, rows)

    def change_entry(self, entry: StoredEntry, values: dict[str, Any]) -> StoredEntry:
        """Change an entry that is as it was read. Raises VersionMismatch, or Refused where another is for the same."""
        with self._database.write() as connection:
            policies.raise_version(connection, entry.site_id)
            lists.refuse(connection, entry.site_id, entry.kind, values.get("value", entry.value), but=entry.id)
            changed = lists.change(connection, entry, **values)
            if changed is None:
                raise _changed()
            return changed

    def remove_entry(self, entry: StoredEntry) -> None:
        """Remove an entry that is as it was read. Raises VersionMismatch."""
        with self._database.write() as connection:
            policies.raise_version(connection, entry.site_id)
            if not lists.remove(connection, entry):
                raise _changed()

    def rules(self, site_id: str) -> list[StoredRule]:
        """The rules, in order."""
        with self._database.read() as connection:
            return rules.every(connection, site_id)

    def rule(self, site_id: str, rule_id: str) -> StoredRule:
        """One rule. Raises NotFound."""
        with self._database.read() as connection:
            return rules.get(connection, rule_id, site_id)

    def add_rule(self, site_id: str, new: NewRule) -> StoredRule:
        """Write a new rule. Raises Refused where there are enough."""
        with self._database.write() as connection:
            policies.raise_version(connection, site_id)
            text = conditions_text(new.conditions)
            return rules.add(
                connection, site_id, name=new.name, conditions=text, action=new.action, position=new.position
            )

    def change_rule(self, rule: StoredRule, new: NewRule) -> StoredRule:
        """Change or move a rule that is as it was read. Raises VersionMismatch."""
        with self._database.write() as connection:
            policies.raise_version(connection, rule.site_id)
            text = conditions_text(new.conditions)
            changed = rules.change(
                connection, rule, name=new.name, conditions=text, action=new.action, position=new.position
            )
            if changed is None:
                raise _changed()
            return changed

    def remove_rule(self, rule: StoredRule) -> None:
        """Remove a rule that is as it was read. Raises VersionMismatch."""
        with self._database.write() as connection:
            policies.raise_version(connection, rule.site_id)
            if not rules.remove(connection, rule):
                raise _changed()

    def preview_entry(self, site_id: str, new: NewEntry | None, replaces: str | None, last: int) -> Preview:
        """What adding, changing (`replaces`) or removing (`new` None) an entry would have done. Raises NotFound."""
        if replaces is not None:
            self.entry(site_id, replaces)
        now = self.get(site_id)
        entries = [entry for entry in now.entries if entry.id != replaces]
        if new is not None:
            entries.append(ListEntry(_PROPOSED, new.effect, new.kind, new.value, new.reason))
        then = now._replace(entries=tuple(entries))
        return self._previews.compare(now, then, proposed=_PROPOSED if new else None, last=last)

    def preview_entries(self, site_id: str, news: Sequence[NewEntry], last: int) -> tuple[int, Preview]:
        """How many of these entries are new, and what adding them would have done. Raises NotFound."""
        now = self.get(site_id)
        there = {(entry.kind, entry.value) for entry in now.entries}
        fresh = {(new.kind, new.value): new for new in news if (new.kind, new.value) not in there}
        added = [ListEntry(_PROPOSED, new.effect, new.kind, new.value, new.reason) for new in fresh.values()]
        then = now._replace(entries=(*now.entries, *added))
        return len(added), self._previews.compare(now, then, proposed=_PROPOSED, last=last)

    def preview_rule(self, site_id: str, new: NewRule | None, replaces: str | None, last: int) -> Preview:
        """The same of a rule."""
        there = None if replaces is None else self.rule(site_id, replaces)
        now = self.get(site_id)
        others = [rule for rule in now.rules if rule.id != replaces]
        if new is not None:
            place = new.position or (there.position if there else None)
            at = len(others) if place is None else min(place - 1, len(others))
            action = None if new.action == CONTINUE else Action(new.action)
            others.insert(at, Rule(_PROPOSED, new.name, new.conditions, action))
        then = now._replace(rules=tuple(others))
        return self._previews.compare(now, then, proposed=_PROPOSED if new else None, last=last)

    def shadow(
        self, site_id: str, *, action: str | None, since: int, before: str | None, limit: int
    ) -> tuple[dict[str, int], Sequence[HeldBack]]:
        """What mode shadow held back: how many would have been which action, and a page of those not approved."""
        with self._database.read() as connection:
            counts = shadow.counts(connection, site_id, since)
            return counts, shadow.page(connection, site_id, action=action, since=since, before=before, limit=limit)


def entry_value(kind: ListKind, value: str) -> str:
    """The value of an entry as it is kept. Raises ValueError with a sentence about what is wrong."""
    return normal(kind, value)


def _changed() -> VersionMismatch:
    return VersionMismatch("It has changed since; read it again and send its new ETag.")
