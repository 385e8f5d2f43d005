"""Daily counts. Called as the last statement of a transaction: a counter's row is locked until the commit."""

from collections import Counter
from collections.abc import Mapping

from django.db import connection
from django.utils import timezone

_UPSERT = (
    "INSERT INTO messaging_dailycounter (day, name, subject, value) VALUES {rows} "
    "ON CONFLICT (day, name, subject) DO UPDATE "
    "SET value = messaging_dailycounter.value + EXCLUDED.value"
)


def count(name: str, subject: object = "", n: int = 1) -> None:
    """Add `n` to one of today's counters."""
    count_all({(name, str(subject)): n})


def count_all(counts: Mapping[tuple[str, str], int] | Counter[tuple[str, str]]) -> None:
    """Add to several of today's counters, `{(name, subject): n}`, in one statement.

    Rows are locked in one order everywhere, so that two transactions cannot wait for each other.
    """
    rows = [(name, subject, n) for (name, subject), n in sorted(counts.items()) if n]
    if not rows:
        return
    day = timezone.localdate()
    parameters = [value for name, subject, n in rows for value in (day, name, subject, n)]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(rows))), parameters)
