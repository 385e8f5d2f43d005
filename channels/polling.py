"""Kinds that fetch their messages instead of being called: what the receiver asks of them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Polled:
    """One delivery as the platform gave it. `key` is the platform's own id of it."""

    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought. `confirm`, given to the next poll, tells the platform that all of it is kept."""

    items: tuple[Polled, ...] = ()
    confirm: int | None = None


class Poller(ABC):
    """Fetches one channel's messages. Lives on one event loop; every method raises SendError only."""

    @abstractmethod
    async def open(self) -> dict[str, Any]:
        """Check the credentials and make polling possible; answers facts to keep, as `Channel.connect`."""

    @abstractmethod
    async def poll(self, confirm: int | None, wait_s: float) -> Batch:
        """Wait up to `wait_s` seconds for something new. What `confirm` names is not given again."""

    @abstractmethod
    async def close(self) -> None:
        """Let the connections go."""
