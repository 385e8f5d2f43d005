"""Polled channels lose nothing, whatever happens to the platform, to a receiver or to the database in between."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from channels.polling import Batch, Polled
from messaging.models import Channel, Delivery, Lease, Message
from messaging.receiver import Receiver
from messaging.services import leases, receiving
from tests.stand_ins.telegram import Bot, TelegramStandIn

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Switched off by channels.telegram.polling, and by pytest on again.
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning"),
]

TOKEN = "42:TEST-token"


@pytest.fixture
def api(settings) -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        settings.CHANNEL_DEFAULTS = {"telegram": {"api_base": stand_in.url}}
        settings.PUBLIC_URL = ""
        yield stand_in


@pytest.fixture
def bot(api) -> Bot:
    return api.add_bot(TOKEN)


def make_channel(token: str = TOKEN, **config: Any) -> Channel:
    return Channel.objects.create(
        kind="telegram", name="Bot", config={"token": token, "webhook_secret": "s", **config}
    )


@contextmanager
def receiving_on(**timing: float) -> Iterator[Receiver]:
    """A receiver at work in a thread, stopped in the end as by a signal."""
    timing = {"rescan_s": 0.1, "wait_s": 2.0, "lease_s": 10.0} | timing
    receiver = Receiver(**timing)
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(receiver.run(stop),))
    thread.start()
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
        assert not thread.is_alive()


def eventually(check: Callable[[], Any], timeout: float = 8.0) -> Any:
    """What `check` answers as soon as it is true. Fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (answer := check()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.03)
    return answer


def texts() -> list[str]:
    rows = Delivery.objects.order_by("pk")
    return [json.loads(bytes(row.body))["message"]["text"] for row in rows]


def health(channel: Channel) -> str:
    channel.refresh_from_db()
    return str(channel.health)


def test_what_a_person_writes_is_stored_as_it_came_and_confirmed_afterwards(api, bot):
    channel = make_channel()
    update = bot.say("Olá 👋", sender=7)
    with receiving_on():
        eventually(lambda: texts() == ["Olá 👋"])
        eventually(lambda: not bot.pending)
    row = Delivery.objects.get()
    assert json.loads(bytes(row.body)) == update
    assert (row.platform_key, row.state) == (str(update["update_id"]), "pending")
    assert row.channel == channel


def test_starting_to_poll_takes_the_webhook_away_and_learns_the_bots_name(api, bot):
    bot.webhook = {"url": "https://old.example.com"}
    channel = make_channel()
    with receiving_on():
        eventually(lambda: health(channel) == "ok")
    assert bot.webhook == {}
    assert channel.facts == {"username": "test_bot", "bot_id": 42, "name": "Stand-in"}


def test_nothing_is_confirmed_that_could_not_be_stored(api, bot, monkeypatch):
    make_channel()
    broken = threading.Event()
    broken.set()
    keep = receiving.keep

    def keep_unless_broken(*args: Any) -> int:
        if broken.is_set():
            raise OperationalError("the disk is full")
        return keep(*args)

    monkeypatch.setattr(receiving, "keep", keep_unless_broken)
    bot.say("um")
    with receiving_on():
        bot.wait_for("getUpdates", count=2)
        assert len(bot.pending) == 1
        broken.clear()
        eventually(lambda: texts() == ["um"])


def test_a_receiver_that_died_before_confirming_stores_nothing_twice(api, bot):
    channel = make_channel()
    update = bot.say("um")
    receiving.keep(channel.pk, Batch((Polled(str(update["update_id"]), b"{}"),), None))
    bot.say("dois")
    with receiving_on():
        eventually(lambda: not bot.pending)
    assert Delivery.objects.count() == 2


def test_a_lower_number_after_a_quiet_week_is_not_dropped(api, bot):
    channel = make_channel()
    bot.push({"message": {"text": "antes"}}, update_id=900_000)
    with receiving_on():
        eventually(lambda: not bot.pending and texts() == ["antes"])
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=8))
    bot.push({"message": {"text": "depois"}}, update_id=55)
    with receiving_on():
        eventually(lambda: texts() == ["antes", "depois"])
    assert receiving.to_confirm(channel.pk) == 56


def test_f18_f19_one_odd_update_does_not_hold_up_the_others(api, bot):
    make_channel()
    bot.say("um")
    bot.pending.append({"message": "no number"})
    bot.push({"poll_answer": {"user": 1}})
    bot.pending.append({"update_id": "x"})
    api.fail_next("getUpdates", times=1, body={"ok": True, "result": [*bot.pending, 7, None]})
    with receiving_on():
        eventually(lambda: Delivery.objects.count() == 2)
    assert not Message.objects.exists(), "the receiver only stores what comes"


def test_a_wrong_token_is_shown_and_the_other_channels_go_on(api, bot):
    wrong, right = make_channel("42:WRONG"), make_channel()
    bot.say("oi")
    with receiving_on():
        eventually(lambda: health(wrong) == "refused" and health(right) == "ok")
        eventually(lambda: texts() == ["oi"])
    assert "WRONG" not in wrong.health_detail


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ({"status": 502, "html": True}, "unreachable"),
        ({"reset": True}, "unreachable"),
        ({"body": b"{not JSON"}, "unreachable"),
        ({"body": b"[]"}, "unreachable"),
        ({"body": b'{"ok": true}'}, "unreachable"),
        ({"body": b'{"ok": true, "result": {}}'}, "unreachable"),
        ({"status": 409, "description": "Conflict"}, "refused"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_after_any_trouble_polling_goes_on(api, bot, fault, shown, caplog):
    channel = make_channel()
    bot.say("oi")
    api.fail_next("getUpdates", **fault)
    with receiving_on():
        eventually(lambda: health(channel) == shown)
        eventually(lambda: texts() == ["oi"])
        eventually(lambda: health(channel) == "ok")
    assert TOKEN not in caplog.text
    assert "not JSON" not in caplog.text


def test_f62_a_limit_is_waited_for(api, bot):
    make_channel()
    bot.say("oi")
    api.fail_next("getUpdates", retry_after=1)
    started = time.monotonic()
    with receiving_on():
        eventually(lambda: texts() == ["oi"])
    assert time.monotonic() - started > 1


def test_a_platform_that_cannot_be_reached_is_tried_again(settings, api, bot):
    settings.CHANNEL_DEFAULTS = {"telegram": {"api_base": "http://127.0.0.1:9"}}
    channel = make_channel()
    bot.say("oi")
    with receiving_on():
        eventually(lambda: health(channel) == "unreachable")
        settings.CHANNEL_DEFAULTS = {"telegram": {"api_base": api.url}}
        eventually(lambda: texts() == ["oi"])
    assert health(channel) == "ok"


def test_channels_come_and_go_without_a_restart(api, bot):
    other = api.add_bot("43:OTHER", bot_id=43, username="other_bot")
    channel = make_channel()
    with receiving_on():
        eventually(lambda: health(channel) == "ok")
        second = make_channel("43:OTHER")
        eventually(lambda: health(second) == "ok")
        Channel.objects.filter(pk=channel.pk).update(enabled=False)
        eventually(lambda: Lease.objects.get(name=f"receive:{channel.pk}").holder == "")
        bot.say("nobody listens")
        other.say("oi")
        eventually(lambda: texts() == ["oi"])
    assert len(bot.pending) == 1


@pytest.mark.parametrize(
    ("config", "public_url"),
    [({"mode": "webhook"}, ""), ({}, "https://desk.example.com")],
)
def test_a_channel_with_a_webhook_is_left_alone(settings, api, bot, config, public_url):
    settings.PUBLIC_URL = public_url
    make_channel(**config)
    assert receiving.sources() == []


def test_a_channel_whose_secrets_cannot_be_read_is_left_alone(settings, api):
    make_channel()
    settings.FIELD_ENCRYPTION_KEYS = ["bm90LXRoZS1rZXktbm90LXRoZS1rZXktbm90LXRoZS0="]
    assert receiving.sources() == []


def test_of_two_receivers_one_polls_and_the_other_takes_over(api, bot):
    make_channel()
    with receiving_on() as first:
        lease = eventually(lambda: Lease.objects.exclude(holder="").first())
        assert lease.holder == first._holder
        with receiving_on():
            bot.say("um")
            eventually(lambda: texts() == ["um"])
            time.sleep(0.5)
            assert all(request.answered != 409 for request in bot.sent("getUpdates"))
    with receiving_on():
        bot.say("dois")
        eventually(lambda: texts() == ["um", "dois"])


def test_f29_a_receiver_that_lost_its_lease_stops_polling(api, bot):
    channel = make_channel()
    name = f"receive:{channel.pk}"
    with receiving_on(wait_s=0.3):
        eventually(lambda: health(channel) == "ok")
        Lease.objects.filter(name=name).update(until=timezone.now() - timedelta(hours=1))
        assert leases.acquire(name, "somebody else", 60)
        time.sleep(0.6)
        polls = len(bot.sent("getUpdates"))
        time.sleep(0.6)
        assert len(bot.sent("getUpdates")) == polls


def test_f92_the_command_does_not_wait_for_the_end_of_a_long_poll_to_stop(api, bot):
    channel = make_channel()
    environment = dict(os.environ) | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "BALCAO_TEST_DATABASE_NAME": settings.DATABASES["default"]["NAME"],
    }
    code = (
        "import os, django; from django.conf import settings;"
        "settings.DATABASES['default']['NAME'] = os.environ['BALCAO_TEST_DATABASE_NAME'];"
        f"settings.CHANNEL_DEFAULTS = {{'telegram': {{'api_base': {api.url!r}}}}};"
        "django.setup();"
        "from django.core.management import call_command; call_command('receive')"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        eventually(lambda: health(channel) == "ok", timeout=30)
        eventually(lambda: len(bot.sent("getUpdates")) >= 1)
        time.sleep(0.3)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        # Half a second on an idle machine; the long poll lasts 25.
        assert time.monotonic() - asked < 8
    finally:
        process.kill()
        process.wait()
    assert Lease.objects.get(name=f"receive:{channel.pk}").holder == ""
