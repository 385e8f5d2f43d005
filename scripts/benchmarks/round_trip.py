"""How long a person waits for the bot: from the webhook's POST until the platform has the reply.

The whole desk on the embedded default, with the Bot API's stand-in as the platform.
"""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.benchmarks.servers import TOKEN
from tests.live import LiveDesk
from tests.stand_ins.telegram import TelegramStandIn
from tests.stand_ins.telegram_bot import Bot

RATE = 10  # messages a second
SECONDS = 30
FIRST_SENDER = 10_000
PATIENCE = 30.0  # seconds for the last replies


def run(say: Callable[[str], None], *, seconds: int = SECONDS) -> None:
    """Measure and print percentiles."""
    with tempfile.TemporaryDirectory() as name, TelegramStandIn() as api:
        desk = LiveDesk(Path(name), TELEGRAM_API_BASE=api.url)
        desk.environment["PUBLIC_URL"] = desk.base_url
        desk.start()
        try:
            bot = api.add_bot(TOKEN)
            desk.create_channel("telegram", token=TOKEN)
            question = _known_question(desk)
            _talk(bot, question, first=1, messages=RATE)  # everything is loaded once
            took = _talk(bot, question, first=FIRST_SENDER, messages=RATE * seconds)
        finally:
            desk.stop()
    took.sort()
    lost = RATE * seconds - len(took)
    say(f"Webhook to delivered reply, {RATE} messages a second for {seconds} s, embedded default")
    if took:
        figures = {"p50": 50, "p90": 90, "p99": 99}
        shown = [f"{name} {took[len(took) * at // 100]:.0f} ms" for name, at in figures.items()]
        say(f"  {', '.join(shown)}, longest {took[-1]:.0f} ms; {len(took)} replies, {lost} missing")
    else:
        say("  no reply came")


def _known_question(desk: LiveDesk) -> str:
    """A question of the demo knowledge base, so that the bot has an answer."""
    with desk.sign_in() as client:
        rows = client.get("faqs/", params={"language": "pt-br"}).json()["results"]
    return str(rows[0]["question"])


def _talk(bot: Bot, question: str, *, first: int, messages: int) -> list[float]:
    """One message each from `messages` people, evenly spaced; ms until each had a first reply."""
    asked: dict[int, float] = {}

    def ask(sender: int) -> None:
        asked[sender] = time.monotonic()
        bot.say(question, sender=sender)

    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        for number in range(messages):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            pool.submit(ask, first + number)
    replied: dict[int, float] = {}
    deadline = time.monotonic() + PATIENCE
    while len(replied) < messages and time.monotonic() < deadline:
        for call in bot.sent("sendMessage"):
            if call.chat in asked:
                replied.setdefault(call.chat, call.at)
        time.sleep(0.2)
    return [1000 * (at - asked[chat]) for chat, at in replied.items()]
