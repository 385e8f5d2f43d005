"""Unanswered questions in the admin: found, worked off with a click, and replayed."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bot import services
from bot.models import FAQ
from messaging.models import Miss, UnansweredQuestion
from tests.factories import make_channel, make_conversation, make_faq, make_message, make_question

LIST = "admin:messaging_unansweredquestion_changelist"
DOG = "Can my dog come into the shop?"


@pytest.fixture
def question(db: None) -> UnansweredQuestion:
    queued = make_conversation(owner="queue", channel=make_channel(name="Window"))
    return make_question(
        make_message(queued, text=DOG), make_message(text=DOG), make_message(text="dogs inside?")
    )


def page(row: UnansweredQuestion) -> str:
    return reverse("admin:messaging_unansweredquestion_change", args=[row.pk])


def do(client: Client, row: UnansweredQuestion, verb: str, **data: object) -> str:
    """Press a button; answers the page that follows."""
    address = reverse("admin:unanswered_do", args=[row.pk, verb])
    answer = client.post(address, data, follow=True)
    assert answer.status_code == 200
    row.refresh_from_db()
    return answer.content.decode()


def listed(client: Client, **query: str) -> set[UnansweredQuestion]:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return set(answer.context["cl"].result_list)


def test_the_list_is_of_open_questions_unless_others_are_asked_for(
    admin: Client, question: UnansweredQuestion
) -> None:
    dismissed = make_question(state="dismissed")
    attached = make_question(state="attached")
    assert listed(admin) == {question}
    assert listed(admin, state="dismissed") == {dismissed}
    assert listed(admin, state="all") == {question, dismissed, attached}


def test_the_list_is_searched_and_filtered(admin: Client, question: UnansweredQuestion) -> None:
    channel = make_channel()
    message = make_message(make_conversation(channel=channel), text="Vocês aceitam cheque?")
    other = make_question(message, last_seen_at=timezone.now() - timedelta(days=9))
    Miss.objects.filter(message=message).update(language="pt-br")
    assert listed(admin, q="DOGS inside") == {question}
    assert listed(admin, q="dogs cheque") == set()
    assert listed(admin, language="pt-br") == {other}
    assert listed(admin, channel=str(channel.pk)) == {other}
    assert listed(admin, channel="nonsense") == {question, other}
    assert listed(admin, waiting="yes") == {question}


def test_a_page_of_the_list_costs_the_same_however_many_it_shows(admin: Client, db: None) -> None:
    make_faq("Animals?")
    services.publish()
    costs = []
    for _ in range(2):
        for _ in range(8):
            make_question()
        admin.get(reverse(LIST))
        with CaptureQueriesContext(connection) as seen:
            admin.get(reverse(LIST))
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_the_sidebar_says_how_many_wait(
    admin: Client, supervisor: Client, question: UnansweredQuestion
) -> None:
    link = f'href="{reverse(LIST)}"'
    assert link in admin.get(reverse("admin:queue")).content.decode()
    assert link not in supervisor.get(reverse("admin:queue")).content.decode()
    request = admin.get(reverse("admin:queue")).wsgi_request
    assert request.desk_open_questions == 1  # type: ignore[attr-defined]


def test_a_question_shows_its_examples_who_waits_and_near_faqs(
    admin: Client, question: UnansweredQuestion
) -> None:
    services.create_faq(question="Are dogs allowed in the shop?", answer="Yes", language="en")
    content = admin.get(page(question)).content.decode()
    assert "dogs inside?" in content
    assert "Are dogs allowed in the shop?" in content
    waiting = Miss.objects.get(message__conversation__owner="queue").message.conversation
    assert reverse("admin:messaging_conversation_change", args=[waiting.pk]) in content
    assert "Window" in content


def test_ticked_examples_are_attached_to_the_faq_whose_button_was_pressed(
    admin: Client, question: UnansweredQuestion
) -> None:
    faq = make_faq("Animals?")
    content = do(admin, question, "attach", faq=str(faq.pk), texts=["dogs inside?"])
    assert (question.state, question.faq_id) == ("attached", faq.pk)
    assert [p.text for p in faq.phrasings.all()] == ["dogs inside?"]
    assert "Animals?" in content
    do(admin, question, "undo")
    assert question.state == "open"
    assert not faq.phrasings.exists()


def test_a_refusal_is_shown_and_changes_nothing(
    admin: Client, question: UnansweredQuestion
) -> None:
    admin.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert "There is no text to attach." in do(admin, question, "attach", faq=str(make_faq().pk))
    assert "There is no such FAQ." in do(admin, question, "attach", faq=str(uuid4()), texts=[DOG])
    assert question.state == "open"


def test_dismissed_and_reopened_one_by_one_and_many_at_once(
    admin: Client, question: UnansweredQuestion
) -> None:
    do(admin, question, "dismiss")
    assert question.state == "dismissed"
    do(admin, question, "reopen")
    assert question.state == "open"
    others = [make_question(), question]
    chosen = {"action": "dismiss_them", "_selected_action": [str(row.pk) for row in others]}
    admin.post(reverse(LIST), chosen)
    assert set(UnansweredQuestion.objects.values_list("state", flat=True)) == {"dismissed"}
    admin.post(reverse(LIST) + "?state=all", chosen | {"action": "reopen_them"})
    assert set(UnansweredQuestion.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.parametrize("verb", ["dismiss", "attach", "undo"])
def test_what_changes_something_is_a_post_by_an_admin(
    admin: Client, supervisor: Client, question: UnansweredQuestion, verb: str
) -> None:
    address = reverse("admin:unanswered_do", args=[question.pk, verb])
    assert admin.get(address).status_code == 405
    assert supervisor.post(address).status_code == 403
    assert admin.post(page(question), {"state": "dismissed"}).status_code == 403
    question.refresh_from_db()
    assert question.state == "open"


def test_unknown_questions_verbs_and_faqs_are_not_found(
    admin: Client, question: UnansweredQuestion
) -> None:
    gone = reverse("admin:messaging_unansweredquestion_change", args=[uuid4()])
    assert admin.get(gone).status_code == 404
    assert admin.get(gone.replace("change", "x")).status_code in (302, 404)
    for verb, data in (("explode", {}), ("attach", {"faq": "x", "texts": [DOG]})):
        address = reverse("admin:unanswered_do", args=[question.pk, verb])
        assert admin.post(address, data).status_code == 404


def test_another_faq_is_found_by_words_of_its_question(
    admin: Client, question: UnansweredQuestion
) -> None:
    make_faq("Where do I park my car?"), make_faq("Which animals are allowed?")
    address = reverse("admin:unanswered_faqs", args=[question.pk])
    content = admin.get(address, {"find": "ANIMALS allowed"}).content.decode()
    assert "Which animals" in content
    assert "park" not in content


# --- a new FAQ made of it


def test_the_form_of_a_new_faq_is_filled_and_settles_the_question(
    admin: Client, question: UnansweredQuestion
) -> None:
    address = f"{reverse('admin:bot_faq_add')}?unanswered={question.pk}"
    opened = admin.get(address)
    form = opened.context["adminform"].form
    (formset,) = [inline.formset for inline in opened.context["inline_admin_formsets"]]
    assert (form["question"].value(), form["language"].value()) == (DOG, "en")
    assert formset.forms[0]["text"].value() == "dogs inside?"
    data = {name: value for name, value in form.initial.items() if value is not None}
    data |= {"answer": "On a lead.", "enabled": "on", "keywords": "", "category": ""}
    data = {name: value for name, value in data.items() if isinstance(value, str)}
    data |= {f"phrasings-{key}": "0" for key in ("INITIAL_FORMS", "MIN_NUM_FORMS")}
    data |= {"phrasings-TOTAL_FORMS": "1", "phrasings-MAX_NUM_FORMS": "1000"}
    answer = admin.post(address, data | {"phrasings-0-text": "dogs inside?"})
    assert answer.status_code == 302, answer.context["errors"]
    faq = FAQ.objects.get()
    assert (faq.question, faq.phrasings.get().text) == (DOG, "dogs inside?")
    question.refresh_from_db()
    assert (question.state, question.faq_id) == ("attached", faq.pk)


@pytest.mark.parametrize("asked", ["", "nonsense", str(uuid4())], ids=["none", "nonsense", "gone"])
def test_a_faq_of_a_question_that_is_gone_is_an_empty_form(
    admin: Client, db: None, asked: str
) -> None:
    answer = admin.get(f"{reverse('admin:bot_faq_add')}?unanswered={asked}")
    assert answer.status_code == 200
    assert not answer.context["adminform"].form["question"].value()


# --- export and replay


def test_f113_the_list_is_a_file_that_no_spreadsheet_runs(admin: Client, db: None) -> None:
    question = make_question(make_message(text="=1+1 please"))
    address = reverse("admin:messaging_unansweredquestion_export")
    answer = admin.post(address, {"resource": "", "format": "0"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["text"] for row in rows] == ["'=1+1 please"]
    assert (rows[0]["id"], rows[0]["contacts"]) == (str(question.pk), "1")


def test_a_replay_shows_the_gain_as_a_chart_and_as_lines(
    admin: Client, question: UnansweredQuestion
) -> None:
    address = reverse("admin:messaging_unansweredquestion_replay_page")
    before = admin.get(address)
    assert before.context["found"].gained == 0
    services.create_faq(question=DOG, answer="Yes", language="en")
    after = admin.get(address, {"last": "10"})
    assert after.context["found"].gained >= 2
    assert "desk-became-answered" in after.content.decode()
    only = admin.get(address, {"last": "10", "now": "answered", "find": "COME"})
    assert {line.text for line, _channel in only.context["lines"]} == {DOG}


def test_a_replay_can_be_tried_with_the_drafts(admin: Client, question: UnansweredQuestion) -> None:
    services.update_settings(drafts=True)
    services.create_faq(question=DOG, answer="Yes", language="en")
    address = reverse("admin:messaging_unansweredquestion_replay_page")
    assert admin.get(address, {"last": "10"}).context["found"].gained == 0
    assert admin.get(address, {"last": "10", "drafts": "on"}).context["found"].gained >= 2


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_f113_the_replay_is_a_file(admin: Client, db: None, format_: str) -> None:
    make_question(make_message(text="=1+1 please"))
    address = reverse("admin:messaging_unansweredquestion_replay_page")
    answer = admin.get(address, {"last": "5", "format": format_})
    assert f"replay.{format_}" in answer.headers["Content-Disposition"]
    if format_ == "csv":
        (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
        assert (row["text"], row["then"], row["now"]) == ("'=1+1 please", "missed", "missed")


@pytest.mark.parametrize(
    "query", [{"last": "0"}, {"last": "1001"}, {"last": "x"}, {"last": "5", "now": "x"}]
)
def test_a_replay_of_nonsense_is_refused(admin: Client, db: None, query: dict[str, str]) -> None:
    address = reverse("admin:messaging_unansweredquestion_replay_page")
    assert admin.get(address, query).status_code == 400
