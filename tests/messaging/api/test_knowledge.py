"""faqs/, rules/ and settings/: edits go live, drafts wait, matches are explained."""

from uuid import uuid4

import pytest

from bot.models import FAQ, Rule, Snapshot
from tests.factories import make_channel, make_faq

FAQS = "/api/v1/faqs/"
RULES = "/api/v1/rules/"
SETTINGS = "/api/v1/settings/"
QUESTION = {
    "question": "How long does delivery take?",
    "alternatives": ["When will my parcel arrive?", "delivery time"],
    "keywords": ["delivery", "shipping"],
    "answer": "Three to five working days.",
    "language": "en",
    "category": "Delivery",
}


def match(client, text, **more):
    answer = client.post(f"{FAQS}match/", {"text": text, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_faq_made_over_the_api_is_live_at_once(admin, agent):
    channel = make_channel()
    made = admin.post(FAQS, {**QUESTION, "channels": [str(channel.pk)]})
    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in QUESTION} == QUESTION
    assert (body["channels"], body["enabled"]) == ([str(channel.pk)], True)
    found = match(agent, "How long does delivery take?", channel=str(channel.pk), language="en")
    assert (found["decision"], found["step"], found["faq"]) == ("reply", "exact", body["id"])
    assert QUESTION["answer"] in found["reply"]
    assert found["candidates"][0]["faq"] == body["id"]
    assert set(found["candidates"][0]) == {"faq", "score", "phrasing", "pieces"}
    elsewhere = match(agent, "How long does delivery take?", channel=str(make_channel().pk))
    assert elsewhere["faq"] is None


def test_an_edit_and_a_removal_are_live_at_once(admin):
    faq = admin.post(FAQS, QUESTION).json()
    path = f"{FAQS}{faq['id']}/"
    changed = admin.patch(path, {"answer": "Two days.", "alternatives": ["arrival time"]})
    assert changed.status_code == 200
    assert changed.json()["alternatives"] == ["arrival time"]
    assert changed.json()["version"] == faq["version"] + 1
    assert "Two days." in match(admin, "arrival time", language="en")["reply"]
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert match(admin, "arrival time", language="en")["faq"] is None


def test_drafts_wait_until_they_are_published(admin):
    assert admin.patch(SETTINGS, {"drafts": True}).status_code == 200
    faq = admin.post(FAQS, QUESTION).json()
    assert match(admin, QUESTION["question"], language="en")["faq"] is None
    published = admin.post(f"{FAQS}publish/", {"note": "delivery"})
    assert published.status_code == 200
    newest = Snapshot.objects.get(version=published.json()["version"])
    assert newest.note == "delivery"
    assert admin.post(f"{FAQS}publish/").json() == published.json(), "nothing waits any more"
    assert match(admin, QUESTION["question"], language="en")["faq"] == faq["id"]


def test_an_unknown_question_is_a_miss_that_is_explained(agent):
    found = match(agent, "xyzzy plugh nothing like it", language="en")
    assert found["decision"] in ("escalate", "rephrase")
    assert found["step"] == "miss"
    assert (found["faq"], found["candidates"]) == (None, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "x" * 501}, "question"),
        ({"question": 5.5}, None),
        ({"answer": None}, "answer"),
        ({"alternatives": "one"}, "alternatives"),
        ({"alternatives": [{}]}, "alternatives.0"),
        ({"keywords": [["a"]]}, "keywords.0"),
        ({"language": "tlh"}, "language"),
        ({"category": "x" * 101}, "category"),
        ({"channels": ["abc"]}, "channels.0"),
        ({"channels": [str(uuid4())]}, "channels"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"bands": {"accept": 2}}, "bands.accept"),
        ({"bands": {"other": 0.5}}, "bands"),
    ],
)
def test_a_wrong_faq_names_its_field(admin, change, field):
    answer = admin.post(FAQS, {**QUESTION, **change})
    if field is None:
        assert answer.status_code < 500
        return
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {field}
    assert not FAQ.objects.exists()


def test_faqs_are_listed_with_filters_in_few_queries(admin, django_assert_max_num_queries):
    for number in range(8):
        make_faq(f"Question {number}", alternatives=["a", "b"], category="A")
    other = make_faq("Outra", language="pt-br", category="B", enabled=False)
    with django_assert_max_num_queries(4):
        rows = admin.get(FAQS).json()["results"]
    assert len(rows) == 9
    for query in (
        {"language": "pt-br"},
        {"category": "B"},
        {"enabled": "false"},
        {"search": "out"},
    ):
        found = [row["id"] for row in admin.get(FAQS, query).json()["results"]]
        assert found == [str(other.pk)], query


RULE = {
    "name": "Refunds",
    "trigger": "keyword",
    "pattern": "refund, money back",
    "action": "reply",
    "reply": "Refunds take five days.",
    "priority": 10,
}


def test_a_rule_is_made_live_changed_and_removed(admin):
    made = admin.post(RULES, {**RULE, "buttons": [{"title": "Yes", "payload": "yes"}]})
    assert made.status_code == 201, made.content
    rule = made.json()
    assert {name: rule[name] for name in RULE} == RULE
    assert rule["buttons"] == [{"title": "Yes", "payload": "yes"}]
    found = match(admin, "I want a refund", language="en")
    assert (found["decision"], found["step"], found["reply"]) == ("reply", "rule", RULE["reply"])
    path = f"{RULES}{rule['id']}/"
    assert admin.patch(path, {"enabled": False}).json()["enabled"] is False
    assert match(admin, "I want a refund", language="en")["step"] != "rule"
    assert admin.get(RULES).json()["results"][0]["id"] == rule["id"]
    assert admin.delete(path).status_code == 204
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"trigger": "moon"}, "trigger"),
        ({"action": "dance"}, "action"),
        ({"trigger": "regex", "pattern": "("}, "pattern"),
        ({"trigger": "regex", "pattern": ""}, "pattern"),
        ({"pattern": ""}, "pattern"),
        ({"pattern": "x" * 4097}, "pattern"),
        ({"reply": ""}, "reply"),
        ({"priority": 10**12}, "priority"),
        ({"priority": "first"}, "priority"),
        ({"buttons": [{"title": "x"}]}, "buttons.0.payload"),
        ({"buttons": "x"}, "buttons"),
        ({"channels": [str(uuid4())]}, "channels"),
        ({"tags": {"a": 1}}, "tags"),
    ],
)
def test_a_wrong_rule_names_its_field(admin, change, field):
    answer = admin.post(RULES, {**RULE, **change})
    assert answer.status_code == 400, answer.content
    named = set(answer.json()["fields"])
    assert named == {field} or {name.rsplit(".", 1)[0] for name in named} == {field}
    assert not Rule.objects.exists()


def test_settings_are_read_and_changed(admin):
    before = admin.get(SETTINGS).json()
    assert {
        "misses_before_escalation",
        "drafts",
        "accept",
        "suggest",
        "margin",
        "min_informative",
        "default_language",
        "texts",
        "opening_hours",
        "time_zone",
    } <= set(before)
    change = {
        "misses_before_escalation": 2,
        "accept": 0.8,
        "suggest": 0.3,
        "texts": {"en": {"greeting": "Hi there!"}},
        "opening_hours": [{"weekday": 0, "start": "09:00", "end": "18:00"}],
        "time_zone": "Europe/Lisbon",
    }
    after = admin.patch(SETTINGS, change)
    assert after.status_code == 200, after.content
    assert {name: after.json()[name] for name in change} == change
    assert after.json()["margin"] == before["margin"]
    assert admin.get(SETTINGS).json() == after.json()


def test_all_thresholds_of_a_language_are_taken_and_settings_read_can_be_written_back(admin):
    bands = {"pt-br": {"min_informative": 5}, "en": {"accept": 1, "suggest": 0.3, "margin": 0}}
    after = admin.patch(SETTINGS, {"bands": bands})
    assert after.status_code == 200, after.content
    assert after.json()["bands"] == bands
    again = admin.patch(SETTINGS, admin.get(SETTINGS).json())
    assert again.status_code == 200, again.content
    assert again.json()["bands"] == bands


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"accept": 1.5}, "accept"),
        ({"accept": "high"}, "accept"),
        ({"accept": 0.2, "suggest": 0.5}, "suggest"),
        ({"misses_before_escalation": 0}, "misses_before_escalation"),
        ({"misses_before_escalation": 10**10}, "misses_before_escalation"),
        ({"bands": {"en": {"min_informative": 2.5}}}, "bands"),
        ({"bands": {"en": {"min_informative": 101}}}, "bands"),
        ({"bands": {"en": {"margin": 2}}}, "bands"),
        ({"bands": {"en": {"colour": 1}}}, "bands"),
        ({"default_language": "tlh"}, "default_language"),
        ({"texts": []}, "texts"),
        ({"texts": {"tlh": {"greeting": "nuqneH"}}}, "texts"),
        ({"texts": {"en": {"nonsense": "x"}}}, "texts"),
        ({"opening_hours": [{"weekday": 9, "start": "09:00", "end": "18:00"}]}, "opening_hours"),
        ({"opening_hours": [{"weekday": 1, "start": "29:00", "end": "18:00"}]}, "opening_hours"),
        ({"opening_hours": {"weekday": 1}}, "opening_hours"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_a_wrong_setting_names_its_field_and_changes_nothing(admin, change, field):
    before = admin.get(SETTINGS).json()
    answer = admin.patch(SETTINGS, change)
    assert answer.status_code == 400
    assert {name.split(".")[0] for name in answer.json()["fields"]} == {field}
    assert admin.get(SETTINGS).json() == before
