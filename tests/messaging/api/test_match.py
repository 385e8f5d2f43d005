"""faqs/match/: what the bot would do, and why."""

import pytest

from bot import services

MATCH = "/api/v1/faqs/match/"
CONTRACT = {"decision", "step", "score", "faq", "reply", "candidates"}


@pytest.fixture
def faq(db):
    services.create_faq(
        question="How much is shipping?",
        answer="It depends.",
        alternatives=["shipping costs", "delivery price"],
        language="en",
    )
    return services.create_faq(
        question="Where is my order?",
        answer="Under My orders.",
        alternatives=["track my order", "when does my parcel arrive"],
        language="en",
    )


def match(client, text, **more):
    answer = client.post(MATCH, {"text": text, "language": "en", **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_fields_of_the_contract_are_there(agent, faq):
    found = match(agent, "track my ordr please")
    assert found.keys() >= CONTRACT
    assert found["candidates"][0].keys() >= {"faq", "score", "phrasing"}


def test_a_candidate_says_which_words_counted_for_and_against_it(agent, faq):
    found = match(agent, "my oder with zebra stripes")
    best = found["candidates"][0]
    assert best["faq"] == str(faq.pk)
    words = {piece["text"]: piece for piece in best["pieces"]}
    assert found["read"].split() == list(words)
    assert words["order"]["weight"] > words["zebra"]["weight"]
    assert (words["order"]["met"], words["zebra"]["met"]) == ("order", "")
    assert found["repairs"] == [{"written": "oder", "read": "order"}]


def test_the_steps_the_thresholds_and_the_reason_are_named(agent, faq):
    services.update_faq(faq=faq.pk, bands={"accept": 1.0, "suggest": 0.0})
    found = match(agent, "the order of mine is where")
    assert found["decision"] == "suggest"
    assert found["passed"] == [
        "guard",
        "human",
        "payload",
        "command",
        "ask_human",
        "rule",
        "exact",
    ]
    assert (found["bands"]["accept"], found["bands"]["suggest"]) == (1.0, 0.0)
    assert found["reason"] in ("unsure", "close")
    assert found["buttons"][0]["payload"] == f"faq:{faq.pk}"


def test_too_short_a_message_has_no_candidates_and_the_languages_thresholds(agent, faq):
    services.update_settings(bands={"en": {"min_informative": 6}})
    found = match(agent, "order")
    assert (found["candidates"], found["bands"]["min_informative"]) == ([], 6)
    assert found["read"] == "order"


@pytest.mark.parametrize(
    "text",
    ["", " ", "😀" * 10_000, "a" * 20_000, "order " * 3_300, "\u202eredro ym", "<svg/onload=x>"],
    ids=["empty", "blank", "emoji", "long word", "many words", "rtl", "html"],
)
def test_f42_f50_hostile_messages_are_matched(agent, faq, text):
    found = match(agent, text)
    assert found["decision"] in ("reply", "suggest", "rephrase", "escalate", "silent")


def test_f43_a_nul_is_dropped_and_a_text_that_is_too_long_refused(agent, faq):
    assert match(agent, "track my\x00 order")["step"] == "exact"
    assert agent.post(MATCH, {"text": "x" * 20_001}).status_code == 400
