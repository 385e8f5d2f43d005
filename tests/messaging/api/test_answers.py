"""faqs/: texts by language and channel, buttons, files, and whether it helped."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.models import FAQ
from messaging.services.counters import count_all
from tests.factories import make_attachment, make_channel, make_faq

FAQS = "/api/v1/faqs/"
QUESTION = {"question": "Como devolvo?", "answer": "Em 7 dias.", "language": "pt-br"}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def uploaded(client: Any) -> str:
    answer = client.post(
        "/api/v1/attachments/",
        {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.4")},
        format="multipart",
    )
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_all_that_goes_with_an_answer_is_taken_and_given(admin: Any) -> None:
    channel, other = make_channel(), make_faq()
    given = {
        "answers": {"en": "Within 7 days, {first_name}.", "es": "En 7 días."},
        "buttons": [
            {"title": "Frete", "payload": f"faq:{other.pk}", "titles": {"en": "Shipping"}},
            {"title": "Loja", "url": "https://loja.example/troca"},
        ],
        "attachments": [uploaded(admin)],
        "overrides": {"mock": {"pt-br": "7 dias."}, str(channel.pk): {"en": "7 days."}},
    }
    made = admin.post(FAQS, QUESTION | given)
    assert made.status_code == 201, made.content
    body = made.json()
    assert {name: body[name] for name in given} == given
    assert (body["helpful"], body["not_helpful"]) == (0, 0)
    path = f"{FAQS}{body['id']}/"
    assert admin.get(path).json() == body
    emptied = admin.patch(path, {"buttons": [], "answers": {}, "attachments": [], "overrides": {}})
    assert emptied.status_code == 200
    assert not any(emptied.json()[name] for name in given)


def test_a_match_shows_what_goes_with_the_answer_on_that_channel(admin: Any) -> None:
    file = uploaded(admin)
    given = {
        "attachments": [file],
        "buttons": [{"title": "Loja", "url": "https://loja.example"}],
        "overrides": {"mock": {"pt-br": "7 dias."}},
    }
    admin.post(FAQS, QUESTION | given)
    found = admin.post(
        f"{FAQS}match/", {"text": "como devolvo?", "channel": str(make_channel().pk)}
    ).json()
    assert found["reply"] == "7 dias."
    assert found["buttons"] == [{"title": "Loja", "payload": "", "url": "https://loja.example"}]
    assert found["attachments"] == [file]
    assert admin.post(f"{FAQS}match/", {"text": "como devolvo?"}).json()["reply"] == "Em 7 dias."


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"answer": "Oi {nome}"}, "answer", "{nome}"),
        ({"answers": {"en": "Hi {nome}"}}, "answers", "{nome}"),
        ({"answers": {"xx": "?"}}, "answers", "es"),
        ({"answers": {"pt": "Outra."}}, "answers", ""),
        ({"answers": {"en": 5.5, "es": []}}, "answers.es", ""),
        ({"buttons": [{"title": "A"}]}, "buttons", ""),
        ({"buttons": [{"title": "A", "payload": "a", "url": "https://a.example"}]}, "buttons", ""),
        ({"buttons": [{"title": "A", "url": "javascript:alert(1)"}]}, "buttons", ""),
        ({"buttons": [{"title": "A", "payload": "faq:7"}]}, "buttons", "faq:"),
        ({"buttons": [{"title": "A", "payload": "yes:7"}]}, "buttons", "yes:"),
        ({"buttons": [{"title": "A", "payload": "é" * 40}]}, "buttons", ""),
        ({"buttons": [{"title": "A", "payload": "a"}] * 9}, "buttons", ""),
        ({"buttons": [{"payload": "a"}]}, "buttons.0.title", ""),
        ({"attachments": [str(uuid4())]}, "attachments", ""),
        ({"attachments": ["x"]}, "attachments.0", ""),
        ({"overrides": {"pigeon": {"pt-br": "Pru."}}}, "overrides", ""),
        ({"overrides": {str(uuid4()): {"pt-br": "Pru."}}}, "overrides", ""),
        ({"overrides": {"mock": {"pt-br": "{nome}"}}}, "overrides", "{nome}"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_made(
    admin: Any, wrong: dict[str, Any], field: str, said: str
) -> None:
    answer = admin.post(FAQS, QUESTION | wrong)
    assert answer.status_code == 400
    problems = answer.json()["fields"]
    assert field in problems
    assert said in str(problems[field])
    assert not FAQ.objects.exists()


def test_a_file_of_a_message_is_not_taken(admin: Any) -> None:
    answer = admin.post(FAQS, QUESTION | {"attachments": [str(make_attachment().pk)]})
    assert answer.status_code == 400


def test_a_faq_whose_channel_is_gone_can_still_be_changed(admin: Any) -> None:
    gone = str(uuid4())
    faq = make_faq(overrides={gone: {"en": "Hi."}})
    kept = admin.patch(f"{FAQS}{faq.pk}/", {"overrides": {gone: {"en": "Hello."}}})
    assert kept.status_code == 200


def test_the_ratings_of_a_page_are_counted_in_one_query(admin: Any) -> None:
    faqs = [make_faq(f"Question {n}?") for n in range(3)]
    for n, faq in enumerate(faqs):
        count_all({("faq_helpful", str(faq.pk)): n, ("faq_unhelpful", str(faq.pk)): 1})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows = admin.get(FAQS).json()["results"]
    found = {row["id"]: (row["helpful"], row["not_helpful"]) for row in rows}
    assert found == {str(faq.pk): (n, 1) for n, faq in enumerate(faqs)}
    assert sum("dailycounter" in query["sql"] for query in queries) == 1


def test_feedback_is_a_setting(admin: Any) -> None:
    assert admin.get("/api/v1/settings/").json()["feedback"] is False
    assert admin.patch("/api/v1/settings/", {"feedback": True}).json()["feedback"] is True
