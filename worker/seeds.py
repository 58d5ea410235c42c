"""Put known spam among the audits of sites that want it, and take it away once it is decided."""

import random
from contextlib import suppress
from dataclasses import dataclass

from models.guarantee.seeding import disguised, how_many
from models.priority import BLIND
from store.live import review_queue
from store.live.connection import ERRORS
from store.records import seeds
from store.records.database import Connection
from store.records.review_items import ReviewItem
from store.records.seeds import KnownSpam, SeedSetting
from store.stores import Stores

DAY_US = 86_400_000_000
KEPT_US = 7 * DAY_US
DRAWN_FROM = 50


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    placed: int
    removed: int


def tend_seeds(stores: Stores, rng: random.Random) -> Round:
    """Remove what is decided for good and place what is due. Several clocks may. Raises DatabaseUnavailable."""
    with stores.database.read() as connection:
        now = stores.database.now_us(connection)
        settings = seeds.wanted(connection)
    if not settings:
        return Round(0, 0)
    decided_before = now - stores.settings.undo_seconds * 1_000_000
    with stores.database.write() as connection:
        over = seeds.over(connection, decided_before=decided_before, placed_before=now - KEPT_US)
        seeds.remove(connection, [comment_id for comment_id, _, _ in over], now)
        placed = [item for one in settings if one.rate > 0 for item in _placed(connection, one, rng, now)]
    with suppress(*ERRORS):  # The reconciler brings the queue in order.
        review_queue.remove(stores.redis, [(item_id, site_id) for _, item_id, site_id in over])
        review_queue.add(stores.redis, [(item.id, item.site_id, item.rank) for item in placed])
    return Round(len(placed), len(over))


def _placed(connection: Connection, known: SeedSetting, rng: random.Random, now: int) -> list[ReviewItem]:
    """One draw for each blind item that came, so that seeds are as rare among them as the site wants."""
    setting = seeds.setting(connection, known.site_id)
    if setting is None or setting.looked_at != known.looked_at:
        return []  # Another clock was first.
    number = how_many(seeds.blind_since(connection, setting.site_id, setting.looked_at, now), setting.rate, rng)
    seeds.put_setting(connection, setting._replace(looked_at=now))
    if not number:
        return []
    found = seeds.unused(connection, setting.site_id, DRAWN_FROM)
    page = seeds.newest_page(connection, setting.site_id)
    chosen = rng.sample(found, min(number, len(found)))
    dressed = [_dressed(one, page, rng) for one in chosen]
    return [seeds.place(connection, setting.site_id, one, -BLIND, now) for one in dressed]


def _dressed(spam: KnownSpam, page: tuple[str | None, str | None], rng: random.Random) -> KnownSpam:
    text = spam.comment._replace(author_id=disguised(spam.comment.author_id, rng))
    if text.page_url is None:
        text = text._replace(page_url=page[0], page_title=page[1])
    return spam._replace(comment=text)
