"""Versions in the admin: the list, what differs, going back, and the review with the check."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from bot import diffing, services
from bot.models import FAQ, Snapshot
from bot.services import checking
from dashboard import differences
from messaging.models import Agent
from messaging.services import jobs, library
from tests.dashboard.conftest import browser_of, staff
from tests.dashboard.world import EVIL, RAW
from tests.factories import make_channel

LIST = reverse("admin:bot_snapshot_changelist")
REVIEW = reverse("admin:desk_review")
CHECK = reverse("admin:desk_check")


@pytest.fixture(autouse=True)
def _english(admin: Client) -> None:
    admin.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def page_of(version: int) -> str:
    return reverse("admin:bot_snapshot_change", args=[version])


def back_to(version: int) -> str:
    return reverse("admin:desk_rollback", args=[version])


@pytest.fixture
def faq(boss: Agent) -> FAQ:
    """Published as version 1, changed in version 2."""
    with services.changes(author=boss.user, note="first texts"):
        made = services.create_faq(
            question="Where is my order?",
            answer="Look under My orders.",
            alternatives=["track it", "tracking"],
            language="en",
        )
    services.update_faq(faq=made.pk, answer="Look under Your orders.", alternatives=["track it"])
    return made


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_versions_are_listed_searched_filtered_and_exported(admin: Client, faq: FAQ) -> None:
    shown = admin.get(LIST).content.decode()
    assert "v2" in shown
    assert "first texts" in shown
    found = admin.get(LIST, {"q": "first"}).context["cl"].result_list
    assert [row.version for row in found] == [1]
    author = Snapshot.objects.get(version=1).author_id
    found = admin.get(LIST, {"author__id__exact": author}).context["cl"].result_list
    assert [row.version for row in found] == [1]
    file = admin.post(
        reverse("admin:bot_snapshot_export"),
        {"format": "0", "resource": "0"},
    )
    (row,) = [row for row in rows_of(file) if row[0] == "1"]
    assert row[3:] == ["first texts", "1", "0"]


def test_a_version_shows_what_it_changed_with_the_words_marked(admin: Client, faq: FAQ) -> None:
    shown = admin.get(page_of(2)).content.decode()
    assert "<del>My</del><ins>Your</ins>" in shown
    assert "<li><del>tracking</del></li>" in shown
    assert "Look under" in shown


def test_a_version_is_compared_with_any_other_and_with_the_drafts(admin: Client, faq: FAQ) -> None:
    services.update_settings(drafts=True)
    services.update_faq(faq=faq.pk, answer="Ask us.")
    for against, other in (("1", "My"), ("draft", "Ask")):
        page = admin.get(page_of(2), {"against": against})
        assert f">{other}" in page.content.decode()
        assert page.context["counts"]["changed"] == 1


def test_a_difference_is_narrowed_and_exported(admin: Client, faq: FAQ) -> None:
    services.create_rule(name="=Offers", trigger="keyword", pattern="x", action="reply", reply="1")
    query = {"against": "1"}
    for narrowed, found in (
        ({"kind": "rule"}, ["=Offers"]),
        ({"change": "changed"}, ["Where is my order?"]),
        ({"q": "YOUR ORDERS"}, ["Where is my order?"]),
        ({"q": "nothing like it"}, []),
        ({"kind": "settings"}, []),
    ):
        page = admin.get(page_of(3), query | narrowed)
        assert [item.title for item in page.context["items"]] == found, narrowed
    everything = admin.get(page_of(3), query | {"all": "1"}).context["items"]
    assert [item.change for item in everything] == ["changed", "added", "same"]
    rows = rows_of(admin.get(page_of(3), query | {"kind": "rule", "format": "csv"}))
    assert rows[0][:4] == ["kind", "id", "title", "change"]
    assert {row[2] for row in rows[1:]} == {"'=Offers"}


def test_f112_foreign_texts_in_a_difference_stay_texts(admin: Client, faq: FAQ) -> None:
    services.update_faq(faq=faq.pk, answer=EVIL, alternatives=[EVIL])
    for page in (page_of(3), back_to(2), REVIEW, CHECK):
        assert RAW not in admin.get(page).content.decode()


def test_going_back_takes_a_look_and_a_click(admin: Client, faq: FAQ) -> None:
    look = admin.get(back_to(1))
    assert "<del>Your</del><ins>My</ins>" in look.content.decode()
    done = admin.post(back_to(1), {"seen": look.context["seen"], "note": "no"}, follow=True)
    assert done.redirect_chain[-1][0] == page_of(3)
    newest = Snapshot.objects.latest("version")
    assert (newest.note, newest.author is not None) == ("rollback to v1: no", True)
    faq.refresh_from_db()
    assert faq.answer == "Look under My orders."


def test_drafts_are_named_before_they_are_overwritten(admin: Client, faq: FAQ) -> None:
    services.update_settings(drafts=True)
    before = Snapshot.objects.count()
    services.create_faq(question="A draft?", answer="Yes.", language="en")
    look = admin.get(back_to(2))
    assert (look.context["drafts_count"], look.context["items_count"]) == (1, 0)
    assert "A draft?" in look.content.decode()
    services.create_faq(question="Another draft?", answer="Yes.", language="en")
    refused = admin.post(back_to(2), {"seen": look.context["seen"]})
    assert refused.status_code == 302
    assert FAQ.objects.filter(enabled=True).count() == 3
    assert Snapshot.objects.count() == before
    look = admin.get(back_to(2))
    admin.post(back_to(2), {"seen": look.context["seen"]})
    assert FAQ.objects.get(enabled=True) == faq


def test_going_back_to_what_is_live_says_there_is_nothing_to_do(admin: Client, faq: FAQ) -> None:
    look = admin.get(back_to(2))
    assert "Nothing to do" in look.content.decode()
    admin.post(back_to(2), {"seen": look.context["seen"]})
    assert Snapshot.objects.count() == 2


def test_a_version_of_another_release_is_shown_without_its_content(admin: Client, faq: FAQ) -> None:
    Snapshot.objects.filter(version=1).update(content={"format": 99})
    assert "another release" in admin.get(page_of(1)).content.decode()
    assert "another release" in admin.get(page_of(2)).content.decode()
    assert admin.get(back_to(1)).status_code == 302
    assert admin.post(back_to(1), {"seen": ""}).status_code == 302


def test_a_version_that_is_not_there_is_404(admin: Client, faq: FAQ) -> None:
    assert admin.get(page_of(9)).status_code == 404
    assert admin.get(back_to(9)).status_code == 404
    assert admin.post(back_to(9)).status_code == 404


def test_supervisors_neither_look_nor_go_back(faq: FAQ) -> None:
    supervisor = browser_of(staff("supervisor"))
    for page in (page_of(1), back_to(1), REVIEW, CHECK):
        assert supervisor.get(page).status_code == 403
        assert supervisor.post(page).status_code == 403


# --- the review


def test_what_is_published_is_what_was_looked_at(admin: Client, faq: FAQ) -> None:
    services.update_settings(drafts=True)
    before = Snapshot.objects.count()
    services.update_faq(faq=faq.pk, answer="Ask us.")
    look = admin.get(REVIEW)
    assert "<ins>Ask us.</ins>" in look.content.decode()
    assert look.context["report"].faqs == 1
    services.update_faq(faq=faq.pk, answer="Do not ask us.")
    admin.post(REVIEW, {"seen": look.context["seen"], "note": "unseen"})
    assert Snapshot.objects.count() == before
    admin.post(REVIEW, {"seen": admin.get(REVIEW).context["seen"], "note": "seen"})
    assert Snapshot.objects.latest("version").note == "seen"
    assert "Nothing to publish" in admin.get(REVIEW).content.decode()


def test_a_review_names_what_the_check_found(admin: Client, faq: FAQ) -> None:
    make_channel(name="Shop")
    services.create_faq(question="Track IT!", answer="Yes.", language="en")
    shown = admin.get(REVIEW).content.decode()
    assert "have the same phrasing" in shown
    assert reverse("admin:bot_faq_change", args=[faq.pk]) in shown


# --- the check


def test_findings_are_narrowed_and_exported(admin: Client, faq: FAQ) -> None:
    services.create_faq(question="Track IT!", answer="+" + "x" * 2000, language="en")
    kinds = [line.severity for line in admin.get(CHECK).context["lines"]]
    assert kinds[0] == "error"
    assert "info" in kinds
    for query in ({"severity": "error"}, {"kind": "duplicate"}, {"q": "SAME PHRASING"}):
        lines = admin.get(CHECK, query).context["lines"]
        assert [line.severity for line in lines] == ["error"], query
    rows = rows_of(admin.get(CHECK, {"severity": "error", "format": "csv"}))
    assert [row[:2] for row in rows] == [["severity", "kind"], ["error", "duplicate"]]


def test_every_faq_has_its_health(admin: Client) -> None:
    for number in range(3):
        services.create_faq(
            question=f"Question {number} about order",
            answer=f"{number}",
            alternatives=[f"order question {number}", "where" * (number + 1)],
            language="en",
        )
    page = admin.get(CHECK, {"all": "1"})
    assert sum(bar.tested for bar in page.context["bars"]) == page.context["report"].tested
    assert len(page.context["bars"]) == 3


def test_a_large_library_is_checked_in_the_background(
    admin: Client, faq: FAQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    for page in (CHECK, REVIEW):
        shown = admin.get(page).content.decode()
        assert 'hx-trigger="every 3s"' in shown
        assert "in the background" in shown
    assert len(rows_of(admin.get(CHECK, {"format": "csv"}))) == 1
    library.run_check(jobs.holder())
    shown = admin.get(CHECK).content.decode()
    assert 'hx-trigger="every 3s"' not in shown


# --- marks


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        ("a b c d", "a b c d", [("same", "a b c d")]),
        ("the old text here", "the new text here", ["same", "del", "ins", "same"]),
        ("a long old text here", "a long quite new text here", ["same", "del", "ins", "same"]),
        ("one two three four five", "one 2 3 four five", ["same", "del", "ins", "same"]),
        ("one", "quite another", [("del", "one"), ("ins", "quite another")]),
        ("", "new", [("ins", "new")]),
        ("old", "", [("del", "old")]),
        ("", "", []),
    ],
)
def test_texts_are_marked_word_by_word(before: str, after: str, marks: list[Any]) -> None:
    pieces = differences.marked(before, after)
    assert [
        piece.mark if isinstance(m, str) else piece for piece, m in zip(pieces, marks, strict=True)
    ] == marks
    assert "".join(piece.text for piece in pieces if piece.mark != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.mark != "del") == after


def test_long_texts_are_marked_by_lines() -> None:
    lines = [f"line {number} with some words in it\n" for number in range(500)]
    after = [*lines[:250], "another\n", *lines[251:]]
    pieces = differences.marked("".join(lines), "".join(after))
    assert [piece.mark for piece in pieces] == ["same", "del", "ins", "same"]
    assert differences.marked("x " * 9_000, "y " * 9_000)[0].mark == "del"


def test_fields_and_values_are_shown_in_words(db: None) -> None:
    channel = str(make_channel(name="Shop").pk)
    before = {"settings": {"texts": {}, "accept": 0.5, "feedback": False, "opening_hours": []}}
    monday = {"weekday": 0, "start": "09:00", "end": "18:00"}
    after = {
        "settings": {
            "texts": {"en": {"greeting": "Hi"}},
            "accept": 0.6,
            "feedback": True,
            "opening_hours": [monday],
        },
        "rules": [
            {
                "id": "r",
                "name": "R",
                "channels": [channel],
                "buttons": [{"title": "A", "payload": "a"}],
            }
        ],
    }
    with translation.override("en"):
        rule, settings = differences.shown(diffing.compare(before, after))
    fields = {field.label: field for field in (*rule.fields, *settings.fields)}
    assert fields["Channels"].added == ["Shop"]
    assert fields["Buttons"].added == ["A · a"]
    assert fields["Texts · English · greeting"].pieces == [("ins", "Hi")]
    assert (fields["Accept"].before, fields["Accept"].after) == ("0.5", "0.6")
    assert fields["Ask whether it helped"].after == "yes"
    assert fields["Opening hours"].added == ["Monday 09:00 18:00"]
