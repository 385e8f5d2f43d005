"""Reading single values of a JSON object whose shape nobody guarantees.

The plain readers are strict: a wrong type raises BadPayload and the item is rejected. The `soft_` readers
are for what only decorates an item: a wrong type is as good as nothing there.
"""

from datetime import UTC, datetime
from typing import Any, TypeGuard

from channels.errors import BadPayload

MAX_INT = 2**63 - 1  # what a database keeps
_MAX_TIME = 253_402_300_799  # the last second of year 9999


def integer(data: dict[str, Any], key: str, *, lowest: int = -MAX_INT) -> int:
    """A required whole number from `lowest` to 2^63 - 1. Raises BadPayload."""
    value = data.get(key)
    if not _is_integer(value) or not lowest <= value <= MAX_INT:
        raise BadPayload(f"{key} must be a whole number")
    return value


def text(data: dict[str, Any], key: str, *, longest: int | None = None) -> str:
    """A text of at most `longest` characters, "" when absent. Raises BadPayload."""
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadPayload(f"{key} must be text")
    if longest is not None and len(value) > longest:
        raise BadPayload(f"{key} is longer than {longest} characters")
    return value


def mapping(data: dict[str, Any], key: str) -> dict[str, Any]:
    """A required object. Raises BadPayload."""
    value = data.get(key)
    if not isinstance(value, dict):
        raise BadPayload(f"{key} must be an object")
    return value


def seconds(data: dict[str, Any], key: str) -> datetime:
    """A required Unix time in seconds, as an aware datetime. Raises BadPayload."""
    value = integer(data, key, lowest=0)
    if value > _MAX_TIME:
        raise BadPayload(f"{key} is not a time")
    return datetime.fromtimestamp(value, UTC)


def soft_integer(data: dict[str, Any], key: str) -> int | None:
    """A whole number from 0 to 2^63 - 1, None for anything else."""
    value = data.get(key)
    return value if _is_integer(value) and 0 <= value <= MAX_INT else None


def soft_number(data: dict[str, Any], key: str) -> float | None:
    """A number, None for anything else."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_INT:
        return None
    return value


def soft_text(data: dict[str, Any], key: str, *, longest: int = 255) -> str:
    """A text cut to `longest` characters, "" for anything else."""
    value = data.get(key)
    return value[:longest] if isinstance(value, str) else ""


def soft_mapping(data: dict[str, Any], key: str) -> dict[str, Any]:
    """An object, {} for anything else."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def soft_mappings(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of a list, [] for anything else."""
    value = data.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
