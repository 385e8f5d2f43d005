"""Every kind that can be polled, one line each.

Apart from the registry, so that only the receiver loads the libraries it needs.
"""

from collections.abc import Callable

from channels.base import Config
from channels.polling import Poller
from channels.telegram.polling import TelegramPoller

POLLERS: dict[str, Callable[[Config], Poller]] = {"telegram": TelegramPoller}
