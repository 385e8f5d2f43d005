"""From deliveries to messages: once each, in order, whatever is in them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.models import (
    Address,
    Contact,
    Conversation,
    DailyCounter,
    DedupeKey,
    Delivery,
    Message,
    Owner,
    Status,
)
from messaging.services import arrivals, conversations, inbound, retention
from messaging.webhooks import store
from tests import factories as make

pytestmark = pytest.mark.django_db


def deliver(channel: Any, **body: Any) -> None:
    """One mock message through the inbox."""
    body = {"from": "ana", "text": "oi", **body}
    store(channel.pk, None, json.dumps(body).encode())
    inbound.ingest_pending()


def test_a_first_message_makes_contact_address_conversation_and_message() -> None:
    channel = make.make_channel()
    deliver(channel, id="1", name="Ana Souza", text="Bom dia")
    message = Message.objects.get()
    assert (message.text, message.direction, message.status) == ("Bom dia", "in", "received")
    assert message.contact.name == "Ana Souza"
    assert Address.objects.get().external_id == "ana"
    row = message.conversation
    assert (row.owner, row.status, row.destination) == (Owner.BOT, Status.OPEN, "ana")
    assert row.waiting_since is not None
    assert DailyCounter.objects.get(name="messages_in").subject == str(channel.pk)


def test_f20_the_same_item_in_two_deliveries_is_one_message() -> None:
    channel = make.make_channel()
    deliver(channel, id="1")
    deliver(channel, id="1")
    assert Message.objects.count() == 1
    assert Delivery.objects.filter(state="handled").count() == 2


def test_f24_a_redelivery_after_the_purge_brings_nothing_back() -> None:
    channel = make.make_channel()
    deliver(channel, id="1")
    Message.objects.update(created_at=timezone.now() - timedelta(days=31), bot_state="done")
    assert retention.purge().messages == 1
    deliver(channel, id="1")
    assert not Message.objects.exists()


def test_the_key_that_is_kept_says_nothing_about_the_message() -> None:
    deliver(make.make_channel(), id="secret-id-1")
    assert "secret" not in DedupeKey.objects.get().key_hash


def test_f25_f26_one_contact_and_one_conversation_for_many_messages() -> None:
    channel = make.make_channel()
    for n in range(3):
        deliver(channel, id=str(n), text="oi")
    assert (Contact.objects.count(), Conversation.objects.count()) == (1, 1)
    positions = Message.objects.order_by("position").values_list("position", "external_id")
    assert list(positions) == [(1, "0"), (2, "1"), (3, "2")]


def test_f18_f19_a_broken_delivery_takes_no_other_down_with_it() -> None:
    channel = make.make_channel()
    good = json.dumps({"id": "1", "from": "ana", "text": "oi"}).encode()
    for body in (
        good,
        b'{"id": "2", "from": {"a": 1}}',
        b'{"id": "3"',
        good.replace(b'"1"', b'"4"'),
    ):
        store(channel.pk, None, body)
    assert inbound.ingest_pending() == 4
    states = list(Delivery.objects.order_by("id").values_list("state", flat=True))
    assert states == ["handled", "rejected", "rejected", "handled"]
    assert Message.objects.count() == 2
    assert Delivery.objects.filter(state="rejected").exclude(reason="").count() == 2


def test_f39_a_parser_that_fails_leaves_the_delivery_for_a_replay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = make.make_channel()

    def surprised(*_: object) -> None:
        raise KeyError("a field of tomorrow")

    with monkeypatch.context() as patch:
        patch.setattr(type(channel.adapter), "parse", surprised)
        deliver(channel, id="1")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("error", "KeyError")
    assert not Message.objects.exists()

    assert inbound.replay([delivery.pk]) == 1
    inbound.ingest_pending()
    assert Message.objects.count() == 1
    inbound.replay([delivery.pk])
    inbound.ingest_pending()
    assert Message.objects.count() == 1, "a replay doubles nothing"


def test_f16_f17_nul_and_lone_surrogates_are_cleaned_before_they_are_stored() -> None:
    channel = make.make_channel()
    store(
        channel.pk,
        None,
        b'{"id": "1", "from": "ana", "name": "A\\u0000na", "text": "o\\u0000i \\ud800!"}',
    )
    inbound.ingest_pending()
    assert Message.objects.get().text == "oi \ufffd!"
    assert Contact.objects.get().name == "Ana"


def test_f49_an_endless_text_is_cut_with_a_mark() -> None:
    deliver(make.make_channel(), id="1", text="á" * 70_000)
    text = Message.objects.get().text
    assert len(text) == arrivals.MAX_TEXT
    assert text.endswith("[…]")


def test_writing_to_a_snoozed_conversation_opens_it_with_the_same_owner() -> None:
    channel = make.make_channel()
    deliver(channel, id="1")
    agent = make.make_agent()
    row = Conversation.objects.get()
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.snooze(conversation=row.pk, by=agent)
    deliver(channel, id="2")
    row.refresh_from_db()
    assert (row.status, row.owner, row.agent) == (Status.OPEN, Owner.AGENT, agent)


def test_writing_soon_after_closing_reopens_with_the_bot_and_a_new_session() -> None:
    channel = make.make_channel()
    deliver(channel, id="1")
    agent = make.make_agent()
    row = Conversation.objects.get()
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    deliver(channel, id="2")
    again = Conversation.objects.get()
    assert (again.status, again.owner, again.session) == (Status.OPEN, Owner.BOT, row.session + 1)


def test_writing_long_after_closing_starts_a_new_conversation_linked_to_the_old() -> None:
    channel = make.make_channel()
    deliver(channel, id="1")
    agent = make.make_agent()
    old = Conversation.objects.get()
    conversations.claim(conversation=old.pk, agent=agent)
    conversations.close(conversation=old.pk, by=agent)
    Conversation.objects.update(closed_at=timezone.now() - timedelta(hours=25))
    deliver(channel, id="2")
    new = Conversation.objects.exclude(pk=old.pk).get()
    assert new.previous == old
    assert Message.objects.get(external_id="2").conversation == new


def test_a_reply_is_linked_to_the_message_it_answers() -> None:
    channel = make.make_channel()
    deliver(channel, id="1")
    row = Conversation.objects.get()
    ours = make.make_message(row, direction="out", external_id="mock-9")
    deliver(channel, id="2", reply_to="mock-9")
    deliver(channel, id="3", reply_to="unknown")
    assert Message.objects.get(external_id="2").reply_to == ours
    assert Message.objects.get(external_id="3").reply_to is None
    assert Message.objects.get(external_id="3").reply_to_external_id == "unknown"
