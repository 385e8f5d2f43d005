"""The FAQ's form: the answer in several languages and on single channels, buttons, files; the ratings."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bot import services
from bot.models import FAQ
from dashboard import metrics
from messaging.models import Agent, Attachment
from messaging.services.counters import count_all
from tests.dashboard.test_faqs import ADD, LIST, fields, phrasings
from tests.factories import make_attachment, make_channel, make_faq


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def change(faq: FAQ) -> str:
    return reverse("admin:bot_faq_change", args=[faq.pk])


def buttons(*rows: tuple[str, str, str]) -> dict[str, list[str]]:
    """Rows of a title, where it leads and the title in Spanish; the last one is left empty."""
    full = [*rows, ("", "", "")]
    return {
        "buttons-title": [title for title, _target, _es in full],
        "buttons-target": [target for _title, target, _es in full],
        "buttons-pt-br": ["" for _ in full],
        "buttons-en": [title for title, _target, _es in full],
        "buttons-es": [es for _title, _target, es in full],
    }


def file(name: str = "map.pdf", data: bytes = b"%PDF-1.4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_everything_is_saved_and_shown_again(admin: Client, boss: Agent) -> None:
    other, channel = make_faq("Other?"), make_channel()
    answer = admin.post(
        ADD,
        fields(answers__es="Sí, en barco.")
        | buttons(
            ("Other", f"faq:{other.pk}", "Otra"),
            ("Shop", "https://a.example", ""),
            ("Call", "", ""),
        )
        | {
            "attached-new": [file(), file("b.txt", b"boats")],
            "overrides-place": [str(channel.pk), "mock", "webchat"],
            "overrides-language": ["", "es", ""],
            "overrides-text": ["Here: yes.", "Sí.", ""],
        }
        | phrasings(),
    )
    assert answer.status_code == 302, answer.content.decode()
    faq = FAQ.objects.exclude(pk=other.pk).get()
    assert faq.answers == {"es": "Sí, en barco."}
    assert faq.buttons == [
        {"title": "Other", "payload": f"faq:{other.pk}", "titles": {"es": "Otra"}},
        {"title": "Shop", "url": "https://a.example"},
        {"title": "Call", "payload": "Call"},
    ]
    assert faq.overrides == {str(channel.pk): {"en": "Here: yes."}, "mock": {"es": "Sí."}}
    stored = list(Attachment.objects.filter(message=None))
    assert faq.attachments == [str(row.pk) for row in stored]
    assert {(row.name, row.uploaded_by) for row in stored} == {("map.pdf", boss), ("b.txt", boss)}
    page = admin.get(change(faq)).content.decode()
    for shown in (
        "Sí, en barco.",
        "Otra",
        "https://a.example",
        "Here: yes.",
        "map.pdf",
        "→ Other?",
    ):
        assert shown in page


def test_a_file_without_its_tick_goes_and_new_ones_come(admin: Client) -> None:
    first, second = (make_attachment(file=f"attachments/{n}") for n in range(2))
    faq = services.create_faq(
        question="Map?", answer="Yes.", language="en", attachments=[first.pk, second.pk]
    )
    data = fields(question="Map?", answer="Yes.") | phrasings(faq=faq)
    admin.post(
        change(faq), data | {"attached-kept": [str(second.pk)], "attached-new": file("new.pdf")}
    )
    faq.refresh_from_db()
    names = [Attachment.objects.get(pk=pk).name for pk in faq.attachments]
    assert names == [second.name, "new.pdf"]


def test_a_file_is_shown_to_who_may_see_the_faqs(admin: Client, supervisor: Client) -> None:
    admin.post(ADD, fields() | phrasings() | {"attached-new": file("map.txt", b"over there")})
    url = reverse("admin:desk_faq_file", args=[Attachment.objects.get().pk])
    for client in (admin, supervisor):
        answer = client.get(url)
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == b"over there"  # type: ignore[attr-defined]
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert Client().get(url).status_code == 302
    of_a_message = make_attachment(file="attachments/x")
    Attachment.objects.filter(pk=of_a_message.pk).delete()
    assert admin.get(reverse("admin:desk_faq_file", args=[of_a_message.pk])).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"answer": "Hi {nome}"}, "{nome}"),
        ({"answers__es": "Hola {nombre}"}, "{nombre}"),
        ({"answers__en": "Something else."}, "own language"),
        (buttons(("A", "faq:7", "")), "faq:"),
        (buttons(("", "x", "")), "title"),
        (buttons(*[("A", "x", "")] * 9), "8"),
        ({"attached-new": file("empty.pdf", b"")}, "empty"),
        ({"attached-new": [file(f"{n}.pdf") for n in range(6)]}, "5"),
        ({"overrides-place": [""], "overrides-language": [""], "overrides-text": ["x"]}, "channel"),
        ({"overrides-place": ["mock"], "overrides-language": [""], "overrides-text": ["{x}"]}, "{x}"),
    ],
    ids=["name", "name-es", "own", "faq", "title", "many", "empty", "files", "place", "name-place"],
)  # fmt: skip
def test_what_is_wrong_is_said_in_the_form_and_nothing_is_kept(
    admin: Client, wrong: dict[str, Any], said: str
) -> None:
    answer = admin.post(ADD, fields() | phrasings() | wrong, headers={"accept-language": "en"})
    assert answer.status_code == 200
    errors = str(answer.context["errors"])
    assert said in errors, errors
    assert not FAQ.objects.exists()
    assert not Attachment.objects.exists()


def test_the_list_and_the_first_page_say_how_often_an_answer_helped(admin: Client) -> None:
    rated, unrated = make_faq("Rated?"), make_faq("Unrated?")
    count_all(
        {
            ("faq_answered", str(rated.pk)): 9,
            ("faq_helpful", str(rated.pk)): 3,
            ("faq_unhelpful", str(rated.pk)): 1,
            ("faq_answered", str(unrated.pk)): 2,
        }
    )
    page = admin.get(LIST, headers={"accept-language": "en"}).content.decode()
    assert "3 of 4" in page
    first, second = metrics.top_faqs(7)
    assert (first.ratings, first.rated, second.rated) == ((3, 1), 4, 0)
    home = admin.get(reverse("admin:index"), headers={"accept-language": "en"}).content.decode()
    assert "helped 3 of 4" in home


def test_feedback_and_its_texts_are_settings(admin: Client) -> None:
    page = admin.get(reverse("admin:bot_botsettings_change", args=[1])).content.decode()
    assert 'name="feedback"' in page
    assert 'name="texts__en__not_helpful"' in page
