"""A WordPress with its own Akismet plugin, as the packages of the system ship both: installed, run, and looked into.

It runs from a copy in a temporary directory with a MariaDB of its own on a unix socket.
"""

import html
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from servers import wait_until

SHIPPED = Path("/usr/share/wordpress")
PLUGIN = Path(__file__).parents[2] / "examples" / "wordpress" / "gatepost-akismet.php"
PROGRAMS = ("php", "mariadbd", "mariadb-install-db", "mariadb")
PASSWORD = "correct horse battery staple"
START_SECONDS = 60.0


def is_installed() -> bool:
    """Whether the system has all that is needed: Debian's wordpress, php-cli, php-mysql and mariadb-server."""
    return (SHIPPED / "wp-content/plugins/akismet/akismet.php").exists() and None not in map(shutil.which, PROGRAMS)


@dataclass
class WordPress:
    """A running blog with one post, an administrator and a visitor."""

    directory: Path
    port: int
    admin: httpx.Client = field(init=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def query(self, statement: str) -> list[list[str]]:
        """Rows of a statement."""
        command = ["mariadb", "--no-defaults", "-uroot", f"-S{self.directory / 'sock'}", "-N", "-B", "wordpress"]
        done = subprocess.run([*command, "-e", statement], capture_output=True, text=True, timeout=20, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def write(self, author: str, body: str) -> None:
        """Write a comment as a visitor does."""
        visitor = {"author": author, "email": f"{author.partition(' ')[0].lower()}@visitor.example"}
        form = visitor | {"comment": body, "url": "", "comment_post_ID": "1", "comment_parent": "0"}
        answer = httpx.post(f"{self.url}/wp-comments-post.php", data=form, timeout=30)
        assert answer.status_code == 302, answer.text
        self.query("UPDATE wp_comments SET comment_date_gmt = comment_date_gmt - INTERVAL 1 MINUTE")  # No flood.

    def status(self, body: str) -> str:
        """`1` published, `0` pending, `spam`, or empty where there is no such comment."""
        rows = self.query(f"SELECT comment_approved FROM wp_comments WHERE comment_content = '{body}'")
        return rows[0][0] if rows else ""

    def comment_id(self, body: str) -> str:
        """WordPress's id of a comment."""
        return self.query(f"SELECT comment_ID FROM wp_comments WHERE comment_content = '{body}'")[0][0]

    def say(self, body: str, action: str) -> None:
        """Follow the link below a comment in the administration: `spamcomment`, `unspamcomment`."""
        number = self.comment_id(body)
        page = self.admin.get(f"/wp-admin/edit-comments.php?comment_status={'spam' if 'un' in action else 'all'}")
        links = map(html.unescape, re.findall(r"href=[\"'](comment\.php\?[^\"']+)", page.text))
        (link,) = {link for link in links if f"action={action}&" in link and f"c={number}&" in link}
        assert self.admin.get(f"/wp-admin/{link}").status_code == 302

    def recheck(self) -> dict[str, dict[str, int]]:
        """Press "Check for spam" in the administration."""
        page = self.admin.get("/wp-admin/edit-comments.php?comment_status=moderated")
        found = re.search(r'data-nonce="(\w+)"', page.text)
        assert found is not None, page.text[-3000:]
        form = {"action": "akismet_recheck_queue", "offset": "0", "limit": "100", "nonce": found[1]}
        counted: dict[str, dict[str, int]] = self.admin.post("/wp-admin/admin-ajax.php", data=form).json()
        return counted


@contextmanager
def wordpress(directory: Path, port: int, constants: dict[str, str]) -> Iterator[WordPress]:
    """Install the blog with `constants` in its `wp-config.php`, and run it."""
    blog = WordPress(directory, port)
    site = directory / "site"
    shutil.copytree(SHIPPED, site, ignore=shutil.ignore_patterns("languages"))
    (site / "wp-content" / "mu-plugins").mkdir(exist_ok=True)
    shutil.copy(PLUGIN, site / "wp-content" / "mu-plugins")
    socket = directory / "sock"
    _configure(site, socket, constants)
    with _mariadb(directory, socket), _php(site, port, directory / "php.log"):
        _install(blog)
        yield blog


def _configure(site: Path, socket: Path, constants: dict[str, str]) -> None:
    all_of_them = {"DB_NAME": "wordpress", "DB_USER": "root", "DB_PASSWORD": "", "DB_HOST": f"localhost:{socket}"}
    all_of_them |= {f"{name}_{kind}": name * 20 for name in ("AUTH", "LOGGED_IN", "NONCE") for kind in ("KEY", "SALT")}
    defines = "".join(f"define( '{name}', '{value}' );\n" for name, value in (all_of_them | constants).items())
    (site / "wp-config.php").write_text(
        f"<?php\n{defines}define( 'DISABLE_WP_CRON', true );\ndefine( 'WP_HTTP_BLOCK_EXTERNAL', true );\n"
        "define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );\n$table_prefix = 'wp_';\n"
        "require_once ABSPATH . 'wp-settings.php';\n"
    )


@contextmanager
def _mariadb(directory: Path, socket: Path) -> Iterator[None]:
    data = directory / "mariadb"
    data.mkdir()
    user = "mysql" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        for place in (directory, data):
            shutil.chown(place, user)
        for parent in directory.parents:
            if parent.stat().st_mode & 0o001 == 0:
                parent.chmod(parent.stat().st_mode | 0o001)
    made = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--user={user}"]
    made += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(made, capture_output=True, timeout=60, check=True)
    served = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", f"--user={user}"]
    with subprocess.Popen(
        [*served, "--skip-networking", f"--pid-file={data / 'pid'}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            wait_until(lambda: _answers(socket), START_SECONDS)
            yield
        finally:
            server.terminate()


def _answers(socket: Path) -> bool:
    command = ["mariadb", "--no-defaults", "-uroot", f"-S{socket}", "-e", "CREATE DATABASE IF NOT EXISTS wordpress"]
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0


@contextmanager
def _php(site: Path, port: int, log: Path) -> Iterator[None]:
    command = ["php", "-d", "sendmail_path=/bin/true", "-S", f"127.0.0.1:{port}", "-t", str(site)]
    environment = os.environ | {"PHP_CLI_SERVER_WORKERS": "4"}
    with (
        log.open("wb") as written,
        subprocess.Popen(command, env=environment, stdout=written, stderr=written, start_new_session=True) as server,
    ):
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, 15)  # Its workers do not end with it.


def _install(blog: WordPress) -> None:
    form = {"weblog_title": "Garden", "user_name": "root", "admin_password": PASSWORD, "admin_password2": PASSWORD}
    form |= {"admin_email": "root@garden.example", "pw_weak": "1", "blog_public": "0", "Submit": "Install"}
    client = httpx.Client(base_url=blog.url, timeout=60)

    def installed() -> bool:
        with suppress(httpx.TransportError):
            return "Success" in client.post("/wp-admin/install.php?step=2", data=form).text
        return False

    wait_until(installed, START_SECONDS)
    blog.query("UPDATE wp_options SET option_value = '0' WHERE option_name = 'comment_previously_approved'")
    blog.admin = client
    client.get("/wp-login.php")
    entered = client.post("/wp-login.php", data={"log": "root", "pwd": PASSWORD, "testcookie": "1"})
    assert entered.status_code == 302, entered.text
    page = client.get("/wp-admin/plugins.php")
    found = re.search(r'href="(plugins\.php\?action=activate&amp;plugin=akismet[^"]+)"', page.text)
    assert found is not None
    client.get("/wp-admin/" + found[1].replace("&amp;", "&"))
