"""The check of the library, with what the connected channels take."""

import logging
import threading
from functools import partial

from django.db import connections

from bot.checking import Limit
from bot.models import LibraryCheck
from bot.services import checking
from channels import splitting
from messaging.models import Channel
from messaging.services import leases

log = logging.getLogger(__name__)

_LEASE = "check_library"
# A step of a run, the self-test of a very large library, may take minutes without a sign of life.
_LEASE_SECONDS = 600


def limits() -> dict[str, Limit]:
    """By channel id what a message of it holds."""
    found = {}
    for channel in Channel.connected.filter(enabled=True):
        can = channel.adapter.capabilities
        size = partial(splitting.size, unit=can.text_unit)
        found[str(channel.pk)] = Limit(channel.name, channel.kind, can.max_text, size)
    return found


def check() -> LibraryCheck:
    """The check of what would be published now: done, or asked for if it takes long."""
    return checking.check(limits())


def run_check(holder: str) -> bool:
    """Do a check that was asked for; False when there is none or another process does it."""
    epoch = leases.acquire(_LEASE, holder, _LEASE_SECONDS)
    if epoch is None:
        return False
    try:
        still_mine = partial(leases.renew, _LEASE, epoch, _LEASE_SECONDS)
        return checking.run_waiting(limits(), still_mine)
    finally:
        leases.release(_LEASE, epoch)


def start_check(holder: str) -> None:
    """`run_check` in a thread of its own, if there is something to do: other work does not wait for it."""
    if checking.has_work():
        threading.Thread(target=_in_background, args=(holder,), daemon=True).start()


def _in_background(holder: str) -> None:
    try:
        run_check(holder)
    except Exception:
        log.exception("check_failed")
    finally:
        connections.close_all()
