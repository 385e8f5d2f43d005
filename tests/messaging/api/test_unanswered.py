"""unanswered/: a work list for admins, worked off over the API."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from bot.models import FAQ
from messaging.models import Miss, UnansweredQuestion
from tests.factories import (
    make_channel,
    make_conversation,
    make_faq,
    make_message,
    make_question,
)

LIST = "/api/v1/unanswered/"
DOG = "Can my dog come into the shop?"


@pytest.fixture
def question(db):
    row = make_conversation(owner="queue")
    return make_question(
        make_message(row, text=DOG), make_message(text=DOG), make_message(text="dogs in your shop?")
    )


def path(question, verb=""):
    return f"{LIST}{question.pk}/{verb}"


def listed(client, query=""):
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_the_list_says_what_was_asked_how_often_and_who_waits(admin, question):
    (row,) = admin.get(LIST).json()["results"]
    assert (row["state"], row["text"], row["faq"], row["came_back"]) == ("open", DOG, None, False)
    assert (row["times"], row["contacts"], row["waiting"]) == (3, 3, 1)
    assert row["languages"] == ["en"]
    assert len(row["channels"]) == 3


def test_one_question_comes_with_examples_waiting_conversations_and_near_faqs(admin, question):
    admin.post(
        "/api/v1/faqs/",
        {"question": "Are dogs allowed in the shop?", "answer": "Yes", "language": "en"},
    )
    body = admin.get(path(question)).json()
    assert [(e["text"], e["times"]) for e in body["examples"]] == [
        (DOG, 2),
        ("dogs in your shop?", 1),
    ]
    waiting = Miss.objects.get(message__conversation__owner="queue").message.conversation_id
    assert body["conversations"] == [str(waiting)]
    (near,) = body["nearest"]
    assert (near["question"], 0 < near["score"] < 1) == ("Are dogs allowed in the shop?", True)


def test_the_newest_come_first_and_pages_hold_together(admin, db):
    now = timezone.now()
    made = [make_question(created_at=now, last_seen_at=now - timedelta(hours=n)) for n in range(5)]
    first = admin.get(f"{LIST}?page_size=3").json()
    rest = admin.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + rest["results"]]
    assert ids == [str(row.pk) for row in made]
    assert rest["next"] is None


def test_the_list_can_be_narrowed(admin, question):
    channel = make_channel()
    message = make_message(make_conversation(channel=channel), text="Vocês aceitam cheque?")
    long_ago = timezone.now() - timedelta(days=9)
    other = make_question(message, state="dismissed", created_at=long_ago, last_seen_at=long_ago)
    Miss.objects.filter(message=message).update(language="pt-br")
    one, two = [str(question.pk)], [str(other.pk)]
    week_ago = (timezone.now() - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert listed(admin, "state=open") == one
    assert listed(admin, "state=dismissed") == two
    assert listed(admin, "language=pt-br") == two
    assert listed(admin, f"channel={channel.pk}") == two
    assert listed(admin, "search=CHEQUE") == two
    assert listed(admin, f"created_after={week_ago}") == one
    assert listed(admin, f"created_before={week_ago}") == two
    assert listed(admin, f"seen_after={week_ago}") == one
    assert listed(admin, f"faq={uuid4()}") == []
    assert listed(admin) == one + two


@pytest.mark.parametrize(
    "query", ["state=new", "language=xx", "channel=1", "created_after=x", "x=1"]
)
def test_f104_a_wrong_filter_is_400(admin, db, query):
    assert admin.get(f"{LIST}?{query}").status_code == 400


def test_examples_become_phrasings_of_a_faq(admin, question):
    faq = admin.post(
        "/api/v1/faqs/", {"question": "Animals?", "answer": "Yes.", "language": "en"}
    ).json()
    body = admin.post(path(question, "attach/"), {"faq": faq["id"]}).json()
    assert (body["state"], body["faq"]) == ("attached", faq["id"])
    after = admin.get(f"/api/v1/faqs/{faq['id']}/").json()
    assert after["alternatives"] == [DOG, "dogs in your shop?"]
    match = admin.post("/api/v1/faqs/match/", {"text": DOG, "language": "en"}).json()
    assert match["faq"] == faq["id"]


def test_chosen_texts_become_phrasings_of_a_faq(admin, question):
    faq = make_faq()
    admin.post(path(question, "attach/"), {"faq": str(faq.pk), "texts": ["May dogs come in?"]})
    assert [p.text for p in faq.phrasings.all()] == ["May dogs come in?"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "faq"), ({"faq": str(uuid4())}, "faq"), ({"faq": None, "texts": "x"}, "texts")],
    ids=["no faq", "no such faq", "no list"],
)
def test_what_cannot_be_attached_is_400(admin, question, body, field):
    answer = admin.post(path(question, "attach/"), body)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_no_texts_at_all_cannot_be_attached(admin, question):
    answer = admin.post(path(question, "attach/"), {"faq": str(make_faq().pk), "texts": []})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["texts"])


def test_a_faq_is_made_of_a_question(admin, question):
    answer = admin.post(
        path(question, "start_faq/"),
        {"question": DOG, "alternatives": ["dogs?"], "answer": "On a lead.", "language": "en"},
    )
    assert answer.status_code == 201
    faq = FAQ.objects.get()
    assert (answer.json()["state"], answer.json()["faq"]) == ("attached", str(faq.pk))
    assert faq.phrasings.get().text == "dogs?"
    refused = admin.post(path(question, "start_faq/"), {"question": DOG})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["answer"])


@pytest.mark.parametrize(
    ("given", "phrasings"),
    [({}, ["dogs in your shop?"]), ({"alternatives": []}, [])],
    ids=["not given", "none"],
)
def test_a_faq_made_without_alternatives_has_the_other_examples(admin, question, given, phrasings):
    body = {"question": f"Hello, {DOG.upper()}", "answer": "On a lead.", "language": "en", **given}
    assert admin.post(path(question, "start_faq/"), body).status_code == 201
    assert [p.text for p in FAQ.objects.get().phrasings.all()] == phrasings


def test_what_attaching_added_can_be_taken_back_after_dismissing(admin, question):
    faq = make_faq(alternatives=["Pets?"])
    admin.post(path(question, "attach/"), {"faq": str(faq.pk)})
    body = admin.post(path(question, "dismiss/")).json()
    assert (body["state"], body["faq"], body["came_back"]) == ("dismissed", str(faq.pk), False)
    assert faq.phrasings.count() == 3
    body = admin.post(path(question, "reopen/"), {"take_back": True}).json()
    assert (body["state"], body["faq"]) == ("open", None)
    assert [p.text for p in faq.phrasings.all()] == ["Pets?"]


def test_dismissed_reopened_and_taken_back(admin, question):
    assert admin.post(path(question, "dismiss/")).json()["state"] == "dismissed"
    assert admin.post(path(question, "reopen/"), {}).json()["state"] == "open"
    faq = make_faq()
    admin.post(path(question, "attach/"), {"faq": str(faq.pk)})
    body = admin.post(path(question, "reopen/"), {"take_back": True}).json()
    assert (body["state"], body["faq"]) == ("open", None)
    assert not faq.phrasings.exists()


def test_a_replay_says_what_the_bot_would_do_now(admin, question):
    missed = admin.post(f"{LIST}replay/", {"last": 10}).json()
    assert missed["then"] == missed["now"] == {
        "answered": 0, "offered": 0, "missed": 3, "passed_on": 0,
    }  # fmt: skip
    faq = admin.post("/api/v1/faqs/", {"question": DOG, "answer": "Yes.", "language": "en"}).json()
    after = admin.post(f"{LIST}replay/", {"last": 10}).json()
    now = after["now"]
    assert after["complete"]
    assert now["answered"] >= 2
    assert after["gained"] == now["answered"] + now["offered"] == 3 - now["missed"]
    exact = next(line for line in after["results"] if line["text"] == DOG)
    assert (exact["then"], exact["now"], exact["faq"]) == ("missed", "answered", faq["id"])
    assert admin.post(f"{LIST}replay/", {"last": 1}).json()["results"][0] == after["results"][0]


@pytest.mark.parametrize("last", [0, 1001, "x", None])
def test_a_replay_is_bounded(admin, db, last):
    answer = admin.post(f"{LIST}replay/", {"last": last}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["last"])


def test_f102_the_list_is_for_admins_alone(supervisor, agent, question):
    for client in (supervisor, agent):
        assert client.get(LIST).status_code == 403
        assert client.post(path(question, "dismiss/")).status_code == 403
    assert UnansweredQuestion.objects.get().state == "open"
