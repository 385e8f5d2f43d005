"""Thresholds: drawn beside recent messages, tried on them, then saved."""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from bot import services
from bot.models import FAQ
from messaging.models import Decision
from tests.dashboard.world import EVIL, RAW
from tests.factories import make_conversation, make_message

PAGE = "/admin/thresholds/"
GENERAL = {"accept": "0.65", "suggest": "0.2", "margin": "0.05", "min_informative": "3"}


@pytest.fixture
def faqs(db: None) -> dict[str, FAQ]:
    make = services.create_faq
    return {
        "order": make(question="Onde está meu pedido?", answer="Aqui.", language="pt-br"),
        "refund": make(question="How do I get a refund?", answer="So.", language="en"),
    }


def decided(text: str, faq: FAQ | None, *scores: float, action: str = "reply") -> Decision:
    """A stored decision about a message; the candidates beyond the first are of no FAQ there is."""
    said = make_message(make_conversation(language=faq.language if faq else ""), text=text)
    names = [str(faq.pk) if faq else "", *(f"gone{n}" for n in range(len(scores)))]
    candidates = [
        {"faq": name, "score": score, "phrasing": text}
        for name, score in zip(names, scores, strict=False)
    ]
    step = "miss" if action == "escalate" else "faq"
    return Decision.objects.create(
        message=said,
        action=action,
        step=step,
        reason="miss" if step == "miss" else "",
        score=scores[0] if scores else None,
        candidates=candidates,
    )


@pytest.fixture
def past(faqs: dict[str, FAQ]) -> None:
    decided("meu pedido por favor", faqs["order"], 0.9)
    decided("pedido onde ficou", faqs["order"], 0.65, 0.1)
    decided("the refund thing please", faqs["refund"], 0.4, action="suggest")
    decided("qwzx plim plom", faqs["order"], 0.1, action="escalate")
    decided("nada disso aqui", None, action="escalate")
    silent = make_message(make_conversation(), text="oi")
    Decision.objects.create(message=silent, action="reply", step="exact", reason="greeting")


def matrix(page: str) -> dict[tuple[str, str], int]:
    """Counts by (now, then) of the page's matrix."""
    rows = re.findall(r'<th scope="row">[^<]*</th>(.*?)</tr>', page, re.DOTALL)
    names = ("answered", "offered", "missed")
    found = {}
    for before, row in zip(names, rows, strict=True):
        cells = re.findall(r"<td[^>]*>(?:<a[^>]*>)?(\d+)", row)
        found |= {(before, after): int(n) for after, n in zip(names, cells, strict=True)}
    return found


def moved(page: str) -> dict[tuple[str, str], int]:
    return {pair: n for pair, n in matrix(page).items() if n and pair[0] != pair[1]}


def shown(browser: Client, **query: str) -> str:
    answer = browser.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_messages_the_page_says_so(admin: Client, faqs: dict[str, FAQ]) -> None:
    page = shown(admin)
    assert "desk-histogram" not in page
    assert 'class="desk-empty"' in page
    assert "desk-matrix" not in shown(admin, **GENERAL)


def test_the_chart_counts_what_the_faqs_were_compared_with_by_what_happened(
    admin: Client, past: None
) -> None:
    page = shown(admin)
    counts = re.findall(r'desk-fill-(\w+)"></i>[^<]*<span class="desk-count">(\d+)<', page)
    assert dict(counts) == {"answered": "2", "offered": "1", "missed": "2"}
    assert page.count("<rect") == 4  # the one without candidates has no score


@pytest.mark.parametrize(("language", "count"), [("pt-br", "2"), ("en", "0"), ("es", None)])
def test_a_language_shows_the_messages_its_faqs_were_nearest_to(
    admin: Client, past: None, language: str, count: str | None
) -> None:
    page = shown(admin, language=language)
    counts = dict(re.findall(r'desk-fill-(\w+)"></i>[^<]*<span class="desk-count">(\d+)<', page))
    assert counts.get("answered") == count


def test_unchanged_thresholds_change_nothing(admin: Client, past: None) -> None:
    page = shown(admin, **GENERAL)
    assert sum(matrix(page).values()) == 5
    assert moved(page) == {}


def test_it_shows_which_messages_other_thresholds_would_have_changed(
    admin: Client, past: None
) -> None:
    page = shown(admin, **GENERAL | {"accept": "0.8", "suggest": "0.5"})
    assert moved(page) == {("answered", "offered"): 1, ("offered", "missed"): 1}
    assert "pedido onde ficou" in page
    assert "meu pedido por favor" not in page
    assert services.get_settings().accept == 0.65


def test_the_changed_messages_can_be_filtered_and_exported(admin: Client, past: None) -> None:
    asked = GENERAL | {"accept": "0.8", "suggest": "0.5"}
    one = shown(admin, **asked, move="offered-missed")
    assert ("the refund thing" in one, "pedido onde ficou" in one) == (True, False)
    word = shown(admin, **asked, q="FICOU")
    assert ("the refund thing" in word, "pedido onde ficou" in word) == (False, True)
    file = admin.get(PAGE, asked | {"format": "csv", "move": "offered-missed"})
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert [row[1] for row in rows[1:]] == ["the refund thing please"]
    assert admin.get(PAGE, asked | {"format": "xlsx"}).content.startswith(b"PK")


def test_f113_an_exported_message_is_no_formula(admin: Client, faqs: dict[str, FAQ]) -> None:
    decided("=cmd|' /C calc'!A0", faqs["order"], 0.7)
    file = admin.get(PAGE, GENERAL | {"accept": "0.8", "format": "csv"}).content.decode()
    assert "'=cmd" in file


def test_thresholds_of_a_language_are_tried_and_saved_for_it_alone(
    admin: Client, past: None
) -> None:
    asked = {"accept": "0.7", "suggest": "", "margin": "", "min_informative": ""}
    page = shown(admin, **asked, language="pt-br")
    assert moved(page) == {("answered", "offered"): 1}
    services.update_settings(bands={"es": {"margin": 0.1}})
    answer = admin.post(f"{PAGE}?language=pt-br", asked | {"save": "1"})
    assert answer.status_code == 302
    assert services.get_settings().bands == {"es": {"margin": 0.1}, "pt-br": {"accept": 0.7}}
    cleared = dict.fromkeys(asked, "")
    admin.post(f"{PAGE}?language=pt-br", cleared | {"save": "1"})
    assert services.get_settings().bands == {"es": {"margin": 0.1}}


def test_the_minimum_length_of_a_language_counts_for_what_is_written_in_it(
    admin: Client, past: None
) -> None:
    asked = {"accept": "", "suggest": "", "margin": "", "min_informative": "12"}
    page = shown(admin, **asked, language="pt-br")
    assert moved(page) == {("answered", "missed"): 1}  # "meu pedido", without the "please"


def test_thresholds_of_one_faq_are_tried_and_saved_for_it_alone(
    admin: Client, past: None, faqs: dict[str, FAQ]
) -> None:
    faq = faqs["order"]
    page = shown(admin, accept="0.95", suggest="0.05", faq=str(faq.pk))
    assert moved(page) == {("answered", "offered"): 2, ("missed", "offered"): 1}
    assert sum(matrix(page).values()) == 3
    admin.post(f"{PAGE}?faq={faq.pk}", {"accept": "0.95", "suggest": "", "save": "1"})
    faq.refresh_from_db()
    assert faq.bands == {"accept": 0.95}
    assert faq.question in shown(admin)


def test_the_general_thresholds_are_saved_and_live(admin: Client, past: None) -> None:
    answer = admin.post(PAGE, GENERAL | {"accept": "0.8", "save": "1"})
    assert answer.status_code == 302
    assert services.current().settings.bands.accept == 0.8


@pytest.mark.parametrize(
    "wrong",
    [{"accept": "2"}, {"accept": "x"}, {"accept": "0.1"}, {"suggest": "0.9"}, {"margin": "nan"}],
    ids=str,
)
def test_what_makes_no_sense_is_refused_beside_the_field(
    admin: Client, past: None, wrong: dict[str, str]
) -> None:
    page = shown(admin, **GENERAL | wrong)
    assert "desk-matrix" not in page
    assert admin.post(PAGE, GENERAL | wrong | {"save": "1"}).status_code == 200
    assert services.get_settings().accept == 0.65


@pytest.mark.parametrize("query", [{"language": "xx"}, {"faq": "x"}, {"faq": "0" * 32}], ids=str)
def test_what_is_not_there_is_not_found(admin: Client, db: None, query: dict[str, str]) -> None:
    assert admin.get(PAGE, query).status_code == 404


def test_a_supervisor_looks_but_does_not_save(supervisor: Client, past: None) -> None:
    page = shown(supervisor, **GENERAL | {"accept": "0.8"})
    assert ("desk-matrix" in page, 'name="save"' in page) == (True, False)
    answer = supervisor.post(PAGE, GENERAL | {"accept": "0.8", "save": "1"})
    assert answer.status_code == 403
    assert services.get_settings().accept == 0.65


def test_f112_hostile_messages_and_broken_candidates_are_shown_as_text(
    admin: Client, faqs: dict[str, FAQ]
) -> None:
    decided(EVIL, faqs["order"], 0.7)
    decided("pedido " * 9_000, faqs["order"], 0.7)
    broken = decided("pedido", faqs["order"], 0.7)
    broken.candidates = [{"faq": 7}, "x", {"faq": "not-an-id", "score": 0.7, "phrasing": EVIL}]
    broken.save()
    page = shown(admin, **GENERAL | {"accept": "0.8"})
    assert moved(page) == {("answered", "offered"): 3}
    assert RAW not in page


def test_the_page_asks_a_fixed_number_of_questions(
    admin: Client, past: None, faqs: dict[str, FAQ], django_assert_max_num_queries
) -> None:
    for number in range(40):
        decided(f"pedido numero {number}", faqs["order"], 0.7)
    with django_assert_max_num_queries(30):
        admin.get(reverse("admin:thresholds"), GENERAL | {"accept": "0.8"})


def test_the_form_of_a_faq_shows_its_scores_and_leads_to_the_thresholds(
    admin: Client, supervisor: Client, past: None, faqs: dict[str, FAQ]
) -> None:
    form = reverse("admin:bot_faq_change", args=[faqs["order"].pk])
    for browser in (admin, supervisor):
        page = browser.get(form).content.decode()
        counts = re.findall(r'desk-fill-(\w+)"></i>[^<]*<span class="desk-count">(\d+)<', page)
        assert dict(counts) == {"answered": "2", "offered": "0", "missed": "1"}
        assert f"{PAGE}?faq={faqs['order'].pk}" in page
    assert admin.get(reverse("admin:bot_faq_add")).status_code == 200
    settings = admin.get(reverse("admin:bot_botsettings_change", args=[1])).content.decode()
    assert f'href="{PAGE}"' in settings
