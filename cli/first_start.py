"""What `gatepost up` makes on its first start, and the lines that it prints when it is ready."""

from models.vocabulary import Mode, Role
from store.records import keys, reviewers, sites
from store.settings import Settings
from store.stores import Stores

OWNER = "owner"


def first_start(settings: Settings, stores: Stores) -> list[str]:
    """Make a site with its keys and a first reviewer if there are none; return the lines for standard output.

    Keys are stored as digests only, so later starts cannot show them again.
    """
    with stores.database.write() as connection:
        key, path = "$GATEPOST_KEY", "/console"
        if not sites.every(connection):
            site = sites.add(connection, settings.base_url, Mode.AUTOMATIC)
            _, key = keys.add(connection, site.id)
        if not reviewers.any_exists(connection):
            owner = reviewers.add(connection, OWNER, Role.ADMIN)
            path = f"/console/join/{reviewers.new_link(connection, owner.id)}"
    return _lines(settings, key, path)


def _lines(settings: Settings, key: str, path: str) -> list[str]:
    base = f"http://{settings.host}:{settings.port}"
    quote = '"' if key.startswith("$") else "'"
    authorization = f"-H {quote}Authorization: Bearer {key}{quote}"
    body = '{"external_id": "hello-1", "body": "Nice post"}'
    return [
        f"ready {base}",
        f"submit   curl -s {base}/v1/comments {authorization} -H 'Content-Type: application/json'"
        f" -H 'Prefer: wait=5' -d '{body}'",
        f"decision curl -s '{base}/v1/comments?external_id=hello-1' {authorization}",
        f"console  {settings.base_url}{path}",
    ]
