"""faqs/versions/ and faqs/check/: what was published, what differs, going back, checking."""

import pytest
from django.contrib.auth.models import User

from bot import services
from bot.models import FAQ, LibraryCheck, Snapshot
from bot.services import checking
from messaging.services import jobs, library
from tests.factories import make_channel

FAQS = "/api/v1/faqs/"
VERSIONS = f"{FAQS}versions/"
CHECK = f"{FAQS}check/"
SETTINGS = "/api/v1/settings/"
QUESTION = {
    "question": "How long does delivery take?",
    "alternatives": ["When will my parcel arrive?", "delivery time"],
    "answer": "Three days.",
    "language": "en",
}


@pytest.fixture
def faq(admin):
    """Published as version 1, changed in version 2."""
    made = admin.post(FAQS, QUESTION).json()
    admin.patch(f"{FAQS}{made['id']}/", {"answer": "Two days.", "alternatives": ["delivery time"]})
    return made


def test_versions_are_listed_newest_first_with_author_note_and_counts(admin, faq):
    services.publish(note="before the fair", author=User.objects.get(username="ada"), anyway=True)
    rows = admin.get(VERSIONS).json()["results"]
    assert [row["version"] for row in rows] == [3, 2, 1]
    assert set(rows[0]) == {"version", "author", "note", "created_at", "faq_count", "rule_count"}
    assert (rows[0]["author"], rows[0]["note"]) == ("ada", "before the fair")
    assert (rows[0]["faq_count"], rows[0]["rule_count"]) == (1, 0)
    one = admin.get(f"{VERSIONS}3/")
    assert one.json() == rows[0]


def test_versions_are_searched_filtered_and_paged(admin, faq):
    services.publish(note="before the fair", author=User.objects.get(username="ada"), anyway=True)
    Snapshot.objects.filter(version=1).update(created_at="2026-01-01T00:00:00Z", author=None)
    for query, found in (
        ({"search": "FAIR"}, [3]),
        ({"search": "ada"}, [3, 2]),
        ({"author": "ada"}, [3, 2]),
        ({"created_before": "2026-01-02T00:00:00Z"}, [1]),
        ({"created_after": "2026-01-02T00:00:00Z"}, [3, 2]),
    ):
        rows = admin.get(VERSIONS, query).json()["results"]
        assert [row["version"] for row in rows] == found, query
    first = admin.get(VERSIONS, {"page_size": 2}).json()
    second = admin.get(first["next"]).json()
    assert [row["version"] for row in second["results"]] == [1]
    assert admin.get(VERSIONS, {"colour": "red"}).status_code == 400


def test_the_list_does_not_read_what_the_versions_hold(admin, faq, django_assert_max_num_queries):
    with django_assert_max_num_queries(3) as seen:
        admin.get(VERSIONS)
    assert not [q for q in seen.captured_queries if '"content"' in q["sql"]]


def test_a_diff_tells_field_by_field_what_a_version_changed(admin, faq):
    body = admin.get(f"{VERSIONS}2/diff/").json()
    assert (body["before"], body["after"], body["changed"]) == ("1", "2", 1)
    (item,) = body["items"]
    assert (item["kind"], item["id"], item["change"]) == ("faq", faq["id"], "changed")
    fields = {change["name"]: change for change in item["fields"]}
    assert (fields["answer"]["before"], fields["answer"]["after"]) == ("Three days.", "Two days.")
    assert fields["alternatives"]["removed"] == ["When will my parcel arrive?"]
    assert admin.get(f"{VERSIONS}1/diff/?against=2").json() == body
    assert admin.get(f"{VERSIONS}2/diff/?against=1").json() == body
    first = admin.get(f"{VERSIONS}1/diff/").json()
    assert (first["before"], first["added"]) == ("", 1)


def test_a_diff_with_the_drafts_tells_what_waits(admin, faq):
    admin.patch(SETTINGS, {"drafts": True})
    admin.post(FAQS, {**QUESTION, "question": "Do you ship abroad?", "alternatives": []})
    body = admin.get(f"{VERSIONS}2/diff/?against=draft").json()
    assert (body["after"], body["added"], body["changed"]) == ("draft", 1, 0)
    assert body["items"][0]["title"] == "Do you ship abroad?"


@pytest.mark.parametrize("against", ["9", "0", "x", "-1", "1.5", "", "²", "9" * 30])
def test_a_diff_against_what_is_not_there_is_refused(admin, faq, against):
    answer = admin.get(f"{VERSIONS}2/diff/", {"against": against})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"against"}


@pytest.mark.parametrize("version", ["9", "0", "x", "²", "9" * 30])
def test_a_version_that_is_not_there_is_404(admin, faq, version):
    for path in (f"{version}/", f"{version}/diff/"):
        assert admin.get(VERSIONS + path).status_code == 404
    assert admin.post(f"{VERSIONS}{version}/rollback/").status_code == 404


def test_going_back_publishes_the_old_version_again(admin, faq):
    answer = admin.post(f"{VERSIONS}1/rollback/", {"note": "typing error"})
    assert answer.json() == {"version": 3, "changed": True}
    newest = admin.get(f"{VERSIONS}3/").json()
    assert (newest["note"], newest["author"]) == ("rollback to v1: typing error", "ada")
    row = admin.get(f"{FAQS}{faq['id']}/").json()
    assert {name: row[name] for name in QUESTION} == QUESTION
    assert row["version"] == 3


def test_going_back_to_what_is_live_says_that_nothing_changed(admin, faq):
    answer = admin.post(f"{VERSIONS}2/rollback/")
    assert answer.json() == {"version": 2, "changed": False}


def test_a_version_of_another_release_is_a_conflict(admin, faq):
    Snapshot.objects.filter(version=1).update(content={"format": 99})
    for answer in (
        admin.get(f"{VERSIONS}2/diff/?against=1"),
        admin.post(f"{VERSIONS}1/rollback/"),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "other_release"


def test_a_check_names_what_is_wrong_and_links_the_faqs(admin):
    make_channel(name="Shop")
    one = admin.post(FAQS, QUESTION).json()
    other = admin.post(FAQS, {**QUESTION, "question": "Delivery TIME!"}).json()
    body = admin.get(CHECK).json()
    assert (body["state"], body["phrasings"]) == ("done", 5)
    worst = body["findings"][0]
    assert (worst["severity"], worst["kind"]) == ("error", "duplicate")
    assert [faq["id"] for faq in worst["faqs"]] == [one["id"], other["id"]]
    assert admin.get(worst["faqs"][0]["link"]).json()["id"] == one["id"]
    assert "delivery time" in worst["text"]
    assert body["counts"]["same_answer"] == 1
    assert sum(health["tested"] for health in body["health"]) == body["tested"]
    assert body["share"] == body["found"] / body["tested"]


def test_an_empty_library_is_checked_too(admin):
    body = admin.get(CHECK).json()
    assert (body["state"], body["share"], body["findings"]) == ("done", None, [])


def test_a_large_library_is_checked_in_the_background(admin, faq, monkeypatch):
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    assert admin.get(CHECK).json()["state"] == "running"
    assert admin.get(CHECK).json()["state"] == "running"
    assert library.run_check(jobs.holder())
    body = admin.get(CHECK).json()
    assert (body["state"], body["phrasings"]) == ("done", 2)
    assert not library.run_check(jobs.holder())


def test_a_check_of_what_was_edited_meanwhile_is_forgotten(admin, faq, monkeypatch):
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    admin.get(CHECK)
    FAQ.objects.update(answer="Other.")
    assert not library.run_check(jobs.holder())
    assert not LibraryCheck.objects.exists()
    assert admin.get(CHECK).json()["state"] == "running"
