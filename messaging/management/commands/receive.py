"""Fetches messages from the platforms that are polled instead of calling us."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from messaging.receiver import Receiver


class Command(BaseCommand):
    help = (
        "Poll the channels that have no webhook. Any number may run; each channel is polled by one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(_receive())


async def _receive() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await Receiver().run(stop)
