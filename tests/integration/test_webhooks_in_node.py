"""What goes out is verified by the npm package of Standard Webhooks, as receivers in Node have it."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from shared_data import missing_part

from store.records.webhooks import new_secret
from worker import signing

VERIFY = """
const { Webhook } = require("standardwebhooks");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const verdicts = cases.map(({ secret, body, headers }) => {
  try { new Webhook(secret).verify(body, headers); return true; } catch { return false; }
});
console.log(JSON.stringify(verdicts));
"""


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the package that judges."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        missing_part("node and npm are not installed")
    directory = tmp_path_factory.mktemp("node")
    installed = subprocess.run(
        [
            str(npm),
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(directory),
            "standardwebhooks@1.1.1",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )
    if installed.returncode != 0:
        missing_part(f"npm could not install standardwebhooks: {installed.stderr.decode()[-300:]}")
    return directory / "node_modules"


def verdicts(node_modules: Path, cases: list[dict[str, object]]) -> list[bool]:
    judged = subprocess.run(
        ["node", "-e", VERIFY],
        env=os.environ | {"NODE_PATH": str(node_modules)},
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[bool] = json.loads(judged.stdout)
    return found


def test_node_accepts_what_is_signed_and_nothing_that_was_changed(node_modules: Path) -> None:
    old, new, now = new_secret(), new_secret(), int(time.time())
    body = '{"id":"evt_1","type":"comment.approved","data":{"external_id":"größer als ≤ 🙂"}}'
    headers = signing.headers([new, old], "evt_1", now, body.encode())
    late = signing.headers([new], "evt_1", now - 600, body.encode())
    right = [{"secret": secret, "body": body, "headers": headers} for secret in (old, new)]
    wrong = [
        {"secret": new_secret(), "body": body, "headers": headers},
        {"secret": new, "body": body + " ", "headers": headers},
        {"secret": new, "body": body, "headers": headers | {"webhook-id": "evt_2"}},
        {"secret": new, "body": body, "headers": headers | {"webhook-timestamp": str(now + 1)}},
        {"secret": new, "body": body, "headers": late},
    ]

    assert verdicts(node_modules, [*right, *wrong]) == [True] * len(right) + [False] * len(wrong)
