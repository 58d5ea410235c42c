"""A real WordPress with its own Akismet plugin asks Gatepost, and follows what is decided there."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from installation import Installation, free_port, installation
from servers import wait_until
from test_examples import gatepost
from wordpress import WordPress, is_installed, wordpress

GOOD, DOUBTFUL, BAD = "welcome to the garden", "which roses are these", "casino bonus"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not is_installed(), reason="needs `apt-get install wordpress php-cli php-mysql mariadb-server`"),
]


@dataclass
class Place:
    """A blog and the Gatepost that it asks, with a reviewer's token."""

    blog: WordPress
    running: Installation
    site_id: str
    token: str

    def decide(self, body: str, action: str) -> None:
        """Decide as a reviewer what waits."""
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.running.port}", headers={"Authorization": f"Bearer {self.token}"}
        ) as client:
            items = client.get("/v1/review/items?limit=200").json()["items"]
            (item,) = [item for item in items if item["comment"]["body"] == body]
            choice = {"id": item["id"], "version": item["version"], "action": action}
            told = client.post("/v1/review/decisions", json={"items": [choice]}).json()
            assert told["items"][0]["status"] == 200, told

    def state(self, body: str) -> str:
        """How it stands in Gatepost."""
        rows = self.running.query(f"SELECT state FROM revisions WHERE site_id = '{self.site_id}' AND body = '{body}'")
        return str(rows[0][0])

    def labels(self, body: str) -> list[tuple[object, ...]]:
        """What was said of it to learn from."""
        return self.running.query(
            "SELECT l.label, l.source FROM labels l JOIN revisions r ON r.comment_id = l.comment_id"
            f" WHERE r.body = '{body}' AND l.withdrawn_at IS NULL"
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """See Place."""
    port = free_port()
    directory = tmp_path_factory.mktemp("wordpress")
    with installation(
        directory / "data", GATEPOST_WEBHOOK_ALLOW=f"127.0.0.1:{port}", GATEPOST_UNDO_SECONDS="0"
    ) as running:
        site = gatepost(running, "site", "add", "--url", f"http://127.0.0.1:{port}")
        site_id = site["site_id"]
        gatepost(running, "site", "set", site_id, "--akismet-held", "hold", "--akismet-blog", "own")
        for word, action in (("welcome", "approve"), ("roses", "review"), ("casino", "reject")):
            rule = ("--name", word, "--if", "body", "contains", word, "--action", action)
            gatepost(running, "rule", "add", "--site", site_id, *rule)
        receiver = f"http://127.0.0.1:{port}/?rest_route=/gatepost/v1/events"
        secret = gatepost(running, "webhook", "add", "--site", site_id, "--url", receiver)["secret"]
        token = gatepost(running, "reviewer", "add", "--name", "Eva", "--role", "lead")["token"]
        constants = {"GATEPOST_URL": f"http://127.0.0.1:{running.port}", "WPCOM_API_KEY": site["akismet_key"]}
        with wordpress(directory, port, constants | {"GATEPOST_WEBHOOK_SECRET": secret}) as blog:
            yield Place(blog, running, site_id, token)


def test_the_settings_page_says_that_it_is_connected(place: Place) -> None:
    page = place.blog.admin.get("/wp-admin/options-general.php?page=akismet-key-config").text

    assert "akismet-settings" in page
    assert "akismet-critical" not in page


def test_one_comment_is_published_one_held_and_one_is_spam(place: Place) -> None:
    for body in (GOOD, DOUBTFUL, BAD):
        place.blog.write("Ana One", body)

    assert [place.blog.status(body) for body in (GOOD, DOUBTFUL, BAD)] == ["1", "0", "spam"]
    assert [place.state(body) for body in (GOOD, DOUBTFUL, BAD)] == ["approved", "review", "rejected"]
    shown = httpx.get(f"{place.blog.url}/?rest_route=/wp/v2/comments", timeout=30).json()
    assert [GOOD in one["content"]["rendered"] for one in shown if one["author_name"] == "Ana One"] == [True]


def test_spam_and_not_spam_in_the_administration_are_labels(place: Place) -> None:
    good, bad = f"{GOOD} again", f"{BAD} again"
    for body in (good, bad):
        place.blog.write("Ben Two", body)

    place.blog.say(good, "spamcomment")
    place.blog.say(bad, "unspamcomment")

    assert (place.labels(good), place.labels(bad)) == ([("spam", "feedback")], [("ham", "feedback")])
    assert (place.state(good), place.state(bad)) == ("rejected", "approved")
    assert place.blog.status(good) == "spam"


@pytest.mark.parametrize(("action", "status"), [("approve", "1"), ("reject", "spam")])
def test_what_a_reviewer_decides_of_a_held_comment_happens_in_wordpress(place: Place, action: str, status: str) -> None:
    body = f"{DOUBTFUL} {action}"
    place.blog.write("Eva Three", body)
    assert place.blog.status(body) == "0"

    place.decide(body, action)

    wait_until(lambda: place.blog.status(body) == status, 30)


def test_checking_again_after_a_hold_finds_what_was_decided(place: Place) -> None:
    body = f"{DOUBTFUL} at last"
    place.blog.write("Ian Four", body)
    place.blog.query("DELETE FROM wp_commentmeta WHERE meta_key = 'gatepost_id'")  # As without the webhook.
    place.decide(body, "reject")

    assert place.blog.recheck()["counts"]["spam"] == 1

    assert place.blog.status(body) == "spam"


def test_a_webhook_that_nobody_signed_is_refused(place: Place) -> None:
    receiver = f"{place.blog.url}/?rest_route=/gatepost/v1/events"

    assert httpx.post(receiver, json={"data": {}}).status_code == 401
