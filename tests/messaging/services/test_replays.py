"""The last misses asked again: newest first, then beside now, and nothing is stored."""

from typing import Any

import pytest

import bot.services
from bot.services.replaying import Replayed
from messaging.models import DailyCounter, Decision, Message, Miss
from messaging.services import replays, unanswered
from messaging.services.replays import replay_misses
from tests import factories as make

pytestmark = pytest.mark.django_db

DOG = "Can my dog come into the shop?"


def miss(text: str = DOG, cause: str = "miss") -> Message:
    message = make.make_message(text=text)
    unanswered.record(message.pk, cause, "en", None)
    return message


def stored() -> list[Any]:
    return [model.objects.count() for model in (Message, Decision, DailyCounter, Miss)] + list(
        Miss.objects.values_list("question", "key")
    )


def test_the_gain_of_a_new_faq_is_shown_and_nothing_is_stored() -> None:
    older, newer = miss("qwzx plugh"), miss()
    before = stored()
    assert replay_misses(last=10).gained == 0
    bot.services.create_faq(question=DOG, answer="Yes.", language="en")
    found = replay_misses(last=10)
    assert [line.message for line in found.lines] == [newer.pk, older.pk]
    assert (found.gained, found.complete) == (1, True)
    assert found.then == {"answered": 0, "offered": 0, "missed": 2, "passed_on": 0}
    assert found.now == {"answered": 1, "offered": 0, "missed": 1, "passed_on": 0}
    assert stored() == before


@pytest.mark.parametrize(
    ("cause", "now", "gained"),
    [
        ("miss", "answered", True),
        ("miss", "offered", True),
        ("miss", "missed", False),
        ("miss", "passed_on", False),
        ("none_of_these", "answered", True),
        ("none_of_these", "offered", False),
        ("not_helpful", "answered", False),
        ("not_helpful", "offered", False),
    ],
)
def test_more_than_before_is_a_gain(
    cause: str, now: Any, gained: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    miss(cause=cause)
    monkeypatch.setattr(replays, "replay", lambda asked, **_: [Replayed(now)] * len(asked))
    (line,) = replay_misses(last=1).lines
    assert line.gained == gained


@pytest.mark.parametrize(("last", "taken"), [(0, 0), (-5, 0), (2, 2), (10_000, 3)])
def test_no_more_than_asked_for(last: int, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MOST", 3)
    for _ in range(5):
        miss()
    assert len(replay_misses(last=last).lines) == taken


def test_what_the_time_did_not_allow_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        miss()
    monkeypatch.setattr(replays, "replay", lambda asked, **_: [Replayed("missed")])
    found = replay_misses(last=3)
    assert (len(found.lines), found.complete) == (1, False)
