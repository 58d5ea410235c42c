"""Which comments nobody sent: what is read for a site's own clients leaves them out."""

from sqlalchemy import Connection, literal, select

from store.records.schema import comments
from store.records.seed_tables import seeds

NOT_A_SEED = comments.c.id.not_in(select(seeds.c.comment_id))


def holds(connection: Connection, comment_id: str) -> bool:
    """Whether this comment is known spam that waits among the audits."""
    query = select(literal(1)).where(seeds.c.comment_id == comment_id)
    return connection.execute(query).scalar() is not None
