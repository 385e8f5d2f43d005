"""Try the bot: the decision with its reasons, and the message as a phrasing with one click."""

import html
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from bot import services
from bot.models import FAQ
from messaging.models import Message
from tests.dashboard.world import EVIL, RAW
from tests.factories import make_channel, make_conversation, make_message

PAGE = "admin:try_bot"


@pytest.fixture
def faq(db: None) -> FAQ:
    services.create_faq(
        question="Quanto custa o frete?",
        answer="Depende do CEP.",
        alternatives=["valor do frete", "preço da entrega"],
    )
    return services.create_faq(
        question="Onde está meu pedido?",
        answer="Veja em Meus pedidos.",
        alternatives=["cadê meu pedido", "rastrear pedido", "quando chega minha encomenda"],
    )


def tried(browser: Client, text: str, **more: str) -> str:
    answer = browser.post(reverse(PAGE), {"text": text, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_the_decision_the_steps_the_candidates_and_their_words(
    admin: Client, faq: FAQ
) -> None:
    page = tried(admin, "cade meu peddido que comprei", language="pt-br")
    steps = dict(
        re.findall(r'desk-step desk-step-(\w+)"[^>]*>(?:<span[^>]*>\w+</span>)?(\w+)<', page)
    )
    assert steps["decided"] in ("faq", "miss")
    assert faq.question in page
    assert re.search(r"desk-word-for", page)
    assert re.search(r"<s[^>]*>peddido</s>.*pedido", page)
    assert 'class="desk-dot-mark"' in page
    assert not Message.objects.exists()


def test_the_reply_is_shown_as_the_channel_would_send_it(admin: Client, faq: FAQ) -> None:
    channel = make_channel("mock")
    services.update_faq(faq=faq.pk, answer="linha comprida " * 600)
    page = tried(admin, "cadê meu pedido", channel=str(channel.pk))
    assert page.count("desk-by-bot") == 3  # 9 000 characters in parts of 4 096


def test_a_message_becomes_a_phrasing_with_one_click_and_is_live(admin: Client, faq: FAQ) -> None:
    page = tried(admin, "o pacote sumiu", add=str(faq.pk))
    assert [p.text for p in faq.phrasings.all()][-1] == "o pacote sumiu"
    assert faq.question in html.unescape(page)
    assert services.match("o pacote sumiu").decision.faq == str(faq.pk)
    assert 'desk-step-decided" title' in page
    assert FAQ.history.filter(id=faq.pk).first().history_user is not None


def test_with_drafts_it_waits_until_it_is_published_and_can_be_tried_before(
    admin: Client, faq: FAQ
) -> None:
    services.update_settings(drafts=True)
    tried(admin, "o pacote sumiu", add=str(faq.pk))
    assert services.match("o pacote sumiu").decision.faq is None
    assert services.match("o pacote sumiu", drafts=True).decision.faq == str(faq.pk)
    assert "Veja em Meus pedidos." not in tried(admin, "o pacote sumiu")
    assert "Veja em Meus pedidos." in tried(admin, "o pacote sumiu", drafts="on")
    services.publish()
    assert services.match("o pacote sumiu").decision.faq == str(faq.pk)


def test_without_drafts_there_is_no_switch_for_them(admin: Client, faq: FAQ) -> None:
    assert 'name="drafts"' not in tried(admin, "oi")


@pytest.mark.parametrize("target", ["nonsense", str(uuid4())], ids=["nonsense", "gone"])
def test_adding_to_a_faq_that_is_gone_is_said(admin: Client, faq: FAQ, target: str) -> None:
    before = FAQ.history.count()
    assert tried(admin, "o pacote sumiu", add=target)
    assert FAQ.history.count() == before


def test_a_message_too_long_for_a_phrasing_is_refused_with_a_sentence(
    admin: Client, faq: FAQ
) -> None:
    page = tried(admin, "pedido " * 100, add=str(faq.pk))
    assert "500" in page
    assert faq.phrasings.count() == 3


def test_a_supervisor_tries_but_adds_nothing(supervisor: Client, faq: FAQ) -> None:
    page = tried(supervisor, "cade meu pedidu")
    assert faq.question in page
    assert 'name="add"' not in page
    answer = supervisor.post(reverse(PAGE), {"text": "novo", "add": str(faq.pk)})
    assert answer.status_code == 403
    assert faq.phrasings.count() == 3


HOSTILE = {
    "empty": "",
    "blank": " \n\t ",
    "html": EVIL,
    "64 KB": "a" * 65_536,
    "64 KB of words": "pedido onde " * 5_500,
    "emoji": "😀" * 10_000,
    "rtl": "أين طلبي؟ \u202e odidep",
    "zero width": "pe\u200bdi\u200ddo",
    "surrogate": "\ud800 pedido",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_f42_f50_hostile_messages_are_tried_and_shown_as_text(
    admin: Client, faq: FAQ, text: str
) -> None:
    page = tried(admin, text.encode("utf-8", "replace").decode())
    assert "desk-step-decided" in page
    assert RAW not in page


def test_f43_a_nul_is_refused_in_the_form(admin: Client, faq: FAQ) -> None:
    page = tried(admin, "pedido\x00")
    assert "desk-step-decided" not in page


def test_a_stored_message_can_be_looked_at_again(admin: Client, faq: FAQ) -> None:
    said = make_message(make_conversation(), text=f"cade meu pedidu {EVIL}")
    answer = admin.get(reverse(PAGE), {"message": str(said.pk)})
    page = answer.content.decode()
    assert html.escape(EVIL) in page
    assert "desk-step-decided" in page
    assert admin.get(reverse(PAGE)).status_code == 200
    for wrong in ("x", str(uuid4())):
        assert admin.get(reverse(PAGE), {"message": wrong}).status_code == 404


def test_the_conversation_leads_from_why_to_trying(admin: Client, faq: FAQ) -> None:
    from messaging.models import Decision

    said = make_message(make_conversation(), text="cade meu pedidu")
    Decision.objects.create(message=said, action="reply", step="faq", faq_id=faq.pk, score=0.9)
    page = reverse("admin:messaging_conversation_change", args=[said.conversation_id])
    assert f"{reverse(PAGE)}?message={said.pk}" in admin.get(page).content.decode()


def test_any_faq_can_be_found_to_add_to(admin: Client, supervisor: Client, faq: FAQ) -> None:
    search = reverse("admin:faq_search")
    shown = admin.get(search, {"q": "ENCOMENDA"}).content.decode()
    assert (faq.question in shown, f'value="{faq.pk}"' in shown) == (True, True)
    assert faq.question not in admin.get(search, {"q": "qwzx"}).content.decode()
    assert faq.question not in admin.get(search, {"q": ""}).content.decode()
    assert admin.get(search, {"q": EVIL + "\x00"}).status_code == 200
    assert "<button" not in supervisor.get(search, {"q": "encomenda"}).content.decode()
    assert (
        reverse("admin:thresholds")
        in admin.get(search, {"q": "encomenda", "for": "bands"}).content.decode()
    )
