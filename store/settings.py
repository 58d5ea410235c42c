"""The only reader of the environment. Every setting has its default, unit and sentence here."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.errors import ConfigurationError
from models.receivers import read_allowed
from models.vocabulary import Role

_TRUE, _FALSE = frozenset(("1", "true", "yes", "on")), frozenset(("0", "false", "no", "off"))
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def _setting(name: str, default: Any, doc: str) -> Any:
    return field(default=default, metadata={"name": name, "doc": doc})


@dataclass(frozen=True)
class Settings:
    """What an installation can be told. `database_url` and `secret_key` are filled in by `load_settings`."""

    data: Path = _setting("GATEPOST_DATA", Path("var"), "Directory of the database, models and embedded Redis.")
    database_url: str = _setting(
        "DATABASE_URL", "", "SQLAlchemy URL of the database; empty means SQLite in the data directory."
    )
    redis_url: str = _setting(
        "REDIS_URL", "", "Redis or Valkey to use; empty means the embedded one that `gatepost up` runs."
    )
    host: str = _setting("GATEPOST_HOST", "127.0.0.1", "Address that the API listens on.")
    port: int = _setting("GATEPOST_PORT", 8080, "Port that the API listens on.")
    workers: int = _setting("GATEPOST_WORKERS", 2, "Number of scoring workers that `gatepost up` runs.")
    api_threads: int = _setting(
        "GATEPOST_API_THREADS", 32, "Threads of the API process; at most half of them wait for a decision."
    )
    secret_key: str = _setting(
        "GATEPOST_SECRET_KEY", "", "Signs forms; made in the data directory (mode 600) when not set."
    )
    public_url: str = _setting("GATEPOST_PUBLIC_URL", "", "Base of links that people open; empty means host and port.")
    proxies: int = _setting(
        "GATEPOST_PROXIES",
        0,
        "Number of proxies in front that add to X-Forwarded-For; sign-ins are counted by address.",
    )
    log_level: str = _setting("GATEPOST_LOG_LEVEL", "INFO", "One of DEBUG, INFO, WARNING, ERROR.")
    metrics_token: str = _setting(
        "GATEPOST_METRICS_TOKEN", "", "Bearer token for /metrics; without it only the loopback may read them."
    )
    require_totp: bool = _setting(
        "GATEPOST_REQUIRE_TOTP", False, "Whether everybody must sign in to the console with a second factor."
    )
    oidc_issuer: str = _setting(
        "GATEPOST_OIDC_ISSUER",
        "",
        "Identity provider by which people may sign in, as its issuer URL; empty means none.",
    )
    oidc_client_id: str = _setting("GATEPOST_OIDC_CLIENT_ID", "", "Who this installation is at the identity provider.")
    oidc_client_secret: str = _setting(
        "GATEPOST_OIDC_CLIENT_SECRET", "", "By what this installation shows that at the identity provider."
    )
    oidc_join: bool = _setting(
        "GATEPOST_OIDC_JOIN", False, "Whether people whom nobody invited may join by the identity provider."
    )
    oidc_role_claim: str = _setting(
        "GATEPOST_OIDC_ROLE_CLAIM", "", "Claim of the ID token whose values give those who join a role."
    )
    oidc_roles: str = _setting("GATEPOST_OIDC_ROLES", "", "Which value gives which role, as value=role,value=role.")
    scoring_lease_seconds: int = _setting(
        "GATEPOST_SCORING_LEASE_SECONDS", 30, "Seconds after which a claimed comment goes back to be scored again."
    )

    undo_seconds: int = _setting(
        "GATEPOST_UNDO_SECONDS", 10, "Seconds for which nobody outside hears of a reviewer's decision, 0 to 60."
    )
    review_target_hours: int = _setting(
        "GATEPOST_REVIEW_TARGET_HOURS", 24, "Hours within which a person should decide what waits; shown, not enforced."
    )
    second_look_percent: int = _setting(
        "GATEPOST_SECOND_LOOK_PERCENT", 5, "Share of people's decisions that somebody else judges once more, blind."
    )
    smtp_url: str = _setting(
        "GATEPOST_SMTP_URL", "", "Mail server for digests, smtp://user:password@host:587 or smtps://; empty sends none."
    )
    mail_from: str = _setting("GATEPOST_MAIL_FROM", "", "Address that digests come from.")
    webhook_allow: str = _setting(
        "GATEPOST_WEBHOOK_ALLOW", "", "Receivers of webhooks that may be inner or without TLS, as host:port,host:port."
    )

    @property
    def base_url(self) -> str:
        """Where people reach the console, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings; `overrides` (command-line flags, None = not given) beat the environment.

    Raises ConfigurationError, with the setting's name, for a value that makes no sense.
    """
    env = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        raw = overrides.get(setting.name)
        if raw is None:
            raw = _read(env, setting.metadata["name"])
        if raw is not None:
            values[setting.name] = _parse(setting.metadata["name"], raw, setting.default)
    data = Path(values.get("data", Settings.data)).absolute()
    values["data"] = data
    if not values.get("database_url"):
        values["database_url"] = f"sqlite:///{data / 'gatepost.db'}"
    values["database_url"] = _driver(values["database_url"])
    if not values.get("secret_key"):
        values["secret_key"] = _own_secret(data)
    settings = Settings(**values)
    _check(settings)
    return settings


def _read(env: Mapping[str, str], name: str) -> str | None:
    path = env.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError:
            raise ConfigurationError(f"{name}_FILE names {path}, which is not text in UTF-8.") from None
    value = env.get(name)
    return value if value else None


def _parse(name: str, raw: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if str(raw).lower() not in _TRUE | _FALSE:
            raise ConfigurationError(f"{name} must be yes or no, not {raw!r}.")
        return str(raw).lower() in _TRUE
    if isinstance(default, int):
        try:
            return int(raw)
        except ValueError:
            raise ConfigurationError(f"{name} must be a whole number, not {raw!r}.") from None
    return Path(raw) if isinstance(default, Path) else str(raw)


def _driver(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        url = f"postgresql+psycopg://{rest}"
        scheme = "postgresql+psycopg"
    if not separator or scheme not in ("sqlite", "postgresql+psycopg"):
        raise ConfigurationError("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    if not _is_url(url):
        raise ConfigurationError("DATABASE_URL cannot be read as a URL; check its host, port and brackets.")
    return url


def _is_url(url: str) -> bool:
    try:
        urlsplit(url).port  # noqa: B018 - reading it is what checks it.
    except ValueError:
        return False
    return True


def _own_secret(data: Path) -> str:
    path = data / "secret_key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"The data directory {data} cannot be written ({error.strerror}); set GATEPOST_DATA to one that can."
        ) from error


def _check(settings: Settings) -> None:
    if not 0 < settings.port < 65536:
        raise ConfigurationError(f"GATEPOST_PORT must be between 1 and 65535, not {settings.port}.")
    if settings.workers < 1 or settings.workers > 64:
        raise ConfigurationError(f"GATEPOST_WORKERS must be between 1 and 64, not {settings.workers}.")
    if settings.api_threads < 4:
        raise ConfigurationError(f"GATEPOST_API_THREADS must be at least 4, not {settings.api_threads}.")
    if settings.proxies < 0 or settings.proxies > 10:
        raise ConfigurationError(f"GATEPOST_PROXIES must be between 0 and 10, not {settings.proxies}.")
    if settings.scoring_lease_seconds < 1:
        raise ConfigurationError("GATEPOST_SCORING_LEASE_SECONDS must be at least 1.")
    if not 0 <= settings.undo_seconds <= 60:
        raise ConfigurationError(f"GATEPOST_UNDO_SECONDS must be between 0 and 60, not {settings.undo_seconds}.")
    if not 1 <= settings.review_target_hours <= 8760:
        raise ConfigurationError(
            f"GATEPOST_REVIEW_TARGET_HOURS must be between 1 and 8760, not {settings.review_target_hours}."
        )
    if not 0 <= settings.second_look_percent <= 100:
        raise ConfigurationError(
            f"GATEPOST_SECOND_LOOK_PERCENT must be between 0 and 100, not {settings.second_look_percent}."
        )
    _check_redis(settings)
    _check_mail(settings)
    if settings.log_level not in LOG_LEVELS:
        raise ConfigurationError(f"GATEPOST_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    if len(settings.secret_key) < 32:
        raise ConfigurationError("GATEPOST_SECRET_KEY must have at least 32 characters.")
    try:
        read_allowed(settings.webhook_allow)
    except ValueError as error:
        raise ConfigurationError(f"GATEPOST_WEBHOOK_ALLOW must be host:port,host:port: {error}.") from None
    _check_provider(settings)
    public = settings.public_url
    if public and not (_is_url(public) and urlsplit(public).scheme in ("http", "https") and urlsplit(public).hostname):
        raise ConfigurationError("GATEPOST_PUBLIC_URL must begin with http:// or https://.")


def is_sheltered(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: https, or http on the loopback."""
    if not _is_url(url):
        return False
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    )


def read_roles(given: str) -> dict[str, Role]:
    """`value=role,value=role` as a mapping. Raises ValueError, also for the role of administrators."""
    found = {}
    for pair in filter(None, (one.strip() for one in given.split(","))):
        value, _, role = pair.rpartition("=")
        if not value.strip() or Role(role.strip()) is Role.ADMIN:
            raise ValueError(f"{pair!r} must be value=role, and the role not admin")
        found[value.strip()] = Role(role.strip())
    return found


def _check_provider(settings: Settings) -> None:
    try:
        read_roles(settings.oidc_roles)
    except ValueError as error:
        raise ConfigurationError(f"GATEPOST_OIDC_ROLES must be value=role,value=role: {error}.") from None
    if not settings.oidc_issuer:
        return
    if not is_sheltered(settings.oidc_issuer):
        raise ConfigurationError("GATEPOST_OIDC_ISSUER must begin with https://, or with http:// on the loopback.")
    if not settings.oidc_client_id or not settings.oidc_client_secret:
        raise ConfigurationError(
            "GATEPOST_OIDC_ISSUER needs GATEPOST_OIDC_CLIENT_ID and GATEPOST_OIDC_CLIENT_SECRET beside it."
        )


def _check_redis(settings: Settings) -> None:
    url = settings.redis_url
    if url and not (_is_url(url) and urlsplit(url).scheme in ("redis", "rediss", "unix")):
        raise ConfigurationError("REDIS_URL must begin with redis://, rediss:// or unix://, and its port be a number.")


def _check_mail(settings: Settings) -> None:
    url = settings.smtp_url
    if url and not (_is_url(url) and urlsplit(url).scheme in ("smtp", "smtps") and urlsplit(url).hostname):
        raise ConfigurationError("GATEPOST_SMTP_URL must begin with smtp:// or smtps:// and name a host.")
    sender = settings.mail_from
    if (url and "@" not in sender) or not sender.isprintable():
        raise ConfigurationError("GATEPOST_MAIL_FROM must be an e-mail address where GATEPOST_SMTP_URL is set.")
