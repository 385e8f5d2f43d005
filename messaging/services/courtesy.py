"""Small calls that are polite but prove nothing: ending a button's spinner, showing "is typing".

Made once, in the background, and forgotten when they fail: the conversation does not depend on them.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from channels.base import Channel as Kind
from channels.base import Config
from channels.errors import ChannelError
from channels.transport import deliver
from messaging.models import Channel

log = logging.getLogger(__name__)

_TIMEOUT = 5.0  # seconds; a typing sign that comes later is of no use
_MAX_WAITING = 100

_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="courtesy")
_places = threading.BoundedSemaphore(_MAX_WAITING)


class Manners:
    """Collects what one batch owes, to be shown after its commit."""

    def __init__(self) -> None:
        self._interactions: dict[str, None] = {}
        self._destinations: dict[str, None] = {}

    def acknowledge(self, interaction_id: str) -> None:
        """End the spinner of a pressed button."""
        self._interactions[interaction_id] = None

    def typing(self, destination: str) -> None:
        """Show that an answer is on its way."""
        self._destinations[destination] = None

    def show(self, channel: Channel) -> None:
        """Make the calls in the background."""
        adapter, config = channel.adapter, channel.runtime_config()
        for interaction in self._interactions:
            _submit(adapter, config, interaction=interaction)
        if adapter.capabilities.typing:
            for destination in self._destinations:
                _submit(adapter, config, destination=destination)


def _submit(adapter: Kind, config: Config, *, interaction: str = "", destination: str = "") -> None:
    if not _places.acquire(blocking=False):
        return  # a platform that hangs must not fill the memory
    _pool.submit(_call, adapter, config, interaction, destination)


def _call(adapter: Kind, config: Config, interaction: str, destination: str) -> None:
    try:
        calls = (
            adapter.acknowledge(interaction, config)
            if interaction
            else adapter.typing(destination, config)
        )
        for call in calls:
            deliver(call, timeout_s=_TIMEOUT)
    except ChannelError as error:
        log.info("courtesy_failed", extra={"kind": adapter.kind, "error": error.__class__.__name__})
    finally:
        _places.release()
