"""The queue page: the order, the own status, taking the next one."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import Agent, Escalation
from tests.factories import make_contact, make_conversation

QUEUE = reverse("admin:queue")


def waiting(name: str, minutes: int, priority: int = 0) -> None:
    row = make_conversation(
        contact=None,
        owner="queue",
        priority=priority,
        waiting_since=timezone.now() - timedelta(minutes=minutes),
    )
    row.contact.name = name
    row.contact.save()
    Escalation.objects.create(conversation=row, reason=f"because of {name}")


def test_who_waits_is_listed_in_the_order_they_are_served(admin: Client) -> None:
    waiting("Second", 30)
    waiting("Third", 5)
    waiting("First", 1, priority=5)
    lines = admin.get(QUEUE).context["lines"]
    assert [(li["position"], li["row"].contact.name) for li in lines] == [
        (1, "First"),
        (2, "Second"),
        (3, "Third"),
    ]
    assert [li["wait"] for li in lines] == ["1 min", "30 min", "5 min"]
    assert lines[1]["reason"] == "because of Second"
    assert [li["long"] for li in lines] == [False, True, False]


def test_taking_the_next_one_opens_it(admin: Client, boss: Agent) -> None:
    waiting("Only", 5)
    answer = admin.post(QUEUE)
    row = boss.conversations.get()
    assert answer.headers["Location"] == reverse(
        "admin:messaging_conversation_change", args=[row.pk]
    )
    assert "queue" in admin.post(QUEUE).headers["Location"]


def test_an_unavailable_agent_is_told_why_nothing_happens(admin: Client, boss: Agent) -> None:
    waiting("Only", 5)
    admin.post(reverse("admin:presence"), {"status": "unavailable"})
    boss.refresh_from_db()
    assert boss.presence == "unavailable"
    answer = admin.post(QUEUE, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert not boss.conversations.exists()
    admin.post(reverse("admin:presence"), {"status": "asleep"})
    boss.refresh_from_db()
    assert boss.presence == "unavailable"


def test_the_sidebar_says_how_many_wait(admin: Client) -> None:
    for number in range(3):
        waiting(f"Person {number}", number)
    make_conversation(contact=make_contact())
    content = admin.get(reverse("admin:messaging_contact_changelist")).content.decode()
    badge = content.split(reverse("admin:queue"))[1][:1600]
    assert "3" in badge.split("</a>")[0]
