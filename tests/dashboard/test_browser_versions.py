"""Drafts, the review, the check and going back, in a real browser on the running desk."""

from typing import Any

import httpx
import pytest

from tests.dashboard import test_browser
from tests.live import LiveDesk

pytestmark = test_browser.pytestmark
page = test_browser.page


@pytest.fixture
def api(live_desk: LiveDesk) -> Any:
    """The desk's API for its admin."""
    who = {"username": live_desk.username, "password": live_desk.password}
    base = f"{live_desk.base_url}/api/v1/"
    token = httpx.post(f"{base}auth/token/", json=who).json()["access"]
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def test_a_draft_is_reviewed_published_and_taken_back(
    live_desk: LiveDesk, page: Any, api: Any
) -> None:
    asked = {"question": "Do you sell kites of silk?", "answer": "Yes, of silk.", "language": "en"}
    made = api.post("faqs/", json=asked).json()
    before = api.get("faqs/versions/").json()["results"][0]["version"]
    api.patch("settings/", json={"drafts": True})
    api.patch(f"faqs/{made['id']}/", json={"answer": "Yes, of paper."})
    try:
        page.goto("/admin/")
        page.fill("[name=username]", live_desk.username)
        page.fill("[name=password]", live_desk.password)
        page.click("[type=submit]")
        page.wait_for_url("**/admin/")

        page.goto("/admin/bot/faq/")
        page.click("a[href$='/review/']")
        page.wait_for_selector("#desk-checked progress")
        assert page.locator("ins").inner_text() == "paper"
        assert page.locator("del").inner_text() == "silk"
        page.fill("[name=note]", "paper is cheaper")
        page.click(".desk-publish button")
        page.wait_for_url(f"**/snapshot/{before + 1}/change/")
        assert page.get_by_text("paper is cheaper").is_visible()

        page.goto(f"/admin/bot/snapshot/{before}/change/")
        page.click("a[href$='/rollback/']")
        assert page.locator("ins").inner_text() == "silk"
        page.click(".desk-publish button:not([type=button])")
        page.wait_for_url(f"**/snapshot/{before + 2}/change/")
        assert api.get(f"faqs/{made['id']}/").json()["answer"] == "Yes, of silk."

        page.goto("/admin/bot/snapshot/check/")
        page.locator(".desk-health, .desk-table").first.wait_for()
    finally:
        api.patch("settings/", json={"drafts": False})
        api.delete(f"faqs/{made['id']}/")
