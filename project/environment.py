"""Reads the environment: typed, checked, and loud in one line when something is wrong.

Nothing set means the embedded default: SQLite and generated keys in DATA_DIR.
"""

import json
import os
import re
import secrets
import warnings
import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(ROOT / ".env")


def fail(message: str) -> ImproperlyConfigured:
    """The error that stops the start; the supervisor prints it as one line."""
    return ImproperlyConfigured(message)


def text(name: str, default: str = "") -> str:
    """A variable without surrounding spaces; `<NAME>_FILE` names a file that holds it."""
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE", "").strip()
    if value and path:
        raise fail(f"{name} and {name}_FILE are both set: set one")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise fail(f"{name}_FILE cannot be read: {error.strerror}") from None
    return value or default


def number(name: str, default: int, *, lowest: int, highest: int) -> int:
    """A whole number between two bounds, both allowed."""
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise fail(f"{name} must be a whole number") from None
    if not lowest <= value <= highest:
        raise fail(f"{name} must be between {lowest} and {highest}")
    return value


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed`; the first is the default."""
    value = text(name, allowed[0]).lower()
    if value not in allowed:
        raise fail(f"{name} must be one of {', '.join(allowed)}")
    return value


def names(name: str) -> list[str]:
    """A comma separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


_HOST = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:]+")


def hosts(name: str) -> list[str]:
    """A comma separated list of host names or addresses, without scheme, port or wildcard (F-111)."""
    found = names(name)
    for host in found:
        if not _HOST.fullmatch(host):
            raise fail(f"{name} must be host names or addresses, comma separated: {host!r} is none")
    return found


def url(name: str, schemes: tuple[str, ...], default: str = "") -> str:
    """An absolute URL without a trailing slash."""
    value = text(name, default).rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    on_a_socket = parts.scheme in ("unix", "redis+socket") and parts.path
    if parts.scheme not in schemes or not (parts.netloc or on_a_socket):
        raise fail(
            f"{name} must be a URL that begins with {' or '.join(s + '://' for s in schemes)}"
        )
    return value


def time_zone(name: str, default: str) -> str:
    """An IANA time zone."""
    value = text(name, default)
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise fail(f"{name} is not a time zone: use a name like America/Sao_Paulo") from None
    return value


def data_dir() -> Path:
    """The folder that holds everything this installation keeps; made when missing."""
    path = Path(text("DATA_DIR", str(ROOT / "var"))).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise fail(f"DATA_DIR {path} cannot be written: {error.strerror}") from None
    return path


def database(data: Path) -> dict[str, Any]:
    """Django's settings for DATABASE_URL; SQLite in the data folder when it is unset."""
    raw = text("DATABASE_URL", f"sqlite:///{data / 'balcao.sqlite3'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong is said below, in one line
            config: dict[str, Any] = environ.Env.db_url_config(raw)
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        config = {}
    engine = config.get("ENGINE", "")
    if engine.endswith("sqlite3") and config.get("NAME"):
        # One writer at a time: take the write lock at BEGIN, wait for it, never dead-lock on an upgrade.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;"
            ),
        }
    elif engine.endswith("postgresql") and config.get("NAME"):
        options = config.setdefault("OPTIONS", {})
        options.setdefault("connect_timeout", 5)
        # A server that vanished without a word: give up on it instead of waiting for the kernel's minutes.
        options.setdefault("tcp_user_timeout", 15_000)
    else:
        raise fail(
            "DATABASE_URL must be like postgres://user:password@host:5432/name or sqlite:///path"
        )
    config["CONN_MAX_AGE"] = 60
    config["CONN_HEALTH_CHECKS"] = True
    return config


def keys(data: Path) -> dict[str, Any]:
    """SECRET_KEY, JWT_SIGNING_KEY and FIELD_ENCRYPTION_KEYS: from the environment, else made once and kept.

    Made keys live in DATA_DIR/keys.json, mode 600.
    """
    kept = _kept_keys(data / "keys.json")
    field_keys = names("FIELD_ENCRYPTION_KEYS") or kept["FIELD_ENCRYPTION_KEYS"]
    for key in field_keys:
        try:
            Fernet(key)
        except ValueError:
            raise fail(
                "FIELD_ENCRYPTION_KEYS must be comma separated Fernet keys (32 bytes, url-safe base64)"
            ) from None
    found: dict[str, Any] = {
        "SECRET_KEY": text("SECRET_KEY", kept["SECRET_KEY"]),
        "JWT_SIGNING_KEY": text("JWT_SIGNING_KEY", kept["JWT_SIGNING_KEY"]),
        "FIELD_ENCRYPTION_KEYS": field_keys,
    }
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY"):
        if len(found[name].encode()) < 32:
            raise fail(f"{name} must be at least 32 bytes long")
    if found["SECRET_KEY"] == found["JWT_SIGNING_KEY"]:
        raise fail("JWT_SIGNING_KEY must differ from SECRET_KEY")
    return found


def _kept_keys(path: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "JWT_SIGNING_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": [Fernet.generate_key().decode()],
        }
        _write_once(path, json.dumps(kept, indent=1))
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise fail(f"{path} cannot be read: {error}") from None
    return kept


def _write_once(path: Path, content: str) -> None:
    """Write a private file whole, or leave the one another process wrote first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def embedded_redis(data: Path) -> str:
    """The address of the Valkey that the supervisor runs for this data folder, "" when none runs."""
    try:
        address = (data / "valkey.url").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    return address if Path(urlsplit(address).path).is_socket() else ""
