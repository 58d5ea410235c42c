"""A site with a past: comments that were decided by the machine, and some that wait, as a worker leaves them."""

from builders import HAM, SPAM, UNSURE, WORST, FixedScorer, drain_due, leave_unaudited, record

from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores

AUTHORS = ("Ines", "Otto", "Zoë", "\u202eevil", "Kim <b>bold</b>", "عمر")
COPIES = "Earn money from home with the one simple trick that banks do not want you to know, write to me"


def decide(stores: Stores, site: Site, *news: NewComment) -> list[str]:
    """Comments that a worker has decided, none of them for an audit; their ids."""
    with stores.database.write() as connection:
        leave_unaudited(connection, site.id)
    ids = record(stores, site, *news)
    drain_due(stores, FixedScorer())
    return ids


def past_of(stores: Stores, site: Site, days: int = 1) -> list[str]:
    """Comments of all kinds, decided now; their ids."""
    made = []
    for number in range(6 * days):
        name = AUTHORS[number % len(AUTHORS)]
        body = (HAM, f"{SPAM} at https://shop{number}.deals.example/buy", UNSURE, WORST, HAM, f"{UNSURE} {COPIES}")[
            number % 6
        ]
        made.append(
            NewComment(
                body=f"{body} ({number})",
                author_name=name,
                author_id=f"acct-{number % 4}",
                language="en",
                page_title="On compost",
                page_url="https://garden.example/compost",
            )
        )
    return decide(stores, site, *made)
