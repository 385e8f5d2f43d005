"""Replaying: the bot is asked again what it was asked, and nothing is kept of it."""

from datetime import UTC, datetime

import pytest

from bot import services
from bot.models import Snapshot
from bot.services import replaying
from bot.services.replaying import Asked, replay

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SUNDAY = "Do you open on Sunday?"


def asked(*texts: str, **fields: str) -> list[Asked]:
    return [Asked(text, NOON, **fields) for text in texts]


@pytest.fixture
def _knowledge() -> None:
    services.create_faq(question=SUNDAY, answer="No.", language="en")


@pytest.mark.usefixtures("_knowledge")
def test_each_outcome_is_told_with_the_faq_it_comes_from() -> None:
    services.create_rule(name="Refund", trigger="keyword", pattern="refund", action="escalate")
    found = replay(asked(SUNDAY, "qwzx plugh", "I want to talk to a human", "a refund please"))
    assert [one.outcome for one in found] == ["answered", "missed", "passed_on", "passed_on"]
    assert (found[0].question, found[0].score) == (SUNDAY, 1.0)
    assert (found[1].faq, found[1].question) == ("", "")
    services.update_settings(accept=1.0, suggest=0.01)
    (offered,) = replay(asked("are you open on sunday"))
    assert (offered.outcome, offered.question) == ("offered", SUNDAY)


def test_drafts_are_asked_only_when_they_are_meant() -> None:
    services.update_settings(drafts=True)
    services.create_faq(question=SUNDAY, answer="No.", language="en")
    published = Snapshot.objects.count()
    assert [one.outcome for one in replay(asked(SUNDAY))] == ["missed"]
    assert [one.outcome for one in replay(asked(SUNDAY), drafts=True)] == ["answered"]
    assert Snapshot.objects.count() == published


def test_a_faq_of_another_channel_does_not_answer() -> None:
    here, there = "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"
    services.create_faq(question=SUNDAY, answer="No.", language="en", channels=[here])
    outcomes = [replay(asked(SUNDAY, channel=channel))[0].outcome for channel in (here, there)]
    assert outcomes == ["answered", "missed"]


@pytest.mark.usefixtures("_knowledge")
def test_when_the_time_is_up_the_rest_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(replaying.time, "monotonic", lambda: float(next(clock)))
    assert len(replay(asked(*[SUNDAY] * 10), seconds=3.0)) == 3
