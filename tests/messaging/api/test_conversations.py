"""conversations/ and queue/: the verbs, who may use them, and taking the next one (F-101, F-107)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from messaging.api import auth
from messaging.models import Conversation, ConversationEvent
from tests.factories import make_agent, make_channel, make_contact, make_conversation, make_team

CONVERSATIONS = "/api/v1/conversations/"
QUEUE = "/api/v1/queue/"
FIELDS = {
    "id",
    "contact",
    "channel",
    "owner",
    "status",
    "agent",
    "team",
    "priority",
    "tags",
    "waiting_since",
    "last_message_at",
    "created_at",
}
VERBS = ["claim", "transfer", "release", "escalate", "snooze", "close", "reopen", "notes"]


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def post(client, conversation, verb, body=None):
    return client.post(f"{CONVERSATIONS}{conversation.pk}/{verb}/", body or {})


def state(answer):
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == FIELDS
    return body["owner"], body["status"], body["agent"], body["team"]


def test_a_claimed_conversation_is_mine_and_claiming_it_again_changes_nothing(agent, bob):
    waiting = make_conversation(owner="queue")
    assert state(post(agent, waiting, "claim")) == ("agent", "open", str(bob.pk), None)
    events = ConversationEvent.objects.count()
    assert state(post(agent, waiting, "claim")) == ("agent", "open", str(bob.pk), None)
    assert ConversationEvent.objects.count() == events


def test_the_verbs_carry_a_conversation_around(agent, bob, api):
    row = make_conversation(agent=bob)
    team = make_team("Sales")
    bob.teams.add(team)
    colleague = make_agent(teams=[team])
    assert state(post(agent, row, "escalate", {"reason": "hard", "team": str(team.pk)})) == (
        "queue", "open", None, str(team.pk),
    )  # fmt: skip
    assert state(post(agent, row, "claim"))[:3] == ("agent", "open", str(bob.pk))
    assert state(post(agent, row, "transfer", {"agent": str(colleague.pk), "note": "yours"}))[
        :3
    ] == ("agent", "open", str(colleague.pk))
    other = api(colleague)
    assert state(post(other, row, "snooze"))[:3] == ("agent", "snoozed", str(colleague.pk))
    assert state(post(other, row, "reopen"))[:3] == ("agent", "open", str(colleague.pk))
    assert state(post(other, row, "release"))[:3] == ("bot", "open", None)
    assert state(post(other, row, "close"))[1] == "closed"
    assert state(post(other, row, "reopen"))[:3] == ("agent", "open", str(colleague.pk))
    assert state(post(other, row, "notes", {"text": "called back"}))[1] == "open"
    assert ConversationEvent.objects.filter(kind="note", note="called back").count() == 1


def test_a_transfer_answers_the_conversation_even_when_it_is_out_of_sight_then(agent, bob):
    row = make_conversation(agent=bob)
    team = make_team("Finance")
    assert state(post(agent, row, "transfer", {"team": str(team.pk)})) == (
        "queue", "open", None, str(team.pk),
    )  # fmt: skip
    assert agent.get(f"{CONVERSATIONS}{row.pk}/").status_code == 404


@pytest.mark.parametrize(
    "verb", ["claim", "release", "escalate", "snooze", "close", "reopen", "transfer"]
)
def test_a_colleagues_conversation_is_409_with_the_owner(agent, supervisor, verb):
    colleague = make_agent()
    row = make_conversation(agent=colleague, **({"status": "snoozed"} if verb == "reopen" else {}))
    body = {"agent": str(colleague.pk)} if verb == "transfer" else {}
    refused = post(agent, row, verb, body)
    assert refused.status_code == 409
    told = refused.json()
    assert (told["code"], told["owner"], told["agent"]) == ("owned", "agent", str(colleague.pk))
    assert post(supervisor, row, verb, body).status_code == 200


@pytest.mark.parametrize("verb", VERBS)
def test_f101_a_conversation_of_another_team_does_not_exist(agent, verb):
    foreign = make_conversation(owner="queue", team=make_team())
    hidden = post(agent, foreign, verb, {"text": "x", "agent": str(foreign.pk)})
    assert hidden.status_code == 404
    assert hidden.json()["code"] == "not_found"
    foreign.refresh_from_db()
    assert foreign.owner == "queue"


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("transfer", {}, "agent"),
        ("transfer", {"agent": "abc"}, "agent"),
        ("transfer", {"team": "00000000-0000-0000-0000-000000000000"}, "team"),
        ("transfer", {"agent": "00000000-0000-0000-0000-000000000000"}, "agent"),
        ("escalate", {"team": 5}, "team"),
        ("escalate", {"reason": "x" * 201}, "reason"),
        ("snooze", {"until": "soon"}, "until"),
        ("snooze", {"until": "2001-01-01T00:00:00Z"}, "until"),
        ("snooze", {"until": 1e18}, "until"),
        ("notes", {}, "text"),
        ("notes", {"text": "  "}, "text"),
        ("notes", {"text": {"a": 1}}, "text"),
    ],
)
def test_a_wrong_body_names_the_field(agent, bob, verb, body, field):
    answer = post(agent, make_conversation(agent=bob), verb, body)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {field}


def test_a_closed_conversation_takes_no_verb_but_reopen(agent):
    row = make_conversation(status="closed")
    for verb in ("claim", "release", "escalate", "snooze"):
        answer = post(agent, row, verb)
        assert (answer.status_code, answer.json()["code"]) == (409, "closed")
    assert post(agent, row, "close").status_code == 200
    assert post(agent, row, "reopen").status_code == 200


def test_filters_of_the_list(agent, bob):
    team = make_team()
    bob.teams.add(team)
    mine = make_conversation(agent=bob)
    waiting = make_conversation(owner="queue", team=team)
    closed = make_conversation(status="closed")
    for query, expected in [
        ({"owner": "agent"}, [mine]),
        ({"owner": "queue"}, [waiting]),
        ({"status": "closed"}, [closed]),
        ({"agent": bob.pk}, [mine]),
        ({"team": team.pk}, [waiting]),
        ({"channel": closed.channel_id}, [closed]),
        ({"owner": "bot", "status": "open"}, []),
    ]:
        assert ids(agent.get(CONVERSATIONS, query)) == [str(c.pk) for c in expected], query


def test_an_agent_sees_own_teams_no_team_and_the_own_and_a_supervisor_all(agent, supervisor, bob):
    team, other = make_team(), make_team()
    bob.teams.add(team)
    seen = [
        make_conversation(),
        make_conversation(owner="queue", team=team),
        make_conversation(agent=bob, team=other),
    ]
    hidden = make_conversation(agent=make_agent(), team=other)
    assert set(ids(agent.get(CONVERSATIONS))) == {str(c.pk) for c in seen}
    assert set(ids(supervisor.get(CONVERSATIONS))) == {str(c.pk) for c in [*seen, hidden]}


# --- queue ---------------------------------------------------------------------------------------


def minutes_ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def test_the_queue_is_by_priority_then_longest_waiting(agent, bob):
    late = make_conversation(owner="queue", waiting_since=minutes_ago(1))
    early = make_conversation(owner="queue", waiting_since=minutes_ago(10))
    urgent = make_conversation(owner="queue", waiting_since=minutes_ago(0), priority=5)
    make_conversation(owner="queue", team=make_team())
    make_conversation(owner="queue", status="snoozed")
    answer = agent.get(QUEUE)
    assert ids(answer) == [str(urgent.pk), str(early.pk), str(late.pk)]
    rows = answer.json()["results"]
    assert set(rows[0]) == FIELDS | {"position", "wait_seconds"}
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert 595 <= rows[1]["wait_seconds"] <= 630
    claimed = agent.post(f"{QUEUE}next/")
    assert claimed.json()["id"] == str(urgent.pk)
    assert claimed.json()["agent"] == str(bob.pk)


def test_nothing_waiting_is_204(agent):
    make_conversation(owner="queue", team=make_team())
    answer = agent.post(f"{QUEUE}next/")
    assert (answer.status_code, answer.content) == (204, b"")


def test_an_agent_who_is_not_available_or_full_gets_409(agent, bob):
    make_conversation(owner="queue")
    agent.patch("/api/v1/agents/me/", {"status": "busy"})
    answer = agent.post(f"{QUEUE}next/")
    assert (answer.status_code, answer.json()["code"]) == (409, "unavailable")
    agent.patch("/api/v1/agents/me/", {"status": "available", "capacity": 0})
    answer = agent.post(f"{QUEUE}next/")
    assert (answer.status_code, answer.json()["code"]) == (409, "at_capacity")
    agent.patch("/api/v1/agents/me/", {"capacity": 1})
    assert agent.post(f"{QUEUE}next/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_f107_two_agents_claim_the_same_conversation_and_one_is_told_who_has_it():
    row = make_conversation(owner="queue")
    people = [make_agent(), make_agent()]
    tokens = [auth.pair(person.user)["access"] for person in people]
    ready = threading.Barrier(2)
    answers = {}

    def claim(number):
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens[number]}")
        try:
            ready.wait()
            answers[number] = client.post(f"{CONVERSATIONS}{row.pk}/claim/", {})
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    codes = {number: answer.status_code for number, answer in answers.items()}
    assert sorted(codes.values()) == [200, 409]
    winner = next(number for number, code in codes.items() if code == 200)
    assert answers[1 - winner].json()["agent"] == str(people[winner].pk)
    assert Conversation.objects.get(pk=row.pk).agent_id == people[winner].pk


def test_the_lists_need_the_same_queries_for_any_number_of_rows(
    agent, django_assert_max_num_queries
):
    channel = make_channel()
    for _ in range(10):
        make_conversation(
            owner="queue",
            channel=channel,
            contact=make_contact(channel=channel),
            waiting_since=datetime(2026, 1, 1, tzinfo=UTC),
        )
    with django_assert_max_num_queries(3):
        assert len(ids(agent.get(CONVERSATIONS))) == 10
    with django_assert_max_num_queries(4):
        assert len(ids(agent.get(QUEUE))) == 10
