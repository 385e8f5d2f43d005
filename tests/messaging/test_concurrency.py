"""Many at once: the database decides, nobody is doubled and nobody is overtaken."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

import bot.services
from channels.types import WebhookRequest
from messaging import webhooks
from messaging.models import Contact, Conversation, Decision, Delivery, Message, Owner
from messaging.services import conversations, inbound, queue, turns
from messaging.services.contention import atomically
from messaging.services.errors import Conflict
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def together(*work: Callable[[], Any]) -> list[Any]:
    """Run all of it at the same moment, each with a connection of its own; results or exceptions."""
    start = threading.Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return one()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def post(channel: Any, body: dict[str, Any]) -> int:
    request = WebhookRequest(
        "POST", {"content-type": "application/json"}, {}, json.dumps(body).encode()
    )
    return webhooks.accept("mock", str(channel.pk), request).status


def work_it_off() -> None:
    for _ in range(50):
        inbound.ingest_pending()
        turns.handle_pending()
        if not Message.objects.filter(bot_state="pending").exists():
            return


def test_f20_ten_deliveries_of_one_event_at_once_are_one_message_and_one_reply() -> None:
    bot.services.create_faq(question="Do you open on Sunday?", answer="No.", language="en")
    channel = make.make_channel()
    body = {"id": "1", "from": "ana", "text": "Do you open on Sunday?"}
    assert together(*[lambda: post(channel, body)] * 10) == [200] * 10
    together(*[work_it_off] * 4)
    assert Delivery.objects.count() == 1
    assert Message.objects.filter(direction="in").count() == 1
    assert Message.objects.filter(direction="out").count() == 1


def test_f25_different_messages_of_one_person_at_once_make_one_contact_and_conversation() -> None:
    channel = make.make_channel()
    together(
        *[lambda n=n: post(channel, {"id": str(n), "from": "ana", "text": "oi"}) for n in range(8)]
    )
    together(*[work_it_off] * 4)
    assert (Contact.objects.count(), Conversation.objects.count()) == (1, 1)
    assert Message.objects.filter(direction="in").count() == 8


def test_several_workers_keep_the_order_of_each_conversation_and_decide_once() -> None:
    channel = make.make_channel()
    people, each = 6, 8
    for n in range(each):
        for person in range(people):
            post(channel, {"id": f"{person}-{n}", "from": f"p{person}", "text": f"{n}"})
    failures = [r for r in together(*[work_it_off] * 4) if r is not None]
    assert failures == []
    assert Decision.objects.count() == people * each
    for row in Conversation.objects.all():
        inbound_texts = row.messages.filter(direction="in").order_by("position")
        assert [m.text for m in inbound_texts] == [str(n) for n in range(each)]
        decided = row.messages.filter(direction="in").order_by("decision__created_at")
        assert [m.text for m in decided] == [str(n) for n in range(each)]


def test_f107_of_many_who_claim_at_once_exactly_one_gets_it() -> None:
    row = make.make_conversation(owner="queue")
    agents = [make.make_agent() for _ in range(5)]
    results = together(
        *[lambda a=a: conversations.claim(conversation=row.pk, agent=a) for a in agents]
    )
    winners = [r for r in results if isinstance(r, Conversation)]
    losers = [r for r in results if isinstance(r, Conflict)]
    assert (len(winners), len(losers)) == (1, 4)
    row.refresh_from_db()
    assert row.agent == winners[0].agent


def test_queue_next_at_once_gives_everybody_another_one_and_never_more_than_capacity() -> None:
    for _ in range(6):
        make.make_conversation(owner="queue")
    agent = make.make_agent(capacity=2)
    others = [make.make_agent(capacity=1) for _ in range(2)]
    together(
        *[lambda: queue.claim_next(agent=agent)] * 4,
        *[lambda a=a: queue.claim_next(agent=a) for a in others],
    )
    assert Conversation.objects.filter(agent=agent).count() == 2
    assert Conversation.objects.filter(owner=Owner.AGENT).count() == 4


def test_f53_an_agent_and_the_bot_at_the_same_moment_one_wins() -> None:
    bot.services.create_faq(question="Do you open on Sunday?", answer="No.", language="en")
    agent = make.make_agent()
    channel = make.make_channel()
    for n in range(6):
        who = f"p{n}"
        post(channel, {"id": who, "from": who, "text": "Do you open on Sunday?"})
        inbound.ingest_pending()
        row = Conversation.objects.get(contact__addresses__external_id=who)
        together(
            turns.handle_pending,
            lambda pk=row.pk: atomically(lambda: conversations.claim(conversation=pk, agent=agent)),
        )
        work_it_off()
        row.refresh_from_db()
        assert row.agent == agent
        reply = row.messages.filter(direction="out").first()
        decision = row.messages.get(direction="in").decision
        if decision.step == "human":
            assert reply is None
        else:
            assert reply is not None
            assert reply.status == "cancelled"
