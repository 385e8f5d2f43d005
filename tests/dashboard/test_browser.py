"""The admin in a real browser, on the running desk."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.live import LiveDesk

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture
def page(live_desk: LiveDesk) -> Iterator[Any]:
    """A page of a browser that fails the test when the browser complains."""
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=live_desk.base_url, locale="en-GB")
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
        page.on(
            "console",
            lambda message: message.type == "error" and complaints.append(message.text),
        )
        yield page
        browser.close()
    assert not complaints


def test_an_admin_signs_in_sees_the_desk_and_answers_in_a_conversation(
    live_desk: LiveDesk, page: Any
) -> None:
    channel = live_desk.create_channel("mock")
    message = {"id": "b1", "from": "kai", "name": "<b onclick=alert(1)>Kai</b>", "text": "qwzx"}
    httpx.post(f"{live_desk.base_url}/webhooks/mock/{channel['id']}", json=message)

    page.goto("/admin/")
    page.fill("[name=username]", live_desk.username)
    page.fill("[name=password]", "wrong")
    page.click("[type=submit]")
    page.wait_for_selector("text=/correct|corretos/")
    page.fill("[name=username]", live_desk.username)
    page.fill("[name=password]", live_desk.password)
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    assert page.locator(".desk-figure").count() == 5
    assert page.locator(".desk-chart canvas, .desk-empty").count() >= 1

    page.goto("/admin/messaging/conversation/")
    page.get_by_text("<b onclick=alert(1)>Kai</b>").first.click()
    page.wait_for_selector(".desk-thread")
    page.fill("[data-reply] textarea", "A human is here")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".desk-by-agent .desk-text:has-text('A human is here')")
    page.locator(".desk-by-agent .desk-tick-sent").wait_for(timeout=15_000)
    assert re.search(r"\bagent\b|atendente|agente", page.locator(".desk-owner-agent").inner_text())


def test_a_message_is_tried_and_becomes_a_phrasing_with_one_click(
    live_desk: LiveDesk, page: Any
) -> None:
    page.goto("/admin/try/")
    page.fill("[name=username]", live_desk.username)
    page.fill("[name=password]", live_desk.password)
    page.click("[type=submit]")
    page.wait_for_selector(".desk-try-form")
    page.fill("[name=text]", "cade aquele meu pedido <b onclick=alert(1)>?</b>")
    page.click(".desk-try-form .desk-button")
    page.wait_for_selector(".desk-step-decided")
    assert page.locator(".desk-try-chat .desk-bubble").count() == 1
    assert page.locator(".desk-scale circle").count() == page.locator(".desk-tried").count()
    assert page.locator(".desk-word-for").count() >= 1
    page.locator(".desk-tried button[name=add]").first.click()
    page.wait_for_selector(".desk-step-decided:has-text('exact')")
    page.fill("[name=text]", "o rolo compressor azul")
    page.click(".desk-try-form .desk-button")
    page.wait_for_selector(".desk-read:has-text('rolo compressor')")
    page.fill("input[name=q]", "pedido")
    page.locator("#found-faqs button[name=add]").first.click()
    page.wait_for_selector(".desk-step-decided:has-text('exact')")


def test_an_unanswered_question_is_attached_with_one_click_and_the_replay_shows_the_gain(
    live_desk: LiveDesk, page: Any
) -> None:
    channel = live_desk.create_channel("mock")
    asked = "Alugam girafas <svg onload=confirm(7)>de pelúcia</svg>?"
    for number, text in enumerate((asked, asked.upper())):
        message = {"id": f"u{number}", "from": f"uma{number}", "text": text}
        httpx.post(f"{live_desk.base_url}/webhooks/mock/{channel['id']}", json=message)

    page.goto("/admin/messaging/unansweredquestion/?q=girafas")
    page.fill("[name=username]", live_desk.username)
    page.fill("[name=password]", live_desk.password)
    page.click("[type=submit]")
    page.wait_for_selector("#changelist")
    for _ in range(30):  # the job that groups them runs every few seconds
        page.reload()
        if page.get_by_text("de pelúcia").count():
            break
        page.wait_for_timeout(1000)
    page.get_by_text("de pelúcia").first.click()
    page.wait_for_selector("#attach")
    page.fill("[name=find]", "entrega")
    page.locator("#found-faqs button[name=faq]").first.click()
    page.wait_for_selector(".desk-state-attached")

    page.goto("/admin/messaging/unansweredquestion/replay/?last=1000&now=gained&find=girafas")
    page.wait_for_selector(".desk-now-answered")
    assert page.locator(".desk-replay-bar .desk-became-answered").count() == 1


def test_an_answer_with_buttons_and_a_file_is_written_read_in_the_chat_and_rated(
    live_desk: LiveDesk, page: Any
) -> None:
    page.goto("/admin/bot/faq/add/")
    page.fill("[name=username]", live_desk.username)
    page.fill("[name=password]", live_desk.password)
    page.click("[type=submit]")
    page.fill("[name=question]", "Vocês consertam zepelins?")
    page.fill("[name=answer]", "{first_name}, consertamos zepelins.")
    page.locator("[name=answers__en]").evaluate("field => { field.value = 'We do.'; }")
    page.get_by_text(re.compile("Buttons and files|Botões e arquivos")).first.click()
    page.fill("[name=buttons-title] >> nth=0", "Oficina")
    page.fill("[name=buttons-target] >> nth=0", "https://oficina.example/zepelins")
    page.locator("[data-add-row]:visible").first.click()
    page.fill("[name=buttons-title] >> nth=1", "Outra coisa")
    first = page.locator("datalist option").first.get_attribute("value")
    page.fill("[name=buttons-target] >> nth=1", first)
    page.set_input_files(
        "[name=attached-new]",
        {"name": "zepelim.txt", "mimeType": "text/plain", "buffer": b"tabela"},
    )
    page.click("[name=_continue]")
    page.wait_for_selector("a:has-text('zepelim.txt')", state="attached")

    with live_desk.sign_in() as api:
        api.patch("settings/", json={"feedback": True})
        try:
            page.goto("/")
            page.fill("#text", "vocês consertam zepelins?")
            page.keyboard.press("Enter")
            page.get_by_text("Consertamos zepelins.").wait_for()
            page.get_by_role("button", name=re.compile("zepelim.txt")).wait_for()
            link = page.get_by_role("link", name="Oficina")
            assert link.get_attribute("href") == "https://oficina.example/zepelins"
            assert link.get_attribute("rel") == "noopener noreferrer"
            page.get_by_role("button", name="Outra coisa").wait_for()
            page.get_by_role("button", name="Sim, ajudou").click()
            page.get_by_text("Que bom!").wait_for()
            [faq] = [
                row for row in api.get("faqs/").json()["results"] if "zepelins" in row["answer"]
            ]
            assert (faq["helpful"], faq["not_helpful"], faq["answers"]) == (1, 0, {"en": "We do."})
        finally:
            api.patch("settings/", json={"feedback": False})
