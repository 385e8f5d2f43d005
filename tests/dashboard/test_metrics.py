"""The numbers of the first page are right, few queries cost them, and they outlive the messages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard import metrics
from dashboard.home import duration
from messaging.models import Conversation, DailyCounter, Message, UnansweredQuestion
from tests.factories import (
    make_channel,
    make_conversation,
    make_faq,
    make_message,
    make_question,
)


def count(name: str, days_ago: int, value: int, subject: str = "") -> None:
    day = timezone.localdate() - timedelta(days=days_ago)
    DailyCounter.objects.create(day=day, name=name, value=value, subject=subject)


def test_days_are_summed_over_channels_and_none_is_missing(db: None) -> None:
    count("messages_in", 0, 5, "channel-a")
    count("messages_in", 0, 7, "channel-b")
    count("messages_out", 1, 4, "channel-a")
    count("answered_by_bot", 0, 9)
    count("escalated", 13, 2)
    count("messages_in", 14, 100)
    days = metrics.daily(14)
    assert len(days) == 14
    assert (days[-1].received, days[-1].by_bot, days[-2].sent, days[0].escalated) == (12, 9, 4, 2)
    assert sum(day.received for day in days) == 12
    assert metrics.bot_share(days) == 75
    assert metrics.bot_share(metrics.daily(1)[:0]) is None


def test_the_queue_is_counted_with_its_longest_wait(db: None) -> None:
    assert metrics.waiting() == metrics.Waiting(0, None)
    now = timezone.now()
    make_conversation(owner="queue", waiting_since=now - timedelta(minutes=5))
    make_conversation(owner="queue", waiting_since=now - timedelta(hours=2))
    make_conversation(owner="queue", status="snoozed", waiting_since=now - timedelta(hours=9))
    make_conversation()
    found = metrics.waiting()
    assert found.count == 2
    assert found.longest is not None
    assert timedelta(hours=2) <= found.longest < timedelta(hours=2, minutes=1)


def test_the_faqs_answered_most_come_first_with_their_questions(db: None) -> None:
    often, seldom = make_faq("Often?"), make_faq("Seldom?")
    gone = "0198c0de-0000-7000-8000-000000000001"
    count("faq_answered", 0, 3, str(seldom.pk))
    count("faq_answered", 0, 5, str(often.pk))
    count("faq_answered", 3, 5, str(often.pk))
    count("faq_answered", 2, 4, gone)
    count("faq_answered", 99, 50, str(seldom.pk))
    assert [(f.question, f.times) for f in metrics.top_faqs(14)] == [
        ("Often?", 10),
        ("", 4),
        ("Seldom?", 3),
    ]
    assert metrics.faq_answers([often.pk, seldom.pk]) == {often.pk: 10, seldom.pk: 3}


def missed(*texts: str, days_ago: float = 0, **fields: Any) -> UnansweredQuestion:
    messages = [make_message(text=text) for text in texts]
    for message in messages:
        at = timezone.now() - timedelta(days=days_ago)
        Message.objects.filter(pk=message.pk).update(created_at=at)
    return make_question(*messages, **fields)


def test_open_questions_that_were_asked_most_lately_come_first(db: None) -> None:
    often = missed("Vocês vendem drone?", "voces vendem DRONE", days_ago=2)
    once = missed("x" * 5000, days_ago=4)
    missed("long ago", "long ago", "long ago", days_ago=8)
    missed("no business of ours", "none", "at all", state="dismissed")
    found = metrics.unanswered()
    assert [(item.id, item.times) for item in found] == [(often.pk, 2), (once.pk, 1)]
    assert found[0].text == "Vocês vendem drone?"
    assert len(found[1].text) == metrics.TEXT_SHOWN


def test_trouble_of_the_last_day_is_counted(db: None) -> None:
    row = make_conversation()
    for status in ("failed", "failed", "uncertain", "sent"):
        make_message(row, direction="out", status=status)
    old = make_message(row, direction="out", status="failed")
    Message.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert metrics.trouble() == metrics.Trouble(failed=2, uncertain=1, stuck=0)


def test_channels_in_trouble_come_first(db: None) -> None:
    make_channel(name="A fine", health="ok")
    make_channel(name="B off", health="refused", enabled=False)
    make_channel(name="C broken", health="refused")
    assert [c.name for c in metrics.channels()] == ["C broken", "A fine", "B off"]


@pytest.mark.parametrize("days", [14, 30])
def test_the_first_page_shows_the_numbers_at_a_fixed_cost(admin: Client, days: int) -> None:
    faq = make_faq("Where?")
    count("messages_in", 20, 1000)
    count("messages_in", 0, 200)
    count("faq_answered", 0, 17, str(faq.pk))
    for number in range(40):
        make_channel(name=f"Channel {number}")
        missed(f"question number {number}")
    page = f"{reverse('admin:index')}?days={days}"
    admin.get(page)
    with CaptureQueriesContext(connection) as seen:
        content = admin.get(page).content.decode()
    assert len(seen) <= 14
    assert "17" in content
    assert "Where?" in content
    expected = {14: "200", 30: ("1.200", "1,200", "1200")}[days]
    assert any(
        value in content for value in ([expected] if isinstance(expected, str) else expected)
    )


def test_the_numbers_outlive_the_messages(db: None) -> None:
    make_message()
    count("messages_in", 0, 1)
    before = metrics.daily(14)
    Conversation.objects.all().delete()
    assert metrics.daily(14) == before
    assert before[-1].received == 1


def test_an_empty_desk_has_a_first_page(admin: Client) -> None:
    answer = admin.get(reverse("admin:index") + "?days=999")
    assert answer.status_code == 200
    assert answer.context["days"] == 14


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_660, "1 h 01 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_waiting_times_are_said_shortly(seconds: Any, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text
