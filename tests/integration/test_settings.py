import stat
from pathlib import Path

import pytest

from models.errors import ConfigurationError
from store.records.database import Database
from store.settings import load_settings

SECRET = "s" * 32


def test_without_any_variable_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings({"GATEPOST_DATA": str(tmp_path)})

    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 2)
    assert settings.database_url == f"sqlite:///{tmp_path}/gatepost.db"
    assert settings.redis_url == ""
    assert settings.base_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEPOST_PORT", "eighty"),
        ("GATEPOST_PORT", "0"),
        ("GATEPOST_PORT", "65536"),
        ("GATEPOST_PORT", "-1"),
        ("GATEPOST_PORT", "80.5"),
        ("GATEPOST_WORKERS", "0"),
        ("GATEPOST_WORKERS", "65"),
        ("GATEPOST_API_THREADS", "3"),
        ("GATEPOST_SCORING_LEASE_SECONDS", "0"),
        ("GATEPOST_UNDO_SECONDS", "61"),
        ("GATEPOST_UNDO_SECONDS", "-1"),
        ("GATEPOST_LOG_LEVEL", "LOUD"),
        ("GATEPOST_SECRET_KEY", "short"),
        ("GATEPOST_PUBLIC_URL", "ftp://example.org"),
        ("GATEPOST_PUBLIC_URL", "example.org"),
        ("GATEPOST_PUBLIC_URL", "http://["),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "localhost"),
        ("REDIS_URL", "redis://localhost:six"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_settings({name: value}, data=tmp_path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://host:port/name"])
def test_a_database_that_cannot_keep_anything_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Database(load_settings({"DATABASE_URL": url}, data=tmp_path).database_url)


def test_a_flag_beats_its_variable(tmp_path: Path) -> None:
    assert load_settings({"GATEPOST_PORT": "81"}, data=tmp_path, port=82).port == 82
    assert load_settings({"GATEPOST_PORT": "81"}, data=tmp_path, port=None).port == 81


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load_settings({"GATEPOST_PORT": ""}, data=tmp_path).port == 8080


def test_a_secret_can_come_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")

    settings = load_settings({"GATEPOST_SECRET_KEY_FILE": str(tmp_path / "secret")}, data=tmp_path)

    assert settings.secret_key == SECRET


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="GATEPOST_SECRET_KEY_FILE"):
        load_settings({"GATEPOST_SECRET_KEY_FILE": str(path)}, data=tmp_path)


def test_a_refusal_does_not_show_the_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({"GATEPOST_SECRET_KEY": "too-short-secret"}, data=tmp_path)

    assert "too-short-secret" not in str(refused.value)


def test_the_own_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = load_settings({}, data=tmp_path / "new")
    second = load_settings({}, data=tmp_path / "new")

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    one, other = (load_settings({}, data=tmp_path / name).secret_key for name in ("one", "other"))

    assert one != other


def test_a_data_directory_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="GATEPOST_DATA"):
        load_settings({}, data=tmp_path / "file" / "below")


def test_a_plain_postgresql_url_gets_our_driver(tmp_path: Path) -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        settings = load_settings({"DATABASE_URL": f"{scheme}://u@h/d"}, data=tmp_path)
        assert settings.database_url == "postgresql+psycopg://u@h/d"


def test_the_public_url_is_the_base_of_links(tmp_path: Path) -> None:
    settings = load_settings({"GATEPOST_PUBLIC_URL": "https://mod.example/"}, data=tmp_path)

    assert settings.base_url == "https://mod.example"
