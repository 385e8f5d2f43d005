"""How long a platform asks us to wait."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

DEFAULT = 5.0  # seconds, when it asks to wait and does not say how long
_LONGEST = 86_400.0  # what callers clamp anyway; keeps nonsense finite


def retry_after(asked: Any, headers: Mapping[str, str]) -> float:
    """Seconds to wait: `asked` from the body if it is a number, else the Retry-After header, else 5.

    A date in the header is read against the answer's own Date, so that no clock of ours matters.
    """
    for value in (asked, headers.get("retry-after")):
        seconds = _seconds(value)
        if seconds is None and isinstance(value, str):
            seconds = _until(value, headers.get("date", ""))
        if seconds is not None:
            return max(0.0, min(seconds, _LONGEST))
    return DEFAULT


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    except OverflowError:  # a whole number too long for a float
        return _LONGEST
    return None if math.isnan(seconds) else seconds


def _until(date: str, now: str) -> float | None:
    try:
        return (_aware(date) - _aware(now)).total_seconds()
    except (ValueError, OverflowError, TypeError):
        return None


def _aware(date: str) -> datetime:
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
