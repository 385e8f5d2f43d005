"""Doing a whole step again when the database could not do it now (F-94)."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

T = TypeVar("T")

# The database's trouble, not the data's: locked, dead-locked, restarted, unreachable.
DATABASE_TROUBLE = (OperationalError, InterfaceError)

_TRIES = 5
_FIRST_WAIT = 0.05  # seconds


def atomically(step: Callable[[], T]) -> T:
    """Run `step` in a transaction, up to five times while the database is in trouble; then raise that trouble."""
    for attempt in range(1, _TRIES):
        try:
            with transaction.atomic():
                return step()
        except DATABASE_TROUBLE:
            if connection.in_atomic_block:
                raise  # only the outermost transaction can be done again
            connection.close_if_unusable_or_obsolete()
            time.sleep(_FIRST_WAIT * 2**attempt * random.random())  # noqa: S311
    with transaction.atomic():
        return step()
