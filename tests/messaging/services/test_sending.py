"""The outbox: sent once, in order, and every other end is written down. Against a stand-in for the Bot API."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.models import Address, Attempt, Channel, Conversation, Message, MessageStatus
from messaging.services import channels, conversations, outbound, settling
from messaging.services.sending import Sender
from tests import factories as make
from tests.stand_ins.telegram import Bot, TelegramStandIn

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "42:SENDING"
S = MessageStatus


@pytest.fixture
def bot(telegram: TelegramStandIn, settings: Any) -> Bot:
    settings.CHANNEL_DEFAULTS = {"telegram": {"api_base": telegram.url}}
    telegram.bots.pop(TOKEN, None)
    settling._failures.clear()
    return telegram.add_bot(TOKEN)


@pytest.fixture
def channel(bot: Bot) -> Channel:
    return channels.create(kind="telegram", name="Bot", config={"token": TOKEN})


@pytest.fixture
def sender() -> Iterator[Sender]:
    running = Sender(slots=4, per_channel=4)
    yield running
    running.close(timeout=20)


def chat(channel: Channel, number: int = 7, **fields: Any) -> Conversation:
    contact = make.make_contact(channel=channel, external_id=str(number))
    return make.make_conversation(contact=contact, channel=channel, **fields)


def say(row: Conversation, text: str = "Olá", **fields: Any) -> Message:
    """One message of the bot in the outbox."""
    row = Conversation.objects.get(pk=row.pk)
    message = outbound.enqueue(row, sender="bot", text=text, **fields)
    row.save()
    return message


def eventually(check: Callable[[], bool], patience: float = 10.0) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.02)
    return False


def settle(sender: Sender, message: Message, *states: str) -> Message:
    """Wake the sender and wait until the message is in one of `states`."""
    sender.wake()
    wanted = states or (S.SENT,)
    assert eventually(lambda: Message.objects.get(pk=message.pk).status in wanted), (
        Message.objects.get(pk=message.pk).status
    )
    return Message.objects.get(pk=message.pk)


def test_a_message_is_sent_once_and_its_attempt_written_down(
    channel: Channel, bot: Bot, sender: Sender
) -> None:
    message = settle(sender, say(chat(channel)))
    sent = bot.sent("sendMessage")
    assert [(call.chat, call.text) for call in sent] == [(7, "Olá")]
    assert message.sent_at is not None
    attempt = Attempt.objects.get(message=message)
    assert (attempt.outcome, attempt.call, attempt.number) == ("ok", "sendMessage", 1)
    assert attempt.external_id == message.external_id != ""


def test_a_conversation_is_sent_in_order_and_others_beside_it(
    channel: Channel, bot: Bot, sender: Sender
) -> None:
    rows = [chat(channel, n) for n in (1, 2, 3)]
    for n in range(8):
        for row in rows:
            last = say(row, f"{n}")
    settle(sender, last)
    assert eventually(lambda: not Message.objects.exclude(status=S.SENT).exists())
    for number in (1, 2, 3):
        texts = [call.text for call in bot.sent("sendMessage", chat=number)]
        assert texts == [str(n) for n in range(8)]


def test_f67_a_long_text_is_one_message_in_several_ordered_attempts(
    channel: Channel, bot: Bot, sender: Sender
) -> None:
    text = " ".join(f"word{n}" for n in range(2000))
    message = settle(sender, say(chat(channel), text))
    parts = [call.text for call in bot.sent("sendMessage")]
    assert len(parts) > 1
    assert " ".join(parts) == text
    assert list(message.attempts.values_list("part", flat=True)) == list(range(len(parts)))


def test_f63_a_server_error_is_tried_again_later_and_holds_back_what_follows(
    channel: Channel, bot: Bot, telegram: TelegramStandIn, sender: Sender
) -> None:
    row = chat(channel)
    first, second = say(row, "one"), say(row, "two")
    telegram.fail_next("sendMessage", status=500)
    first = settle(sender, first, S.RETRY_WAIT)
    wait = first.next_attempt_at - timezone.now()
    assert timedelta(seconds=0.5) < wait < timedelta(seconds=3)
    sender.wake()
    time.sleep(0.2)
    second.refresh_from_db()
    assert second.status == S.QUEUED, "F-69: order within the conversation"
    Message.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now())
    settle(sender, first)
    settle(sender, second)
    assert [c.text for c in bot.sent("sendMessage")][-2:] == ["one", "two"]
    outcomes = list(first.attempts.values_list("number", "outcome"))
    assert outcomes == [(1, "transient"), (2, "ok")]


def test_f60_after_eight_tries_it_has_failed(
    channel: Channel, telegram: TelegramStandIn, sender: Sender
) -> None:
    message = say(chat(channel))
    Message.objects.filter(pk=message.pk).update(tries=7)
    telegram.fail_next("sendMessage", status=500)
    message = settle(sender, message, S.FAILED)
    assert message.error_code == "transient"


@pytest.mark.parametrize("fault", [{"reset": True}, {"html": True}, {"half_body": True}])
def test_f61_f65_without_an_answer_it_is_uncertain_never_resent_and_holds_nothing_back(
    channel: Channel, bot: Bot, telegram: TelegramStandIn, sender: Sender, fault: dict[str, bool]
) -> None:
    row = chat(channel)
    lost, next_one = say(row, "lost"), say(row, "next")
    telegram.fail_next("sendMessage", **fault)
    lost = settle(sender, lost, S.UNCERTAIN)
    settle(sender, next_one)
    for _ in range(3):
        sender.wake()
    time.sleep(0.2)
    assert [c.text for c in bot.sent("sendMessage")].count("lost") <= 1
    assert lost.error_code == "uncertain"


def test_f62_a_429_pauses_the_channel_and_is_not_counted_as_a_try(
    channel: Channel, telegram: TelegramStandIn, sender: Sender
) -> None:
    message = say(chat(channel))
    telegram.fail_next("sendMessage", status=429, retry_after=30)
    message = settle(sender, message, S.RETRY_WAIT)
    assert message.tries == 0
    assert message.next_attempt_at > timezone.now() + timedelta(seconds=25)


def test_f62_another_channel_goes_on_while_one_is_paused(
    channel: Channel, bot: Bot, telegram: TelegramStandIn, sender: Sender
) -> None:
    channels.pause(channel.pk, 60, "rate_limited")
    held = say(chat(channel))
    other = settle(sender, say(make.make_conversation()))
    held.refresh_from_db()
    assert (other.status, held.status) == (S.SENT, S.QUEUED)
    assert bot.sent("sendMessage") == []


def test_f64_a_contact_who_blocked_us_is_marked_and_the_bot_does_not_try_again(
    channel: Channel, bot: Bot, telegram: TelegramStandIn, sender: Sender
) -> None:
    row = chat(channel)
    message = say(row)
    telegram.fail_next(
        "sendMessage", status=403, description="Forbidden: bot was blocked by the user"
    )
    message = settle(sender, message, S.FAILED)
    assert message.error_code == "recipient_gone"
    assert Address.objects.get(contact=row.contact).unreachable_since is not None
    calls = len(bot.sent("sendMessage"))
    again = settle(sender, say(row, "still there?"), S.FAILED)
    assert again.error_code == "recipient_gone"
    assert len(bot.sent("sendMessage")) == calls


def test_f64_a_refused_token_stops_the_channel_until_it_is_checked(
    channel: Channel, bot: Bot, telegram: TelegramStandIn, sender: Sender
) -> None:
    telegram.fail_next("sendMessage", status=401, description="Unauthorized")
    settle(sender, say(chat(channel)), S.FAILED)
    channel.refresh_from_db()
    assert channel.health == "refused"
    waiting = say(chat(channel, 8))
    sender.wake()
    time.sleep(0.2)
    waiting.refresh_from_db()
    assert waiting.status == S.QUEUED
    channels.check(channel=channel.pk)
    settle(sender, waiting)


def test_f71_a_chat_that_moved_gets_the_message_once_at_its_new_address(
    channel: Channel, bot: Bot, telegram: TelegramStandIn, sender: Sender
) -> None:
    row = chat(channel, -400)
    message = say(row)
    telegram.fail_next("sendMessage", chat=-400, status=400, migrate_to=-100400)
    settle(sender, message)
    assert [c.chat for c in bot.sent("sendMessage")][-1] == -100400
    row.refresh_from_db()
    assert row.destination == "-100400"


def test_f70_what_could_not_be_sent_in_time_expires(
    channel: Channel, bot: Bot, sender: Sender
) -> None:
    message = say(chat(channel))
    Message.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    settle(sender, message, S.EXPIRED)
    assert bot.sent("sendMessage") == []


def test_f74_what_was_cancelled_is_not_sent(channel: Channel, bot: Bot, sender: Sender) -> None:
    row = chat(channel)
    message = say(row)
    conversations.claim(conversation=row.pk, agent=make.make_agent())
    sender.wake()
    time.sleep(0.2)
    message.refresh_from_db()
    assert message.status == S.CANCELLED
    assert bot.sent("sendMessage") == []


def test_the_sender_checks_again_that_the_bot_may_speak(
    channel: Channel, bot: Bot, sender: Sender
) -> None:
    row = chat(channel)
    message = say(row)
    Conversation.objects.filter(pk=row.pk).update(owner="agent")
    settle(sender, message, S.CANCELLED)
    assert bot.sent("sendMessage") == []


def test_f72_two_senders_send_each_message_once(channel: Channel, bot: Bot) -> None:
    one, two = Sender(slots=4), Sender(slots=4)
    for n in range(20):
        say(chat(channel, 100 + n), str(n))
    for _ in range(3):
        one.wake()
        two.wake()
    assert eventually(lambda: not Message.objects.exclude(status=S.SENT).exists())
    one.close()
    two.close()
    assert sorted(int(c.text) for c in bot.sent("sendMessage")) == list(range(20))


def test_f73_a_sender_that_died_leaves_uncertain_never_queued(channel: Channel) -> None:
    message = say(chat(channel))
    Message.objects.filter(pk=message.pk).update(
        status=S.SENDING, leased_until=timezone.now() - timedelta(seconds=1), epoch=5
    )
    assert settling.expire_leases() == 1
    message.refresh_from_db()
    assert (message.status, message.epoch, message.error_code) == (S.UNCERTAIN, 6, "lease_over")


def test_f66_a_hanging_channel_leaves_slots_to_the_others(
    channel: Channel, telegram: TelegramStandIn, settings: Any
) -> None:
    running = Sender(slots=4, per_channel=2)
    telegram.fail_next("sendMessage", hang=4, times=2)
    for n in range(6):
        say(chat(channel, 200 + n))
    running.wake()
    assert eventually(lambda: Message.objects.filter(status=S.SENDING).count() == 2)
    began = time.monotonic()
    other = settle(running, say(make.make_conversation()))
    assert other.status == S.SENT
    assert time.monotonic() - began < 2
    running.close()


def test_a_local_channel_is_sent_without_any_call(sender: Sender) -> None:
    message = settle(sender, say(make.make_conversation()))
    assert message.external_id == f"mock-{message.pk}"
    assert message.attempts.get().outcome == "ok"


def test_an_error_nobody_classified_is_uncertain_not_lost(
    channel: Channel, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprised(*_: Any, **__: Any) -> None:
        raise KeyError("new field")

    monkeypatch.setattr(type(channel.adapter), "read", surprised)
    message = settle(sender, say(chat(channel)), S.UNCERTAIN)
    assert "KeyError" in message.error_detail


def test_the_circuit_opens_after_five_failures_in_a_row(
    channel: Channel, telegram: TelegramStandIn, sender: Sender
) -> None:
    telegram.fail_next("sendMessage", status=500, times=5)
    for n in range(5):
        settle(sender, say(chat(channel, 300 + n)), S.RETRY_WAIT)
    channel.refresh_from_db()
    assert channel.pause_reason == "not_answering"
    assert channel.paused_until > timezone.now()


def test_close_waits_for_what_was_started(channel: Channel, telegram: TelegramStandIn) -> None:
    running = Sender(slots=2)
    telegram.fail_next("sendMessage", hang=1)
    message = say(chat(channel))
    running.wake()
    assert eventually(lambda: Message.objects.filter(status=S.SENDING).exists())
    running.close(timeout=10)
    message.refresh_from_db()
    assert message.status in (S.SENT, S.UNCERTAIN)
