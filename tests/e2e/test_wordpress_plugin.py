"""The must-use plugin sends what is meant for Akismet's service to Gatepost, and lets none of it out."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PHP = shutil.which("php")
PLUGIN = Path(__file__).parents[2] / "examples" / "wordpress" / "gatepost-akismet.php"
KEY = "123456789abc"

pytestmark = pytest.mark.skipif(PHP is None, reason="PHP is not installed: `apt-get install php-cli`")


def answer(url: str, arguments: dict[str, Any], *gatepost_url: str) -> Any:
    """What the plugin does with a request: [url, arguments], an error's code, or False to let it go its way."""
    script = str(Path(__file__).with_name("wordpress_calls.php"))
    done = subprocess.run(
        [PHP or "php", script, str(PLUGIN), json.dumps([[url, arguments]]), *gatepost_url],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)[0]


@pytest.mark.parametrize(
    ("url", "arguments", "path", "body"),
    [
        (
            "https://rest.akismet.com/1.1/comment-check",
            {"headers": {"Host": "rest.akismet.com"}, "body": f"a=b&api_key={KEY}"},
            "/1.1/comment-check",
            f"a=b&api_key={KEY}",
        ),
        (
            f"http://{KEY}.rest.akismet.com/1.1/comment-check?x=1",
            {"headers": {"Host": f"{KEY}.rest.akismet.com"}, "body": "a=b"},
            "/1.1/comment-check?x=1",
            f"a=b&api_key={KEY}",
        ),
        (
            "https://192.0.2.7/1.1/verify-key",
            {"headers": {"host": "rest.akismet.com"}, "body": {"key": "new"}},
            "/1.1/verify-key",
            {"key": "new"},
        ),
        (
            "https://192.0.2.7/1.1/comment-check",
            {"headers": {"HOST": f"{KEY}.REST.AKISMET.COM"}, "body": {"a": "b"}},
            "/1.1/comment-check",
            {"a": "b", "api_key": KEY},
        ),
        (
            "https://rest.akismet.com/1.1/submit-spam",
            {"headers": {}, "body": f"comment_ID=7&a&api_key={KEY}"},
            "/1.1/submit-spam",
            f"comment_ID=7&a&api_key={KEY}&guid=cmt_7",
        ),
        (
            "https://rest.akismet.com/1.1/submit-ham",
            {"headers": {}, "body": f"comment_ID=8&api_key={KEY}"},
            "/1.1/submit-ham",
            f"comment_ID=8&api_key={KEY}",
        ),
        ("https://REST.AKISMET.COM:443/1.1/test", {"headers": "", "body": ""}, "/1.1/test", ""),
    ],
)
def test_a_call_to_akismet_goes_to_gatepost(url: str, arguments: dict[str, Any], path: str, body: Any) -> None:
    target, sent = answer(url, arguments, "https://gatepost.example/")

    assert target == f"https://gatepost.example{path}"
    assert sent["body"] == body
    assert [name for name in sent["headers"] if name.lower() == "host"] == []


@pytest.mark.parametrize("gatepost_url", [[], [""], ["gatepost.example"]])
def test_without_an_address_of_gatepost_the_call_fails_and_does_not_leave(gatepost_url: list[str]) -> None:
    assert answer("https://rest.akismet.com/1.1/verify-key", {"headers": {}}, *gatepost_url) == {"code": "gatepost_url"}


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("https://api.example/akismet.com", {"Host": "api.example"}),
        ("https://notakismet.com/", {}),
        ("https://rest.akismet.com.evil.example/", {}),
        ("https://gatepost.example/1.1/comment-check", {}),
    ],
)
def test_every_other_call_goes_its_way(url: str, headers: dict[str, str]) -> None:
    assert answer(url, {"headers": headers}, "https://gatepost.example") is False
