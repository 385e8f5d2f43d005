"""messages/: filters, detail with attempts and decision, sending again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from messaging.models import Attempt, Decision, Message
from tests.factories import (
    make_agent,
    make_channel,
    make_conversation,
    make_faq,
    make_message,
    make_team,
)

MESSAGES = "/api/v1/messages/"
FIELDS = {
    "id",
    "conversation",
    "contact",
    "channel",
    "agent",
    "campaign",
    "direction",
    "sender",
    "text",
    "attachments",
    "reply_to",
    "external_id",
    "status",
    "error",
    "created_at",
    "sent_at",
}


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_the_newest_comes_first_and_references_are_ids(agent):
    first = make_message()
    second = make_message(direction="out")
    answer = agent.get(MESSAGES)
    assert ids(answer) == [str(second.pk), str(first.pk)]
    row = answer.json()["results"][1]
    assert set(row) == FIELDS
    assert row["contact"] == str(first.contact_id)
    assert row["conversation"] == str(first.conversation_id)
    assert row["status"] == "received"
    assert row["external_id"] == first.external_id


def test_each_filter_narrows_the_list(agent, bob):
    inbound = make_message(text="Where is my Order?")
    outbound = make_message(
        make_conversation(agent=bob),
        direction="out",
        sender="agent",
        agent=bob,
        status="failed",
        text="On its way",
    )
    i, o = [str(inbound.pk)], [str(outbound.pk)]
    for query, expected in [
        ({"contact": inbound.contact_id}, i),
        ({"conversation": outbound.conversation_id}, o),
        ({"channel": inbound.channel_id}, i),
        ({"agent": bob.pk}, o),
        ({"direction": "in"}, i),
        ({"status": "failed"}, o),
        ({"sender": "agent"}, o),
        ({"sender": "campaign"}, []),
        ({"campaign": bob.pk}, []),
        ({"search": "order"}, i),
        ({"search": "way", "direction": "in"}, []),
        ({"contact": bob.pk}, []),
    ]:
        assert ids(agent.get(MESSAGES, query)) == expected, query


def test_times_are_filtered_in_utc_unless_they_say_otherwise(agent):
    message = make_message()
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Message.objects.filter(pk=message.pk).update(created_at=noon)
    found = [str(message.pk)]
    assert ids(agent.get(MESSAGES, {"created_after": "2026-03-01T12:00:00Z"})) == found
    assert ids(agent.get(MESSAGES, {"created_after": "2026-03-01T12:00:00"})) == found
    assert ids(agent.get(MESSAGES, {"created_after": "2026-03-01T09:00:00-03:00"})) == found
    assert ids(agent.get(MESSAGES, {"created_after": "2026-03-01T12:00:01Z"})) == []
    assert ids(agent.get(MESSAGES, {"created_before": "2026-03-01T12:00:00Z"})) == []
    assert ids(agent.get(MESSAGES, {"created_before": "2026-03-01T12:00:01Z"})) == found
    assert agent.get(f"{MESSAGES}{message.pk}/").json()["created_at"] == "2026-03-01T12:00:00Z"


def test_a_bots_reply_shows_its_attempts_and_the_decision_that_made_it(agent):
    asked = make_message()
    faq = make_faq()
    Decision.objects.create(
        message=asked, action="reply", step="faq", faq_id=faq.pk, score=0.9, runner_up=0.2, ms=1.5
    )
    reply = make_message(
        asked.conversation, direction="out", answers=asked, answer_index=0, status="failed",
        error_code="permanent", error_detail="blocked",
    )  # fmt: skip
    Attempt.objects.create(message=reply, number=1, call="send", outcome="permanent", ms=12)
    body = agent.get(f"{MESSAGES}{reply.pk}/").json()
    assert set(body) == FIELDS | {"attempts", "decision"}
    assert body["error"] == {"code": "permanent", "detail": "blocked"}
    assert [(a["number"], a["call"], a["outcome"]) for a in body["attempts"]] == [
        (1, "send", "permanent")
    ]
    decision = body["decision"]
    assert (decision["step"], decision["faq"], decision["rule"]) == ("faq", str(faq.pk), None)
    assert (decision["score"], decision["runner_up"], decision["ms"]) == (0.9, 0.2, 1.5)
    assert agent.get(f"{MESSAGES}{asked.pk}/").json()["decision"] == decision


def test_an_agents_message_has_no_decision(agent, bob):
    sent = make_message(make_conversation(agent=bob), direction="out", sender="agent", agent=bob)
    assert agent.get(f"{MESSAGES}{sent.pk}/").json()["decision"] is None


@pytest.mark.parametrize("status", ["failed", "uncertain", "expired"])
def test_what_did_not_arrive_can_be_sent_again(agent, bob, status):
    message = make_message(make_conversation(agent=bob), direction="out", status=status)
    answer = agent.post(f"{MESSAGES}{message.pk}/retry/")
    assert answer.status_code == 200
    assert answer.json()["status"] == "queued"


def test_what_arrived_or_came_in_cannot_be_sent_again(agent, bob):
    conversation = make_conversation(agent=bob)
    for message in (make_message(conversation, direction="out"), make_message(conversation)):
        answer = agent.post(f"{MESSAGES}{message.pk}/retry/")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


def test_retrying_in_a_colleagues_conversation_is_409(agent):
    message = make_message(make_conversation(agent=make_agent()), direction="out", status="failed")
    answer = agent.post(f"{MESSAGES}{message.pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, "owned")


def test_f101_messages_of_another_team_do_not_exist_for_an_agent(agent, supervisor):
    foreign = make_message(make_conversation(owner="queue", team=make_team()))
    assert ids(agent.get(MESSAGES)) == []
    for query in (
        {"contact": foreign.contact_id},
        {"conversation": foreign.conversation_id},
        {"channel": foreign.channel_id},
        {"search": "order"},
    ):
        assert ids(agent.get(MESSAGES, query)) == []
    missing = agent.get(f"{MESSAGES}00000000-0000-0000-0000-000000000000/").json()
    hidden = agent.get(f"{MESSAGES}{foreign.pk}/").json()
    assert missing.pop("request_id") != hidden.pop("request_id")
    assert missing == hidden
    assert agent.post(f"{MESSAGES}{foreign.pk}/retry/").status_code == 404
    assert ids(supervisor.get(MESSAGES)) == [str(foreign.pk)]


def test_the_list_needs_the_same_queries_for_any_number_of_rows(
    agent, django_assert_max_num_queries
):
    conversation = make_conversation(channel=make_channel())
    for _ in range(12):
        make_message(conversation)
    with django_assert_max_num_queries(4):
        assert len(ids(agent.get(MESSAGES))) == 12
    with django_assert_max_num_queries(5):
        agent.get(f"{MESSAGES}{conversation.messages.first().pk}/")


def test_a_message_of_the_past_keeps_its_time(agent):
    message = make_message()
    old = timezone.now() - timedelta(days=20)
    Message.objects.filter(pk=message.pk).update(created_at=old)
    assert ids(agent.get(MESSAGES, {"created_before": timezone.now().isoformat()})) == [
        str(message.pk)
    ]
