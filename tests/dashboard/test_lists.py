"""Long lists stay quick: no counting, no query for each row, short texts; and what can be done from them."""

import csv
import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bot.models import FAQ, Phrasing, Rule
from dashboard import base, metrics
from messaging.models import Agent, Attempt, Contact, Conversation, Decision, Delivery, Message
from tests.factories import (
    make_agent,
    make_channel,
    make_contact,
    make_conversation,
    make_message,
    make_team,
)

FEW, MANY = 20, 180


def fill(model: str, rows: int) -> None:
    """So many rows more, with all they relate to."""
    channel = make_channel()
    people = Contact.objects.bulk_create(
        Contact(name=f"{model} {number}") for number in range(rows)
    )
    if model == "contact":
        return
    agent = make_agent()
    talks = Conversation.objects.bulk_create(
        Conversation(contact=person, channel=channel, owner="agent", agent=agent)
        for person in people
    )
    said = Message.objects.bulk_create(
        Message(
            conversation=talk,
            contact=talk.contact,
            channel=channel,
            agent=agent,
            direction="out",
            sender="agent",
            status="sent",
            position=1,
        )
        for talk in talks
    )
    if model == "delivery":
        Delivery.objects.bulk_create(Delivery(channel=channel, body=b"{}") for _m in said)
    elif model == "attempt":
        Attempt.objects.bulk_create(
            Attempt(message=m, number=1, call="send", outcome="ok") for m in said
        )
    elif model == "decision":
        Decision.objects.bulk_create(
            Decision(message=m, action="reply", step="faq", score=0.5) for m in said
        )


def queries(admin: Client, page: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert admin.get(page).status_code == 200
    return [query["sql"] for query in seen.captured_queries]


@pytest.mark.parametrize(
    "model", ["contact", "conversation", "message", "delivery", "attempt", "decision"]
)
def test_f114_a_long_list_costs_the_same_however_long_it_is(admin: Client, model: str) -> None:
    page = reverse(f"admin:messaging_{model}_changelist")
    fill(model, FEW)
    admin.get(page)
    before = queries(admin, page)
    fill(model, MANY)
    after = queries(admin, page)
    assert len(after) == len(before) <= 16, after
    table = f'"messaging_{model}"'
    counted = [q for q in after if "COUNT(" in q and f"FROM {table}" in q and "queue" not in q]
    assert not counted


def test_f114_the_short_lists_have_no_query_for_each_row(admin: Client) -> None:
    team = make_team()
    faqs = FAQ.objects.bulk_create(
        FAQ(question=f"Question {number}?", answer="Yes.") for number in range(FEW + MANY)
    )
    Phrasing.objects.bulk_create(Phrasing(faq=faq, text="other") for faq in faqs)
    Rule.objects.bulk_create(
        Rule(name=f"Rule {number}", trigger="no_text", action="close") for number in range(MANY)
    )
    for _number in range(FEW):
        make_agent(teams=[team, make_team()])
    for name in ("bot_faq", "bot_rule", "messaging_agent", "messaging_team", "auth_user"):
        page = reverse(f"admin:{name}_changelist")
        admin.get(page)
        assert len(queries(admin, page)) <= 16, name


def test_a_thread_costs_the_same_however_much_was_said(admin: Client) -> None:
    row = make_conversation()
    page = reverse("admin:messaging_conversation_change", args=[row.pk])

    def say(times: int) -> None:
        for _number in range(times):
            asked = make_message(row)
            Decision.objects.create(message=asked, action="reply", step="faq")
            reply = make_message(row, direction="out", answers=asked, answer_index=0)
            Attempt.objects.create(message=reply, number=1, call="send", outcome="ok")

    say(3)
    admin.get(page)
    few = len(queries(admin, page))
    say(60)
    assert len(queries(admin, page)) <= few + 1  # the events of the page get a bound
    assert few <= 26


def test_f114_texts_are_cut_in_lists(admin: Client) -> None:
    make_message(text="word " * 5000)
    content = admin.get(reverse("admin:messaging_message_changelist")).content.decode()
    assert content.count("word ") < 40
    assert "…" in content


def test_f114_every_admin_list_pages_without_a_full_count() -> None:
    for model, page in django_admin.site._registry.items():
        assert page.show_full_result_count is False, model


@pytest.mark.parametrize("query", ["p=0", "p=-1", "p=abc", "p=999999999999", "o=9.9", "q=%00"])
def test_f105_odd_addresses_are_no_server_error(admin: Client, query: str) -> None:
    make_message()
    for model in ("message", "contact", "agent"):
        page = reverse(f"admin:messaging_{model}_changelist")
        assert admin.get(f"{page}?{query}", follow=True).status_code in (200, 400), model


def test_the_next_page_goes_on_where_the_first_ended(admin: Client) -> None:
    row = make_conversation()
    for number in range(60):
        make_message(row, text=f"number {number}")
    page = reverse("admin:messaging_message_changelist")
    first = [m.text for m in admin.get(page).context["cl"].result_list]
    second = [m.text for m in admin.get(f"{page}?p=2").context["cl"].result_list]
    assert (first[0], first[-1], second[0], second[-1]) == (
        "number 59",
        "number 10",
        "number 9",
        "number 0",
    )


def test_f114_a_search_looks_at_the_newest_rows_unless_a_period_is_chosen(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base.LongListAdmin, "scanned", 3)
    row = make_conversation()
    for number in range(6):
        make_message(row, text=f"needle {number}")
    page = reverse("admin:messaging_message_changelist")

    def found(query: str) -> list[str]:
        return [m.text for m in admin.get(f"{page}?{query}").context["cl"].result_list]

    newest = ["needle 5", "needle 4", "needle 3"]
    assert found("q=needle") == newest
    assert found("direction__exact=in") == newest
    period = "created_at_from_0=01/01/2020&created_at_from_1=00:00"
    assert len(found(f"q=needle&{period}")) == 6
    assert len(found("")) == 6


def test_keys_tell_when_a_row_was_made(db: None) -> None:
    before = timezone.now() - timedelta(seconds=1)
    message = make_message()
    after = timezone.now() + timedelta(seconds=1)
    assert metrics.first_id(before) < message.pk < metrics.first_id(after)


# --- actions


def test_failed_messages_are_sent_again_and_others_are_not(admin: Client, boss: Agent) -> None:
    row = make_conversation()
    failed = make_message(row, direction="out", status="failed")
    sent = make_message(row, direction="out", status="sent")
    answer = admin.post(
        reverse("admin:messaging_message_changelist"),
        {"action": "send_again", "_selected_action": [str(failed.pk), str(sent.pk)]},
        follow=True,
    )
    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.status, sent.status) == ("queued", "sent")
    assert [m.level_tag for m in answer.context["messages"]] == ["success", "error"]


def test_a_delivery_is_handled_again_without_doubling_its_message(admin: Client) -> None:
    channel = make_channel()
    delivery = Delivery.objects.create(
        channel=channel, body=b'{"id": "1", "from": "kai", "text": "hello"}', state="error"
    )
    chosen = {"action": "run_again", "_selected_action": [str(delivery.pk)]}
    page = reverse("admin:messaging_delivery_changelist")
    from messaging.services import inbound

    for _time in range(2):
        assert admin.post(page, chosen).status_code == 302
        inbound.ingest_pending()
    delivery.refresh_from_db()
    assert delivery.state == "handled"
    assert Message.objects.filter(direction="in").count() == 1


def test_f115_one_click_changes_a_bounded_number_of_rows(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BULK_LIMIT", 3)
    row = make_conversation()
    for _number in range(5):
        make_message(row, direction="out", status="failed")
    chosen = {"action": "send_again", "select_across": "1", "_selected_action": ["x"]}
    page = reverse("admin:messaging_message_changelist")
    ids = [str(pk) for pk in Message.objects.values_list("pk", flat=True)]
    admin.post(page, chosen | {"_selected_action": ids})
    assert Message.objects.filter(status="queued").count() == 3
    admin.post(page, chosen | {"_selected_action": ids})
    assert Message.objects.filter(status="queued").count() == 3
    still_failed = [str(m.pk) for m in Message.objects.filter(status="failed")]
    admin.post(page, chosen | {"select_across": "0", "_selected_action": still_failed})
    assert Message.objects.filter(status="queued").count() == 5


# --- export

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '"=1+1', "\n=1", "＝1"]


def exported(admin: Client, model: str, number: int) -> Any:
    page = reverse(f"admin:messaging_{model}_export")
    return admin.post(page, {"format": str(number), "resource": ""})


def test_f113_exported_cells_are_never_formulas(admin: Client) -> None:
    row = make_conversation(contact=make_contact(name="=cmd()"))
    for text in [*FORMULAS, "plain"]:
        make_message(row, text=text)
    answer = exported(admin, "message", 0)
    assert answer.headers["Content-Type"] == "text/csv", answer.content
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [r["text"].removeprefix("'") for r in reversed(rows)] == [*FORMULAS, "plain"]
    assert {r["text"][0] for r in rows} == {"'", "p"}
    assert {r["contact"] for r in rows} == {"'=cmd()"}
    book = openpyxl.load_workbook(io.BytesIO(exported(admin, "message", 1).content))
    cells = [cell for line in book.active.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_an_export_holds_what_the_filters_left(admin: Client) -> None:
    make_message(text="find me")
    make_message(text="other")
    page = reverse("admin:messaging_message_export") + "?q=find"
    answer = admin.post(page, {"format": "0", "resource": ""})
    assert [r["text"] for r in csv.DictReader(io.StringIO(answer.content.decode()))] == ["find me"]


def test_contacts_are_exported_too(admin: Client) -> None:
    make_contact(name="Iara", phone="+15550101234")
    (row,) = csv.DictReader(io.StringIO(exported(admin, "contact", 0).content.decode()))
    assert (row["name"], row["phone"]) == ("Iara", "'+15550101234")
