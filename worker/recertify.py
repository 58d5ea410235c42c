"""Hold a new model against what people found before: its own scores of comments that it was not trained on."""

from collections.abc import Sequence

import orjson

from models.guarantee.entries import Row
from models.vocabulary import Comment, Scorer
from store.records import comments, evidence, lane_outcomes, model_versions, policies
from store.records.database import Connection
from store.records.lane_outcomes import SampledOutcome
from store.stores import Stores
from worker import lanes, resample
from worker.by_scorer import by_scorer
from worker.rows import row_of

STEP = 256


def recertify(stores: Stores, scorer: Scorer, site_id: str) -> int:
    """Score what is stored anew and give it to the site's lanes; how many comments that were.

    Nothing happens where this process has not loaded the model in force yet, or the lanes have evidence about it: doing
    it twice is harmless. Raises DatabaseUnavailable, NotFound.
    """
    ((own, _),) = by_scorer(scorer, [site_id])
    with stores.database.read() as connection:
        version = model_versions.of_site(connection, site_id)
        if version is None or version.id != own.model:
            return 0
        since = max(_learned_until(version.card), stores.database.now_us(connection) - lanes.SAMPLE_US)
        found = lane_outcomes.sample(connection, site_id, since=since + 1, limit=lanes.MAX_SAMPLE)
        found = [one for one in found if one.model != version.id]
        policy = policies.get(stores.database, connection, site_id)
        left = resample.left_to_lanes(connection, policy, found)
        rows = [row for at in range(0, len(left), STEP) for row in _rows(connection, own, left[at : at + STEP])]
    return lanes.feed_rescored(stores, site_id, version.id, rows) if rows else 0


def _learned_until(card: str) -> int:
    """When the newest label was given that the model learned from; 0 where it learned from files alone."""
    told = orjson.loads(card).get("labels") or {}
    return int(told.get("until", 0))


def _rows(connection: Connection, scorer: Scorer, step: Sequence[SampledOutcome]) -> list[Row]:
    records = comments.texts(connection, [one.comment_id for one in step])
    kept = [one for one in step if one.comment_id in records and records[one.comment_id].revision == one.revision]
    texts = [records[one.comment_id] for one in kept]
    scores = scorer.score(
        [Comment(text.body, text.author_name, text.author_url, text.page_title, None, text.language) for text in texts],
        [evidence.load(one.evidence)[0] for one in kept],
    )
    anew = [
        one._replace(low=score.low, high=score.high, model=score.model) for one, score in zip(kept, scores, strict=True)
    ]
    return [row._replace(audited=False) for one in anew if (row := row_of(one, scorer.model)) is not None]
