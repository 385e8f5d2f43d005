"""The thread of a conversation, its reply box and the verbs."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard import thread
from messaging.models import Agent, Conversation, ConversationEvent, Decision, Message
from tests.dashboard.conftest import browser_of, staff
from tests.factories import (
    make_agent,
    make_attachment,
    make_conversation,
    make_faq,
    make_message,
    make_rule,
    make_team,
    make_user,
)


def page(row: Conversation) -> str:
    return reverse("admin:messaging_conversation_change", args=[row.pk])


def do(row: Conversation, verb: str) -> str:
    return reverse("admin:desk_verb", args=[row.pk, verb])


def test_the_reply_box_queues_a_message_and_takes_the_conversation(
    admin: Client, boss: Agent
) -> None:
    row = make_conversation()
    answer = admin.post(do(row, "reply"), {"text": "I look at it."})
    assert answer.headers["Location"] == page(row)
    message = Message.objects.get(conversation=row)
    assert (message.text, message.status, message.agent) == ("I look at it.", "queued", boss)
    row.refresh_from_db()
    assert (row.owner, row.agent) == ("agent", boss)
    assert "I look at it." in admin.get(page(row)).content.decode()


def test_f107_a_colleagues_conversation_is_refused_with_the_name_and_the_draft_is_kept(
    db: None,
) -> None:
    ana = make_agent(name="Ana Prado")
    row = make_conversation(agent=ana)
    me = staff("supervisor")
    me.role = "agent"  # supervisors may act on anybody's; this one was just made an agent
    me.save()
    me.user.is_superuser = True
    me.user.save()
    answer = browser_of(me).post(do(row, "reply"), {"text": "My long draft"})
    assert answer.status_code == 409
    content = answer.content.decode()
    assert "Ana Prado" in content
    assert "My long draft</textarea>" in content
    assert not Message.objects.exists()


VERBS: list[tuple[str, dict[str, Any], dict[str, Any], tuple[str, str]]] = [
    ("claim", {"owner": "queue"}, {}, ("agent", "open")),
    ("release", {"owner": "queue"}, {}, ("bot", "open")),
    ("escalate", {}, {"reason": "angry"}, ("queue", "open")),
    ("snooze", {}, {"until": "2099-01-01T09:00"}, ("bot", "snoozed")),
    ("snooze", {}, {"until": ""}, ("bot", "snoozed")),
    ("close", {"owner": "queue"}, {}, ("bot", "closed")),
    ("reopen", {"status": "closed"}, {}, ("agent", "open")),
    ("note", {}, {"text": "Calls tomorrow"}, ("bot", "open")),
]


@pytest.mark.parametrize(("verb", "state", "typed", "after"), VERBS)
def test_each_verb_does_what_it_says_and_leaves_an_event(
    admin: Client,
    boss: Agent,
    verb: str,
    state: dict[str, Any],
    typed: dict[str, Any],
    after: tuple[str, str],
) -> None:
    row = make_conversation(**state)
    assert admin.post(do(row, verb), typed).status_code == 302
    row.refresh_from_db()
    assert (row.owner, row.status) == after
    assert ConversationEvent.objects.get(conversation=row).actor == boss.user
    assert admin.get(page(row)).status_code == 200


def test_a_conversation_is_transferred_to_a_team_or_an_agent(admin: Client) -> None:
    team, agent, row = make_team("Returns"), make_agent(name="Bea"), make_conversation()
    admin.post(do(row, "transfer"), {"to": f"team:{team.pk}", "note": "Please"})
    row.refresh_from_db()
    assert (row.owner, row.team) == ("queue", team)
    admin.post(do(row, "transfer"), {"to": f"agent:{agent.pk}"})
    row.refresh_from_db()
    assert (row.owner, row.agent) == ("agent", agent)


@pytest.mark.parametrize(
    ("verb", "typed", "status"),
    [
        ("reply", {"text": "   "}, 400),
        ("reply", {"text": "x" * 20_001}, 400),
        ("transfer", {"to": "agent:nobody"}, 400),
        ("transfer", {}, 400),
        ("snooze", {"until": "2001-01-01T00:00"}, 400),
        ("snooze", {"until": "soon"}, 400),
        ("note", {"text": ""}, 400),
        ("explode", {}, 404),
    ],
)
def test_f116_what_makes_no_sense_is_said_and_changes_nothing(
    admin: Client, verb: str, typed: dict[str, Any], status: int
) -> None:
    row = make_conversation()
    assert admin.post(do(row, verb), typed).status_code == status
    assert not ConversationEvent.objects.exists()
    assert not Message.objects.exists()


def test_a_closed_conversation_says_so(admin: Client) -> None:
    row = make_conversation(status="closed")
    assert admin.post(do(row, "claim")).status_code == 409


def test_f115_verbs_are_not_done_by_following_a_link(admin: Client) -> None:
    row = make_conversation(owner="queue")
    assert admin.get(do(row, "claim")).status_code == 405
    assert admin.post(page(row), {"owner": "agent"}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies
    assert strict.post(do(row, "claim")).status_code == 403
    row.refresh_from_db()
    assert row.owner == "queue"


def test_a_superuser_who_is_no_agent_reads_but_does_not_speak(db: None) -> None:
    client = Client()
    user = make_user(is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    row = make_conversation(owner="queue")
    assert client.get(page(row)).status_code == 200
    assert client.get(reverse("admin:queue")).status_code == 200
    assert client.post(do(row, "reply"), {"text": "Hi"}).status_code == 403
    client.post(reverse("admin:queue"))
    row.refresh_from_db()
    assert row.owner == "queue"


def test_what_does_not_exist_is_not_found(admin: Client) -> None:
    nobody = "0198c0de-0000-7000-8000-000000000001"
    for name, key in [("change", nobody), ("change", "nonsense")]:
        address = reverse(f"admin:messaging_conversation_{name}", args=[key])
        assert admin.get(address).status_code == 404
    assert admin.get(reverse("admin:desk_state", args=[nobody])).status_code == 404


def test_the_page_can_tell_that_something_changed(admin: Client) -> None:
    row = make_conversation()
    state = reverse("admin:desk_state", args=[row.pk])
    before = admin.get(state).json()["version"]
    assert f'data-version="{before}"' in admin.get(page(row)).content.decode()
    message = make_message(row, direction="out", status="queued")
    after = admin.get(state).json()["version"]
    assert after != before
    Message.objects.filter(pk=message.pk).update(status="sent")
    assert admin.get(state).json()["version"] != after


# --- reading


def decide(message: Message, **fields: Any) -> Decision:
    return Decision.objects.create(message=message, **{"action": "reply", "step": "faq"} | fields)


def test_the_bots_reasons_stand_under_its_reply(admin: Client) -> None:
    faq, rival = make_faq("Where is it?"), make_faq("When is it?")
    row = make_conversation()
    asked = make_message(row)
    decide(
        asked,
        faq_id=faq.pk,
        score=0.912,
        runner_up=0.4,
        ms=3.25,
        candidates=[
            {"faq": str(faq.pk), "score": 0.912, "phrasing": "where"},
            {"faq": str(rival.pk), "score": 0.4, "phrasing": "when"},
        ],
    )
    reply = make_message(row, direction="out", text="There.", answers=asked, answer_index=0)
    entries = {e.message.pk: e for e in thread.read(row).entries if e.message}
    assert entries[asked.pk].reasons is None
    why = entries[reply.pk].reasons
    assert why is not None
    assert (why.score, why.runner_up, why.faq) == (91, 40, "Where is it?")
    assert [(c.question, c.percent) for c in why.candidates] == [
        ("Where is it?", 91),
        ("When is it?", 40),
    ]
    content = admin.get(page(row)).content.decode()
    assert reverse("admin:bot_faq_change", args=[faq.pk]) in content


def test_silence_is_explained_under_the_message_itself(db: None) -> None:
    row = make_conversation()
    rule = make_rule(name="No swearing")
    message = make_message(row)
    decide(message, action="silent", step="rule", rule_id=rule.pk)
    (entry,) = thread.read(row).entries
    assert entry.reasons is not None
    assert (entry.reasons.rule, entry.reasons.step) == ("No swearing", "rule")


def test_reasons_survive_the_deletion_of_their_faq(admin: Client) -> None:
    faq = make_faq()
    row = make_conversation()
    decide(make_message(row), faq_id=faq.pk, candidates=[{"faq": str(faq.pk)}, "broken"])
    key = str(faq.pk)
    faq.delete()
    content = admin.get(page(row)).content.decode()
    assert key in content
    assert f"/faq/{key}/" not in content


def test_a_long_thread_is_paged_by_position(admin: Client) -> None:
    row = make_conversation()
    for number in range(thread.PAGE + 5):
        make_message(row, text=f"message {number}.")
    newest = admin.get(page(row))
    assert "message 64." in newest.content.decode()
    assert "message 4." not in newest.content.decode()
    assert newest.context["thread"].earlier == 6
    older = admin.get(page(row) + "?before=6").content.decode()
    assert "message 4." in older
    assert "message 5." not in older
    for odd in ("-1", "x", "9" * 5000, "٣"):
        assert admin.get(f"{page(row)}?before={odd}").status_code == 200


def test_events_stand_between_the_messages_they_happened_between(db: None) -> None:
    row = make_conversation()
    start = timezone.now() - timedelta(hours=1)
    first, second = make_message(row), make_message(row)
    event = ConversationEvent.objects.create(conversation=row, kind="claimed")
    for minutes, thing in enumerate((first, event, second)):
        type(thing).objects.filter(pk=thing.pk).update(
            created_at=start + timedelta(minutes=minutes)
        )
    entries = thread.read(row).entries
    assert [e.message or e.event for e in entries] == [first, event, second]
    assert [e.new_day for e in entries] == [True, False, False]


def test_f112_files_are_handed_out_so_that_no_browser_runs_them(admin: Client) -> None:
    message = make_message()
    page_file = make_attachment(message, name='x".html', mime="text/html")
    page_file.file.save("x.html", ContentFile(b"<script>alert(1)</script>"))
    svg = make_attachment(message, name="x.svg", mime="image/svg+xml", type="image")
    svg.file.save("x.svg", ContentFile(b"<svg onload='alert(1)'/>"))
    picture = make_attachment(message, name="x.png", mime="image/png", type="image")
    picture.file.save("x.png", ContentFile(b"\x89PNG"))
    for attachment, kind, shown in [
        (page_file, "application/octet-stream", "attachment"),
        (svg, "application/octet-stream", "attachment"),
        (picture, "image/png", "inline"),
    ]:
        answer = admin.get(reverse("admin:desk_attachment", args=[attachment.pk]))
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Disposition"].startswith(shown)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert b"".join(answer.streaming_content)
    without_file = make_attachment(message)
    answer = admin.get(reverse("admin:desk_attachment", args=[without_file.pk]))
    assert answer.status_code == 404
