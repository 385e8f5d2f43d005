"""Who has a conversation: the table of SEMANTICS A1."""

import contextlib
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from messaging.models import (
    Conversation,
    ConversationEvent,
    Escalation,
    Message,
    MessageStatus,
    Owner,
    Status,
)
from messaging.services import conversations, outbound, queue
from messaging.services.errors import Conflict, Invalid, NotVisible, ServiceError
from tests import factories as make

pytestmark = pytest.mark.django_db


def fresh(row: Conversation) -> Conversation:
    return Conversation.objects.get(pk=row.pk)


def test_claiming_takes_it_from_the_queue_and_leaves_one_event() -> None:
    agent = make.make_agent()
    row = make.make_conversation(owner="queue")
    escalation = Escalation.objects.create(conversation=row, reason="asked")

    conversations.claim(conversation=row.pk, agent=agent)

    row = fresh(row)
    assert (row.owner, row.agent, row.status) == (Owner.AGENT, agent, Status.OPEN)
    event = ConversationEvent.objects.get(conversation=row)
    assert event.kind == "claimed"
    assert event.actor == agent.user
    assert event.before["owner"] == "queue"
    assert event.after == {
        "owner": "agent",
        "status": "open",
        "agent": str(agent.pk),
        "team": None,
    }
    escalation.refresh_from_db()
    assert escalation.claimed_at is not None


def test_claiming_what_is_mine_changes_nothing() -> None:
    agent = make.make_agent()
    row = make.make_conversation(agent=agent)
    assert conversations.claim(conversation=row.pk, agent=agent).agent == agent
    assert not ConversationEvent.objects.exists()


def test_f107_a_colleagues_conversation_is_refused_with_its_owner() -> None:
    first, second = make.make_agent(), make.make_agent()
    row = make.make_conversation(owner="queue")
    conversations.claim(conversation=row.pk, agent=first)
    with pytest.raises(Conflict) as refused:
        conversations.claim(conversation=row.pk, agent=second)
    assert refused.value.code == "owned"
    assert refused.value.owner == "agent"
    assert refused.value.agent == first.pk
    assert fresh(row).agent == first


def test_a_supervisor_may_take_a_colleagues_conversation() -> None:
    row = make.make_conversation(agent=make.make_agent())
    supervisor = make.make_agent(role="supervisor")
    assert conversations.claim(conversation=row.pk, agent=supervisor).agent == supervisor


def test_f101_another_teams_conversation_does_not_exist_for_me() -> None:
    team = make.make_team()
    row = make.make_conversation(owner="queue", team=team)
    with pytest.raises(NotVisible):
        conversations.claim(conversation=row.pk, agent=make.make_agent())
    with pytest.raises(NotVisible):
        conversations.claim(conversation=row.pk, agent=make.make_agent(role="worker", teams=[team]))


def test_releasing_starts_a_new_bot_session_that_remembers_no_misses() -> None:
    agent = make.make_agent()
    row = make.make_conversation(agent=agent, misses=3, offered=[{"title": "a", "payload": "b"}])
    conversations.release(conversation=row.pk, by=agent)
    row = fresh(row)
    assert (row.owner, row.agent, row.misses, row.offered) == (Owner.BOT, None, 0, [])
    assert row.session == 2


def test_escalating_opens_exactly_one_escalation() -> None:
    agent = make.make_agent()
    team = make.make_team()
    row = make.make_conversation(agent=agent)
    conversations.escalate(conversation=row.pk, by=agent, reason="needs finance", team=team.pk)
    row = fresh(row)
    assert (row.owner, row.agent, row.team) == (Owner.QUEUE, None, team)
    supervisor = make.make_agent(role="supervisor")
    conversations.escalate(conversation=row.pk, by=supervisor, reason="again")
    open_now = Escalation.objects.filter(conversation=row, closed_at=None)
    assert [e.reason for e in open_now] == ["again"]
    assert open_now[0].team == team


def test_transfer_names_an_agent_or_a_team_and_not_both() -> None:
    agent, other = make.make_agent(), make.make_agent()
    team = make.make_team()
    row = make.make_conversation(agent=agent)
    with pytest.raises(Invalid):
        conversations.transfer(conversation=row.pk, by=agent)
    with pytest.raises(Invalid):
        conversations.transfer(conversation=row.pk, by=agent, agent=other.pk, team=team.pk)
    moved = conversations.transfer(conversation=row.pk, by=agent, agent=other.pk, note="VIP")
    assert moved.agent == other
    assert ConversationEvent.objects.get(kind="transferred").note == "VIP"
    moved = conversations.transfer(conversation=row.pk, by=other, team=team.pk)
    assert (moved.owner, moved.team) == (Owner.QUEUE, team)


def test_transfer_to_somebody_switched_off_is_refused() -> None:
    agent, gone = make.make_agent(), make.make_agent()
    gone.user.is_active = False
    gone.user.save()
    row = make.make_conversation(agent=agent)
    with pytest.raises(Invalid):
        conversations.transfer(conversation=row.pk, by=agent, agent=gone.pk)


def test_closing_remembers_the_agent_and_closes_the_escalation() -> None:
    agent = make.make_agent()
    row = make.make_conversation(owner="queue")
    Escalation.objects.create(conversation=row, reason="asked")
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    row = fresh(row)
    assert (row.status, row.agent, row.last_agent) == (Status.CLOSED, None, agent)
    assert not Escalation.objects.filter(closed_at=None).exists()


def test_a_closed_conversation_refuses_verbs_but_can_be_reopened() -> None:
    agent = make.make_agent()
    row = make.make_conversation(agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    with pytest.raises(Conflict) as refused:
        conversations.claim(conversation=row.pk, agent=agent)
    assert refused.value.code == "closed"
    reopened = conversations.reopen(conversation=row.pk, by=agent)
    assert (reopened.status, reopened.owner, reopened.agent) == (Status.OPEN, Owner.AGENT, agent)


def test_reopening_is_refused_when_the_contact_has_another_open_conversation() -> None:
    agent = make.make_agent()
    old = make.make_conversation(agent=agent)
    conversations.close(conversation=old.pk, by=agent)
    make.make_conversation(contact=old.contact, channel=old.channel)
    with pytest.raises(Conflict) as refused:
        conversations.reopen(conversation=old.pk, by=agent)
    assert refused.value.code == "another_open"


def test_snoozed_until_a_time_wakes_at_that_time_with_the_same_owner() -> None:
    agent = make.make_agent()
    row = make.make_conversation(agent=agent)
    with pytest.raises(Invalid):
        conversations.snooze(
            conversation=row.pk, by=agent, until=timezone.now() - timedelta(minutes=1)
        )
    conversations.snooze(conversation=row.pk, by=agent, until=timezone.now() + timedelta(hours=1))
    assert conversations.wake_snoozed() == 0
    Conversation.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert conversations.wake_snoozed() == 1
    assert (fresh(row).status, fresh(row).agent) == (Status.OPEN, agent)


def test_a_note_may_be_written_by_anybody_who_sees_the_conversation() -> None:
    row = make.make_conversation(agent=make.make_agent())
    conversations.add_note(conversation=row.pk, by=make.make_agent(), text=" call back ")
    assert ConversationEvent.objects.get(kind="note").note == "call back"
    with pytest.raises(Invalid):
        conversations.add_note(conversation=row.pk, by=make.make_agent(), text="  ")


def test_f53_taking_over_cancels_what_the_bot_has_not_sent() -> None:
    agent = make.make_agent()
    row = make.make_conversation(owner="bot")
    waiting = make.make_message(row, direction="out", status=MessageStatus.QUEUED)
    gone = make.make_message(row, direction="out", status=MessageStatus.SENT)
    epoch = fresh(row).epoch
    conversations.claim(conversation=row.pk, agent=agent)
    waiting.refresh_from_db()
    gone.refresh_from_db()
    assert waiting.status == MessageStatus.CANCELLED
    assert gone.status == MessageStatus.SENT
    assert fresh(row).epoch == epoch + 1


# --- the queue


def test_the_queue_serves_priority_first_then_who_waits_longest() -> None:
    agent = make.make_agent()
    now = timezone.now()
    late = make.make_conversation(owner="queue", waiting_since=now)
    early = make.make_conversation(owner="queue", waiting_since=now - timedelta(hours=1))
    urgent = make.make_conversation(owner="queue", priority=5, waiting_since=now)
    assert list(queue.waiting(agent=agent)) == [urgent, early, late]
    assert queue.claim_next(agent=agent) == urgent


def test_queue_next_refuses_the_unavailable_and_the_full() -> None:
    make.make_conversation(owner="queue")
    busy = make.make_agent(presence="busy")
    with pytest.raises(Conflict) as refused:
        queue.claim_next(agent=busy)
    assert refused.value.code == "unavailable"
    full = make.make_agent(capacity=1)
    make.make_conversation(agent=full)
    with pytest.raises(Conflict) as refused:
        queue.claim_next(agent=full)
    assert refused.value.code == "at_capacity"


def test_queue_next_gives_only_what_my_teams_may_take() -> None:
    team, other = make.make_team(), make.make_team()
    make.make_conversation(owner="queue", team=other, priority=9)
    mine = make.make_conversation(owner="queue", team=team)
    agent = make.make_agent(teams=[team])
    assert queue.claim_next(agent=agent) == mine
    assert queue.claim_next(agent=agent) is None


# --- a human speaks


def test_an_agents_message_is_queued_and_makes_the_conversation_theirs() -> None:
    agent = make.make_agent()
    row = make.make_conversation(owner="queue", waiting_since=timezone.now())
    message = outbound.send_message(by=agent, contact=row.contact_id, text=" Olá! ")
    row = fresh(row)
    assert (message.text, message.status, message.sender) == ("Olá!", "queued", "agent")
    assert (row.owner, row.agent, row.waiting_since) == (Owner.AGENT, agent, None)
    assert row.first_response_at is not None


def test_an_agents_message_reopens_a_closed_conversation() -> None:
    agent = make.make_agent()
    row = make.make_conversation(agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    message = outbound.send_message(by=agent, contact=row.contact_id, text="One more thing")
    assert message.conversation_id == row.pk
    assert (fresh(row).status, fresh(row).agent) == (Status.OPEN, agent)


def test_a_message_into_a_colleagues_conversation_is_refused() -> None:
    row = make.make_conversation(agent=make.make_agent())
    with pytest.raises(Conflict) as refused:
        outbound.send_message(by=make.make_agent(), contact=row.contact_id, text="me too")
    assert refused.value.code == "owned"
    assert not Message.objects.exists()


def test_a_message_to_somebody_without_an_address_is_refused_clearly() -> None:
    agent = make.make_agent()
    with pytest.raises(Invalid) as refused:
        outbound.send_message(by=agent, contact=make.make_contact().pk, text="hello")
    assert "channel" in refused.value.fields


def test_the_first_message_to_a_contact_with_an_address_starts_a_conversation() -> None:
    agent = make.make_agent()
    contact = make.make_contact(channel=make.make_channel(), external_id="+15550100001")
    message = outbound.send_message(by=agent, contact=contact.pk, text="hello")
    assert message.conversation.destination == "+15550100001"
    assert message.conversation.agent == agent


def test_an_upload_can_be_used_once_and_only_by_who_uploaded_it() -> None:
    agent, other = make.make_agent(), make.make_agent()
    row = make.make_conversation(owner="queue")
    upload = make.make_attachment(uploaded_by=agent)
    with pytest.raises(Invalid):
        outbound.send_message(by=other, contact=row.contact_id, text="", attachments=[upload.pk])
    message = outbound.send_message(
        by=agent, contact=row.contact_id, text="", attachments=[upload.pk]
    )
    assert list(message.attachments.all()) == [upload]
    with pytest.raises(Invalid):
        outbound.send_message(by=agent, contact=row.contact_id, text="x", attachments=[upload.pk])


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001])
def test_an_empty_or_endless_text_is_refused(text: str) -> None:
    row = make.make_conversation()
    with pytest.raises(Invalid) as refused:
        outbound.send_message(by=make.make_agent(), contact=row.contact_id, text=text)
    assert "text" in refused.value.fields


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("failed", True),
        ("uncertain", True),
        ("expired", True),
        ("queued", False),
        ("sending", False),
        ("sent", False),
        ("delivered", False),
        ("cancelled", False),
    ],
)
def test_only_what_ended_badly_can_be_sent_again(status: str, allowed: bool) -> None:
    agent = make.make_agent()
    row = make.make_conversation(agent=agent)
    message = make.make_message(row, direction="out", status=status, tries=8)
    if not allowed:
        with pytest.raises(Conflict):
            outbound.retry(message=message.pk, by=agent)
        return
    again = outbound.retry(message=message.pk, by=agent)
    assert (again.status, again.tries) == ("queued", 0)


# --- any sequence of verbs


class AnySequenceOfVerbs(TestCase):
    """Whatever people do in whatever order, the conversation stays consistent."""

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["claim", "release", "escalate", "snooze", "close", "reopen", "say", "transfer"]
                ),
                st.integers(0, 2),
            ),
            max_size=12,
        )
    )
    def test_invariants_hold(self, verbs: list[tuple[str, int]]) -> None:
        people = [make.make_agent(), make.make_agent(), make.make_agent(role="supervisor")]
        row = make.make_conversation(owner="bot")
        for verb, who in verbs:
            by = people[who]
            with contextlib.suppress(ServiceError):
                self.perform(verb, row, by, people[(who + 1) % 3])
            self.check_consistency(row)

    def perform(self, verb: str, row: Conversation, by: object, other: object) -> None:
        pk = row.pk
        match verb:
            case "claim":
                conversations.claim(conversation=pk, agent=by)
            case "say":
                outbound.send_message(by=by, conversation=pk, text="hello")
            case "transfer":
                conversations.transfer(conversation=pk, by=by, agent=other.pk)
            case "escalate":
                conversations.escalate(conversation=pk, by=by, reason="because")
            case _:
                getattr(conversations, verb)(conversation=pk, by=by)

    def check_consistency(self, row: Conversation) -> None:
        now = fresh(row)
        open_escalations = Escalation.objects.filter(conversation=row, closed_at=None).count()
        events = ConversationEvent.objects.filter(conversation=row).order_by("id")
        assert open_escalations <= 1
        assert (now.agent_id is not None) == (now.owner == Owner.AGENT)
        assert now.status != Status.CLOSED or (now.owner == Owner.BOT and not open_escalations)
        assert now.owner != Owner.QUEUE or (open_escalations == 1 and now.waiting_since)
        if last := events.last():
            assert (last.after["owner"], last.after["status"]) == (now.owner, now.status)
