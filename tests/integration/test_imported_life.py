"""An imported comment is a comment like any other from then on."""

import json
from pathlib import Path

import builders
import pytest
from builders import Caller, Drain
from click.testing import CliRunner
from foreign_files import wxr, wxr_comment
from sqlalchemy import select

from cli.main import gatepost
from store.records.schema import labels
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def imported(stores: Stores, site: Site, tmp_path: Path, as_site: Caller) -> str:
    """The id of a comment that WordPress had published."""
    settings = stores.settings
    environment = {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
    }
    (tmp_path / "export.xml").write_bytes(wxr(wxr_comment(1)))
    arguments = ["import", "wordpress", str(tmp_path / "export.xml"), "--site", site.id]
    assert CliRunner().invoke(gatepost, arguments, env=environment).exit_code == 0
    found: str = as_site.get("/v1/comments?external_id=1").json["items"][0]["id"]
    return found


def test_the_api_shows_where_it_comes_from(imported: str, as_site: Caller) -> None:
    shown = as_site.get(f"/v1/comments/{imported}").json

    assert (shown["state"], shown["decision"]["by"], shown["decision"]["probability"]) == ("approved", "rule", None)
    assert shown["decision"]["reasons"][0]["code"] == "imported"
    assert shown["created_at"] == "2021-03-04T05:06:07.000Z"


def test_an_edit_is_judged(imported: str, as_site: Caller, drain_now: Drain) -> None:
    as_site.post(f"/v1/comments/{imported}/revisions", {"body": builders.WORST})
    drain_now()

    assert as_site.get(f"/v1/comments/{imported}").json["state"] == "discarded"


def test_the_site_may_correct_it(imported: str, as_site: Caller, stores: Stores) -> None:
    told = as_site.post(f"/v1/comments/{imported}/feedback", {"label": "spam"})

    assert told.status_code == 201
    kinds = builders.query(stores, select(labels.c.source, labels.c.label).order_by(labels.c.id))
    assert kinds == [("import", "ham"), ("feedback", "spam")]


def test_it_can_be_erased(imported: str, as_site: Caller) -> None:
    assert as_site.call("DELETE", f"/v1/comments/{imported}").status_code == 204
    assert as_site.get(f"/v1/comments/{imported}").status_code == 404


def test_the_feed_tells_of_it(imported: str, as_site: Caller) -> None:
    (event,) = as_site.get("/v1/events").json["items"]

    assert (event["type"], event["data"]["previous_state"], event["data"]["external_id"]) == (
        "comment.approved",
        None,
        "1",
    )
    assert json.dumps(event["data"]["decision"]["reasons"]).count("Imported from WordPress") == 1
