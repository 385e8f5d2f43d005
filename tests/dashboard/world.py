"""One row of everything the admin shows, with a hostile text wherever a stranger can write one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone

from bot import services
from bot.models import FAQ, Rule
from messaging.models import (
    Agent,
    Attempt,
    Channel,
    Conversation,
    ConversationEvent,
    DailyCounter,
    Decision,
    Delivery,
    Escalation,
    Message,
)
from tests.factories import (
    make_attachment,
    make_channel,
    make_contact,
    make_conversation,
    make_message,
    make_question,
    make_team,
)

EVIL = "\"><svg/onload=alert(1)>'{{7*7}}"
RAW = "<svg/onload"  # what must never stand in a page
SECRET = "123456:AAH-never-show-this-bot-token-wxyz"
HOOK = "generated-webhook-secret-0123456789"


@dataclass
class World:
    boss: Agent
    channel: Channel
    conversation: Conversation
    inbound: Message
    reply: Message
    faq: FAQ
    rows: dict[str, Any]  # by model label: one row


def build(boss: Agent) -> World:
    """Everything once. The channel has real-looking secrets."""
    channel = _channel()
    team = make_team("Orders")
    boss.teams.add(team)
    faq, rule = _knowledge()
    contact = make_contact(
        channel=channel,
        external_id=EVIL,
        name=EVIL,
        phone=EVIL[:30],
        tags=[EVIL],
        attributes={EVIL: EVIL},
    )
    conversation = make_conversation(contact=contact, channel=channel, owner="queue", tags=[EVIL])
    Escalation.objects.create(conversation=conversation, reason=EVIL, summary=EVIL, team=team)
    ConversationEvent.objects.create(conversation=conversation, kind="note", note=EVIL)
    ConversationEvent.objects.create(conversation=conversation, kind="escalated", cause=EVIL)
    inbound = make_message(conversation, text=EVIL, metadata={"payload": EVIL})
    make_attachment(inbound, name=EVIL, data={EVIL: EVIL})
    decision = _decision(inbound, faq)
    reply = _reply(conversation, inbound)
    attempt = Attempt.objects.create(
        message=reply, number=1, call="sendMessage", outcome="permanent", detail=EVIL
    )
    missed = make_message(conversation, text=f"never heard of it {EVIL}")
    Decision.objects.create(message=missed, action="escalate", step="miss", reason="miss")
    question = make_question(missed)
    delivery = Delivery.objects.create(
        channel=channel, platform_key="7", body=EVIL.encode() + b"\xff", state="error", reason=EVIL
    )
    entry, locked = _logs(boss)
    DailyCounter.objects.create(
        day=timezone.localdate() - timedelta(days=1),
        name="faq_answered",
        subject=str(faq.pk),
        value=3,
    )
    rows = {
        "admin.logentry": entry,
        "auth.user": boss.user,
        "axes.accessattempt": locked,
        "bot.botsettings": services.get_settings(),
        "bot.faq": faq,
        "bot.rule": rule,
        "bot.snapshot": services.publish(note=EVIL),
        "messaging.agent": boss,
        "messaging.attempt": attempt,
        "messaging.channel": channel,
        "messaging.contact": contact,
        "messaging.conversation": conversation,
        "messaging.decision": decision,
        "messaging.delivery": delivery,
        "messaging.message": inbound,
        "messaging.team": team,
        "messaging.unansweredquestion": question,
    }
    return World(boss, channel, conversation, inbound, reply, faq, rows)


def _channel() -> Channel:
    return make_channel(
        "telegram",
        name="Shop bot",
        config={"token": SECRET, "mode": "polling", "webhook_secret": HOOK},
        facts={"username": EVIL},
        health="refused",
        health_detail="Unauthorized",
    )


def _reply(conversation: Conversation, inbound: Message) -> Message:
    return make_message(
        conversation,
        direction="out",
        text=EVIL,
        answers=inbound,
        answer_index=0,
        status="failed",
        error_code="permanent",
        error_detail=EVIL,
        buttons=[{"title": EVIL, "payload": "x"}],
        reply_to=inbound,
    )


def _knowledge() -> tuple[FAQ, Rule]:
    faq = services.create_faq(
        question=f"Where is it? {EVIL}",
        answer=f"Here. {EVIL}",
        alternatives=[f"where {EVIL}", "whereabouts"],
        keywords=[EVIL],
        category=EVIL[:90],
        language="en",
    )
    rule = services.create_rule(
        name=f"Rule {EVIL}",
        trigger="keyword",
        pattern="refund",
        action="reply",
        reply=EVIL,
        buttons=[{"title": EVIL[:60], "payload": "none"}],
        tags=[EVIL],
    )
    return faq, rule


def _logs(boss: Agent) -> tuple[LogEntry, AccessAttempt]:
    entry = LogEntry.objects.create(
        user=boss.user, action_flag=CHANGE, object_id="1", object_repr=EVIL, change_message=EVIL
    )
    locked = AccessAttempt.objects.create(
        username=EVIL, ip_address="192.0.2.7", user_agent=EVIL, failures_since_start=3
    )
    return entry, locked


def _decision(message: Message, faq: FAQ) -> Decision:
    return Decision.objects.create(
        message=message,
        action="reply",
        step="faq",
        faq_id=faq.pk,
        faq_version=1,
        score=0.91,
        runner_up=0.33,
        ms=2.5,
        snapshot=4,
        reason="",
        candidates=[
            {"faq": str(faq.pk), "score": 0.91, "phrasing": f"where {EVIL}"},
            {"faq": "not-an-id", "score": 0.33, "phrasing": EVIL},
        ],
    )
