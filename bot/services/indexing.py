"""The matcher's index in the shared cache, so that a process need not build it again."""

import base64
import logging
import time
from collections.abc import Sequence

from bot import cache
from bot.matcher.matcher import Matcher
from bot.matcher.storing import FORMAT, Unreadable, restored, stored
from bot.types import Faq

logger = logging.getLogger(__name__)

_INDEX_S = 24 * 3600
# An index that is built faster than this is not worth a place in the cache.
_WORTH_S = 0.2
_LARGEST = 32 * 1024 * 1024  # characters of an entry


def indexed(name: str, faqs: Sequence[Faq]) -> Matcher:
    """The matcher of the FAQs; `name` is that of the snapshot they are from."""
    key = f"index:{FORMAT}:{name}"
    entry = cache.get(key)
    if entry is not None:
        try:
            return restored(faqs, base64.b64decode(entry, validate=True))
        except (Unreadable, TypeError, ValueError):
            cache.delete(key)
    started = time.monotonic()
    matcher = Matcher.build(faqs)
    took = time.monotonic() - started
    logger.info("index of %s FAQs built in %.2f s", len(faqs), took)
    if took >= _WORTH_S:
        data = base64.b64encode(stored(matcher)).decode()
        if len(data) <= _LARGEST:
            cache.put(key, data, _INDEX_S)
    return matcher
