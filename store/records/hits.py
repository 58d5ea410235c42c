"""Count in how many decisions each list entry and rule spoke, in the transaction that writes the decisions."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, Table, Update, bindparam, update

from store.records.rule_tables import list_entries, rules


def add(connection: Connection, spoke: Iterable[tuple[str, ...]], at: int) -> None:
    """Count what spoke in each of these decisions. `at`: microseconds since 1970. One that was removed is passed over.

    In one order, so that two workers that meet wait for each other instead of for ever.
    """
    counted = sorted(Counter(one for ids in spoke for one in ids).items())
    for statement, prefix in ((_OF_ENTRIES, "lst_"), (_OF_RULES, "rul_")):
        rows = [{"hit": hit, "times": times, "at": at} for hit, times in counted if hit.startswith(prefix)]
        if rows:
            connection.execute(statement, rows)


def _statement(table: Table) -> Update:
    counted = update(table).where(table.c.id == bindparam("hit"))
    return counted.values(hits=table.c.hits + bindparam("times"), last_hit_at=bindparam("at"))


_OF_ENTRIES, _OF_RULES = _statement(list_entries), _statement(rules)
