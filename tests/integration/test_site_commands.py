"""`gatepost site set` and `gatepost key add`, as far as foreign wires go."""

import json
from collections import Counter
from typing import Any

import pytest
from builders import Drain, add_site, new_comment, record, states
from click.testing import CliRunner, Result

from cli.main import gatepost
from models.vocabulary import Action
from store.records import keys, site_secrets, sites
from store.records.sites import Blogs, HeldAs, Site
from store.settings import Settings
from store.stores import Stores


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
    }


def run(environment: dict[str, str], *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(gatepost, list(arguments), env=environment, input=given)


def shown(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def site_of(stores: Stores, site_id: str) -> Site:
    with stores.database.read() as connection:
        return sites.get(connection, site_id)


def test_a_new_site_gets_a_key_for_the_akismet_wire(stores: Stores, environment: dict[str, str]) -> None:
    made = shown(run(environment, "site", "add", "--url", "https://blog.example", "--json"))

    assert len(made["akismet_key"]) == 12
    assert set(made["akismet_key"]) <= set("0123456789abcdef")
    fresh = site_of(stores, made["site_id"])
    assert (fresh.akismet_held, fresh.akismet_blog) == (HeldAs.PROBABLE, Blogs.ANY)
    assert (fresh.on_failure, fresh.coral_timeout_ms) == (Action.APPROVE, 200)


def test_how_a_site_answers_is_set_and_the_rest_stays(stores: Stores, site: Site, environment: dict[str, str]) -> None:
    changed = ("--akismet-held", "spam", "--akismet-blog", "own", "--on-failure", "review", "--coral-timeout-ms", "900")

    said = shown(run(environment, "site", "set", site.id, *changed, "--json"))

    after = site_of(stores, site.id)
    assert (after.akismet_held, after.akismet_blog) == (HeldAs.SPAM, Blogs.OWN)
    assert (after.on_failure, after.coral_timeout_ms) == (Action.REVIEW, 900)
    assert (after.mode, after.policy_version) == (site.mode, site.policy_version)
    assert (said["akismet_held"], said["on_failure"], said["policy"]) == ("spam", "review", "1")


def test_the_rate_of_an_author_belongs_to_the_policy(
    stores: Stores, site: Site, environment: dict[str, str], drain_now: Drain
) -> None:
    """Sixty an hour unless told; what is over it waits for a person, and nothing is dropped."""
    ids = record(stores, site, *[new_comment(author_id="ana")] * 61)
    drain_now()
    assert Counter(states(stores, ids)) == {"approved": 60, "review": 1}

    said = shown(run(environment, "site", "set", site.id, "--author-per-hour", "2", "--json"))
    ben = record(stores, site, *[new_comment(author_id="ben")] * 3)
    drain_now()
    run(environment, "site", "set", site.id, "--author-per-hour", "0")
    more = record(stores, site, new_comment(author_id="ana"))
    drain_now()

    assert said["policy"] == "2"
    assert states(stores, ben) == ["approved", "approved", "review"]
    assert states(stores, more) == ["approved"]


def test_one_setting_changes_no_other_site(stores: Stores, site: Site, environment: dict[str, str]) -> None:
    other = add_site(stores)

    run(environment, "site", "set", site.id, "--akismet-held", "ham")

    assert site_of(stores, other.id) == other


def test_corals_secret_is_read_and_never_shown(stores: Stores, site: Site, environment: dict[str, str]) -> None:
    result = run(environment, "site", "set", site.id, "--coral-secret-stdin", "--json", given="s3cret-of-coral\n")

    assert "s3cret" not in result.output
    with stores.database.read() as connection:
        assert site_secrets.get(connection, site.id, site_secrets.CORAL) == "s3cret-of-coral"


def test_a_token_for_cusdis_opens_that_wire_alone(stores: Stores, site: Site, environment: dict[str, str]) -> None:
    token = shown(run(environment, "key", "add", "--site", site.id, "--cusdis", "--json"))["key"]

    with stores.database.read() as connection:
        assert keys.find(connection, token) is None
        found = keys.find(connection, token, "cusdis")
    assert found is not None
    assert found.site_id == site.id


@pytest.mark.parametrize(
    "arguments",
    [
        ("site", "set", "SITE"),
        ("site", "set", "SITE", "--coral-secret-stdin"),
        ("site", "set", "site_none", "--akismet-held", "ham"),
        ("key", "add", "--site", "SITE", "--akismet", "--cusdis"),
        ("site", "set", "SITE", "--akismet-held", "discard"),
        ("site", "set", "SITE", "--on-failure", "discard"),
        ("site", "set", "SITE", "--coral-timeout-ms", "99"),
        ("site", "add", "--url", "http://"),
        ("site", "add", "--url", "http://a b"),
        ("rule", "add", "--site", "SITE", "--name", "", "--if", "body", "contains", "x", "--action", "review"),
    ],
)
def test_what_makes_no_sense_is_refused(site: Site, environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    result = run(environment, *(word.replace("SITE", site.id) for word in arguments), given="\n")

    assert result.exit_code != 0
