"""The shared cache, never waited for and never trusted: it may be down, wiped or hold nonsense.

A failure counts as a miss and closes the way to the cache for a few seconds, so that a frozen
server costs one timeout (1 s at most, by the settings), not one for each message. After that one
caller tries again. Nothing that must be true is read from here.
"""

import logging
import threading
import time
from collections import Counter
from typing import Any

import redis
from django.core.cache import cache
from django_redis.exceptions import ConnectionInterrupted

logger = logging.getLogger(__name__)

PAUSE_S = 5.0

# ValueError: an entry that is not JSON; RecursionError: one nested too deep to read.
_DOWN = (OSError, redis.RedisError, ConnectionInterrupted)
_UNREADABLE = (ValueError, TypeError, RecursionError)


class _Breaker:
    """Lets calls through until one fails, then one each PAUSE_S until one succeeds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0

    def allows(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._closed_until:
                return False
            if self._closed_until:
                # Half open: the others keep out while this caller tries.
                self._closed_until = now + PAUSE_S
            return True

    def failed(self) -> None:
        with self._lock:
            first = not self._closed_until
            self._closed_until = time.monotonic() + PAUSE_S
        if first:
            logger.warning("the cache does not answer; going on without it")

    def worked(self) -> None:
        if not self._closed_until:
            return
        with self._lock:
            self._closed_until = 0.0
        logger.info("the cache answers again")


_breaker = _Breaker()
_counts: Counter[str] = Counter()


def get(key: str) -> Any:
    """The entry, or None: not there, not readable (then it is deleted), or no cache."""
    if not _breaker.allows():
        return None
    try:
        value = cache.get(key)
    except _UNREADABLE:
        delete(key)
        return None
    except _DOWN:
        _breaker.failed()
        return None
    _breaker.worked()
    return value


def put(key: str, value: Any, seconds: float) -> None:
    """Keep a JSON value for a while, if there is a cache."""
    if not _breaker.allows():
        return
    try:
        cache.set(key, value, timeout=seconds)
    except _DOWN:
        _breaker.failed()
    else:
        _breaker.worked()


def delete(key: str) -> None:
    """Forget an entry, if there is a cache."""
    if not _breaker.allows():
        return
    try:
        cache.delete(key)
    except _DOWN:
        _breaker.failed()
    else:
        _breaker.worked()


def count(name: str) -> None:
    """Add one to a counter of this process: "answers_hit", "answers_miss", "snapshot_miss", …"""
    _counts[name] += 1


def counts() -> dict[str, int]:
    """This process's counters."""
    return dict(_counts)


def reset() -> None:
    """Forget counters and failures; for tests."""
    global _breaker  # noqa: PLW0603
    _breaker = _Breaker()
    _counts.clear()
