"""A message meets the bot: decided once, written whole, or not at all."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

import bot.services
from messaging.models import (
    Channel,
    Conversation,
    ConversationEvent,
    DailyCounter,
    Decision,
    Escalation,
    Message,
    Owner,
    Status,
)
from messaging.services import conversations, inbound, turns
from messaging.webhooks import store
from tests import factories as make

pytestmark = pytest.mark.django_db

QUESTION = "What are your opening hours?"
ANSWER = "We are open from nine to six."


@pytest.fixture(autouse=True)
def _knowledge() -> None:
    bot.services.create_faq(
        question=QUESTION,
        alternatives=["When do you open?", "What time do you close?", "Are you open today?"],
        answer=ANSWER,
        language="en",
    )


def say(
    channel: Channel, text: str = "", *, key: str = "", who: str = "ana", **body: Any
) -> Message:
    """One message from a contact, all the way through the bot."""
    number = key or str(Message.objects.count() + 1)
    store(channel.pk, None, json.dumps({"id": number, "from": who, "text": text, **body}).encode())
    inbound.ingest_pending()
    turns.handle_pending()
    return Message.objects.get(channel=channel, external_id=number)


def replies(message: Message) -> list[str]:
    return list(message.replies.order_by("answer_index").values_list("text", flat=True))


def test_a_known_question_is_answered_and_the_decision_says_why() -> None:
    message = say(make.make_channel(), "when do you open??")
    assert replies(message) == [ANSWER]
    decision = message.decision
    assert (decision.action, decision.snapshot) == ("reply", 1)
    assert decision.step in ("exact", "faq")
    assert decision.faq_id is not None
    row = message.conversation
    assert (row.owner, row.status, row.waiting_since) == (Owner.BOT, Status.OPEN, None)
    counted = dict(DailyCounter.objects.values_list("name", "value"))
    assert counted["answered_by_bot"] == 1
    assert counted["faq_answered"] == 1


def test_an_unknown_question_goes_to_the_queue_with_a_notice_and_a_reason() -> None:
    message = say(make.make_channel(), "Can my parrot fly in the cabin of an aeroplane?")
    row = message.conversation
    assert (row.owner, row.status) == (Owner.QUEUE, Status.OPEN)
    assert row.waiting_since is not None
    assert len(replies(message)) == 1
    escalation = Escalation.objects.get(conversation=row, closed_at=None)
    assert "parrot" in escalation.summary
    event = ConversationEvent.objects.get(conversation=row)
    assert (event.kind, event.before["owner"], event.after["owner"]) == (
        "escalated",
        "bot",
        "queue",
    )


@pytest.mark.parametrize(
    "text", ["/human", "quero falar com um atendente", "I want to talk to a human please"]
)
def test_asking_for_a_human_escalates(text: str) -> None:
    message = say(make.make_channel(), text)
    assert message.decision.action == "escalate"
    assert message.conversation.owner == Owner.QUEUE


def test_f52_the_bot_is_silent_while_a_human_has_the_conversation() -> None:
    channel = make.make_channel()
    row = say(channel, "hello").conversation
    conversations.claim(conversation=row.pk, agent=make.make_agent())
    message = say(channel, QUESTION)
    assert (message.decision.step, message.decision.action) == ("human", "silent")
    assert replies(message) == []


def test_after_a_hand_back_the_bot_answers_again() -> None:
    channel = make.make_channel()
    row = say(channel, "/human").conversation
    agent = make.make_agent()
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.release(conversation=row.pk, by=agent)
    assert replies(say(channel, QUESTION)) == [ANSWER]


def test_misses_are_counted_in_the_session_until_they_escalate() -> None:
    bot.services.update_settings(misses_before_escalation=2)
    channel = make.make_channel()
    first = say(channel, "Can my parrot fly in the cabin of an aeroplane?")
    assert (first.decision.action, first.conversation.owner) == ("rephrase", Owner.BOT)
    second = say(channel, "The colour of the moon over Lisbon, then?")
    assert second.decision.action == "escalate"


def test_f40_f41_handling_twice_writes_once() -> None:
    channel = make.make_channel()
    message = say(channel, QUESTION)
    assert turns.handle_pending() == 0
    Message.objects.filter(pk=message.pk).update(bot_state="pending")
    turns.handle_pending()
    assert Message.objects.filter(answers=message).count() == 1


def test_f29_a_stale_holder_of_the_lease_writes_nothing() -> None:
    channel = make.make_channel()
    store(channel.pk, None, json.dumps({"id": "1", "from": "ana", "text": QUESTION}).encode())
    inbound.ingest_pending()
    row = Conversation.objects.get()
    claim = turns._claim(row.pk)
    assert claim is not None
    assert turns._claim(row.pk) is None, "nobody else gets it meanwhile"
    agent = make.make_agent()
    conversations.claim(conversation=row.pk, agent=agent)
    turns._handle(claim, bot.services.current())
    assert not Decision.objects.exists()
    assert not Message.objects.filter(direction="out").exists()
    turns.handle_pending()
    assert Decision.objects.get().step == "human"


def test_f30_a_dead_holder_is_taken_over_when_its_lease_ends() -> None:
    channel = make.make_channel()
    store(channel.pk, None, json.dumps({"id": "1", "from": "ana", "text": QUESTION}).encode())
    inbound.ingest_pending()
    row = Conversation.objects.get()
    turns._claim(row.pk)
    assert turns.handle_pending() == 0
    Conversation.objects.update(leased_until="2026-01-01T00:00Z")
    assert turns.handle_pending() == 1
    assert replies(Message.objects.get(direction="in")) == [ANSWER]


def test_f31_poison_is_tried_three_times_then_a_human_gets_it_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = make.make_channel()
    for n, text in enumerate(["poison", QUESTION]):
        body = {"id": str(n), "from": "ana", "text": text}
        store(channel.pk, None, json.dumps(body).encode())
    inbound.ingest_pending()
    real = turns.decide

    def fail_on_poison(turn: Any) -> Any:
        if turn.text == "poison":
            raise ZeroDivisionError
        return real(turn)

    monkeypatch.setattr(turns, "decide", fail_on_poison)
    for tries in (1, 2):
        turns.handle_pending()
        poison = Message.objects.get(external_id="0")
        assert (poison.bot_state, poison.bot_tries) == ("pending", tries)
        assert Message.objects.get(external_id="1").bot_state == "pending", "order is kept"
        Message.objects.filter(pk=poison.pk).update(bot_due_at="2026-01-01T00:00Z")
    turns.handle_pending()
    assert Message.objects.get(external_id="0").bot_state == "dead"
    assert Escalation.objects.get().reason == "bot_error"
    assert Message.objects.get(external_id="1").bot_state == "done"


def test_f93_trouble_with_the_database_is_not_the_messages_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = make.make_channel()
    store(channel.pk, None, json.dumps({"id": "1", "from": "ana", "text": QUESTION}).encode())
    inbound.ingest_pending()

    def lost(*_: object) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(turns, "_save_decision", lost)
        for _ in range(4):
            with pytest.raises(OperationalError):
                turns.handle_pending()
            Conversation.objects.update(leased_until=None)
    turns.handle_pending()
    assert replies(Message.objects.get(direction="in")) == [ANSWER]


def test_f28_what_waits_is_handled_in_the_platforms_order() -> None:
    row = make.make_conversation()
    late = make.make_message(
        row, text="two", platform_time="2026-11-21T12:00:05Z", bot_state="pending"
    )
    early = make.make_message(
        row, text="one", platform_time="2026-11-21T12:00:01Z", bot_state="pending"
    )
    turns.handle_pending()
    assert list(Decision.objects.order_by("created_at").values_list("message", flat=True)) == [
        early.pk,
        late.pk,
    ]


def test_f35_a_machine_that_answers_us_is_noticed_and_handed_to_a_human() -> None:
    channel = make.make_channel(max_automatic_replies=4)
    row = None
    for _ in range(6):
        row = say(channel, QUESTION).conversation
    assert row is not None
    row.refresh_from_db()
    sent = Message.objects.filter(direction="out", text=ANSWER).count()
    assert sent == 4
    assert row.owner == Owner.QUEUE
    assert Escalation.objects.filter(reason="looping").count() == 1


def test_a_rule_may_tag_and_close() -> None:
    bot.services.create_rule(
        name="bye", trigger="keyword", pattern="tchau", action="close", reply="Até logo!"
    )
    bot.services.create_rule(
        name="vip", trigger="keyword", pattern="tchau", action="tag", tags=["farewell"], priority=1
    )
    message = say(make.make_channel(), "tchau")
    row = message.conversation
    assert replies(message) == ["Até logo!"]
    assert row.status == Status.CLOSED
    assert row.tags == ["farewell"]


def test_a_sticky_agent_gets_the_next_escalation_if_there_is_room() -> None:
    channel = make.make_channel()
    agent = make.make_agent(capacity=1)
    row = say(channel, "/human").conversation
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    assert replies(say(channel, QUESTION)) == [ANSWER], "the bot has it first"
    row = say(channel, "/human").conversation
    assert (row.owner, row.agent) == (Owner.AGENT, agent)
    other = say(channel, "/human", who="bia").conversation
    assert other.owner == Owner.QUEUE


def test_an_agent_who_gave_no_sign_of_life_for_90_seconds_is_not_waited_for() -> None:
    channel = make.make_channel()
    agent = make.make_agent(seen_at=timezone.now() - timedelta(seconds=91))
    row = say(channel, "/human").conversation
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    assert say(channel, "/human").conversation.owner == Owner.QUEUE


def test_a_suggestion_offers_buttons_and_a_number_answers_them() -> None:
    bot.services.update_settings(accept=0.999, suggest=0.01)
    channel = make.make_channel()
    offered = say(channel, "opening hours sunday maybe")
    assert offered.decision.action == "suggest"
    buttons = offered.replies.get().buttons
    assert [b["payload"] for b in buttons][-1] == "none"
    chosen = say(channel, "1")
    assert replies(chosen) == [ANSWER]
    assert chosen.decision.step == "payload"


def test_an_edit_is_live_in_the_next_message() -> None:
    channel = make.make_channel()
    assert replies(say(channel, QUESTION)) == [ANSWER]
    faq = bot.services.faqs.FAQ.objects.get()
    bot.services.update_faq(faq=faq.pk, answer="We never close.")
    assert replies(say(channel, QUESTION)) == ["We never close."]
