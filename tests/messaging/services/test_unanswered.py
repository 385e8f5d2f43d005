"""Unanswered questions: what is a miss, how misses find together, and what is done about them."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

import bot.services
from bot.models import FAQ
from bot.types import Decision as BotDecision
from messaging import unanswered as reading
from messaging.models import Channel, Decision, Message, Miss, UnansweredQuestion
from messaging.services import contacts, jobs, unanswered
from messaging.services.errors import Invalid, NotVisible
from tests import factories as make
from tests.messaging.services.test_turns import say

pytestmark = pytest.mark.django_db

State = UnansweredQuestion.State
DOG = "Can my dog come into the shop?"
CHEQUE = "Do you take a cheque from another bank?"


@pytest.fixture
def channel() -> Channel:
    return make.make_channel()


def miss(text: str = DOG, conversation: Any = None, **fields: Any) -> Message:
    """A message the bot did not answer."""
    message = make.make_message(conversation, text=text)
    fields = {"cause": Miss.Cause.MISS, "language": "en", "snapshot": None} | fields
    unanswered.record(message.pk, **fields)
    return message


def question_of(message: Message) -> UnansweredQuestion:
    return UnansweredQuestion.objects.get(misses__message=message)


def grouped(*texts: str) -> UnansweredQuestion:
    """The one question of these texts."""
    messages = [miss(text) for text in texts or (DOG,)]
    jobs.group_misses()
    (question,) = {question_of(message) for message in messages}
    return question


# --- what is a miss


def test_what_the_bot_cannot_answer_is_a_miss(channel: Channel) -> None:
    message = say(channel, DOG)
    row = Miss.objects.get()
    assert (row.message, row.cause, row.language, row.question) == (message, "miss", "en", None)
    assert row.snapshot == message.decision.snapshot


@pytest.mark.parametrize(
    "text",
    [
        "hello!",
        "thank you",
        "/help",
        "/human",
        "I want to talk to a human",
        "Do you open on Sunday?",
    ],
)
def test_what_the_bot_can_deal_with_is_none(channel: Channel, text: str) -> None:
    bot.services.create_faq(question="Do you open on Sunday?", answer="No.", language="en")
    say(channel, text)
    assert not Miss.objects.exists()


def test_a_message_without_text_and_one_for_a_human_are_none(channel: Channel) -> None:
    say(channel, "")
    say(channel, DOG, who="ana")  # the conversation waits for a human since the first
    assert not Miss.objects.exists()


def test_a_rule_that_escalates_makes_no_miss(channel: Channel) -> None:
    bot.services.create_rule(
        name="Refunds", trigger="keyword", pattern="refund", action="escalate", reply=""
    )
    say(channel, "I want a refund for my parrot")
    assert not Miss.objects.exists()


def test_who_turns_the_offers_down_has_asked_the_question_before_them(channel: Channel) -> None:
    bot.services.update_settings(accept=1.0, suggest=0.01, misses_before_escalation=3)
    bot.services.create_faq(question="Can my cat come into the shop?", answer="Yes", language="en")
    asked = say(channel, DOG)
    assert asked.decision.action == "suggest"
    say(channel, "None of these")
    row = Miss.objects.get()
    assert (row.message, row.cause) == (asked, "none_of_these")


def test_an_answer_that_did_not_help_is_one_of_the_question_it_was_given_to(
    channel: Channel,
) -> None:
    faq = bot.services.create_faq(question=DOG, answer="Yes", language="en")
    asked = say(channel, DOG)
    later = make.make_message(asked.conversation, text="It did not help")
    made = BotDecision(
        "reply", "payload", text="Sorry.", faq=str(faq.pk), rating="not_helpful", language="en"
    )
    unanswered.note(later, made, 1)
    row = Miss.objects.get()
    assert (row.message, row.cause) == (asked, "not_helpful")


def test_said_twice_it_counts_once() -> None:
    message = miss()
    unanswered.record(message.pk, Miss.Cause.NOT_HELPFUL, "en", 3)
    assert Miss.objects.get().cause == "miss"


def test_f31_a_turn_does_not_fail_by_grouping(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("messaging.services.grouping.place", fail)
    message = say(channel, DOG)
    assert message.replies.exists()
    assert jobs.group_misses() == 0
    assert Miss.objects.get().question is None, "it waits for the next run"
    monkeypatch.undo()
    assert jobs.group_misses() == 1


# --- grouping


def test_misses_that_ask_the_same_are_one_question_whenever_they_come() -> None:
    first = miss(DOG)
    jobs.group_misses()
    more = [miss("CAN MY DOG COME INTO THE SHOP???"), miss("my dog, can it come into your shop")]
    other = miss(CHEQUE)
    assert jobs.group_misses() == 3
    question = question_of(first)
    assert {question_of(message) for message in more} == {question}
    assert question.times == 3
    assert question_of(other).times == 1
    assert jobs.group_misses() == 0


def test_a_question_knows_when_it_was_asked_first_and_last() -> None:
    messages = [miss(), miss(), miss()]
    now = timezone.now()
    for days, message in zip((1, 5, 3), messages, strict=True):
        Message.objects.filter(pk=message.pk).update(created_at=now - timedelta(days=days))
    jobs.group_misses()
    question = question_of(messages[0])
    assert (question.created_at, question.last_seen_at) == (
        now - timedelta(days=5),
        now - timedelta(days=1),
    )


def test_more_misses_than_one_batch_are_grouped_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.services.grouping.BATCH", 2)
    for _ in range(5):
        miss()
    assert jobs.group_misses() == 5
    assert UnansweredQuestion.objects.get().times == 5


def test_texts_of_every_kind_are_grouped() -> None:
    row = make.make_conversation()
    for text in ("?", "👍", "x" * 64_000, "שלום עולם", "\u200b\u202e", "a\u0301" * 3000):
        miss(text, row)
    assert jobs.group_misses() == 6
    assert not Miss.objects.filter(question=None).exists()


def test_what_a_page_shows_of_questions() -> None:
    queued = make.make_conversation(owner="queue")
    for text in (DOG, DOG, "dog in the shop, can my dog come?"):
        miss(text, queued)
    closed = make.make_conversation(owner="queue", status="closed")
    miss(DOG, closed, language="pt-br")
    jobs.group_misses()
    question = UnansweredQuestion.objects.get()
    facts = reading.facts([question.pk])[question.pk]
    assert (facts.contacts, facts.waiting, facts.languages) == (2, 1, ("en", "pt-br"))
    assert set(facts.channels) == {queued.channel_id, closed.channel_id}
    assert [(e.text, e.times) for e in reading.examples(question.pk)] == [
        (DOG, 3),
        ("dog in the shop, can my dog come?", 1),
    ]
    assert list(reading.waiting(question.pk)) == [queued]
    (shown,) = reading.with_text(UnansweredQuestion.objects.all())
    assert shown.text == DOG


# --- what people do about it


def test_attached_examples_become_phrasings_and_the_bot_answers(channel: Channel) -> None:
    faq = make.make_faq("Are animals allowed?", "On a lead, yes.", alternatives=["Pets?"])
    question = grouped(DOG, "can my dog come into the shop", "may my dog come into your shop")
    by = make.make_user()
    row = unanswered.attach(question=question.pk, faq=faq.pk, by=by)
    assert (row.state, row.faq_id, row.handled_by) == (State.ATTACHED, faq.pk, by)
    phrasings = set(faq.phrasings.values_list("text", flat=True))
    assert len(phrasings) == 3, "the same words are attached once"
    assert {"Pets?", "may my dog come into your shop"} < phrasings
    assert say(channel, DOG).decision.faq_id == faq.pk


def test_what_the_faq_says_already_is_not_attached_again() -> None:
    faq = make.make_faq(DOG, alternatives=["dogs?"])
    question = grouped()
    row = unanswered.attach(
        question=question.pk, faq=faq.pk, texts=["Hello, can my DOG come into the shop", "Dogs"]
    )
    assert list(faq.phrasings.values_list("text", flat=True)) == ["dogs?"]
    assert (row.state, row.added) == (State.ATTACHED, [])


@pytest.mark.parametrize(
    ("texts", "field"),
    [([], "texts"), ([" "], "texts"), ([f"text {n}" for n in range(51)], "texts")],
    ids=["none", "blank", "too many"],
)
def test_texts_that_cannot_be_attached_are_refused(texts: list[str], field: str) -> None:
    question = grouped()
    with pytest.raises(Invalid) as refused:
        unanswered.attach(question=question.pk, faq=make.make_faq().pk, texts=texts)
    assert field in refused.value.fields
    question.refresh_from_db()
    assert question.state == State.OPEN


def test_a_full_faq_takes_no_more_and_nothing_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    faq = make.make_faq("q?", alternatives=[f"phrasing {n}" for n in range(1000)])
    question = grouped()
    with pytest.raises(bot.services.Invalid):
        unanswered.attach(question=question.pk, faq=faq.pk)
    question.refresh_from_db()
    assert question.state == State.OPEN


def test_unknown_faqs_and_questions_are_refused() -> None:
    question = grouped()
    with pytest.raises(Invalid):
        unanswered.attach(question=question.pk, faq=question.pk)
    for verb in (unanswered.dismiss, unanswered.reopen):
        with pytest.raises(NotVisible):
            verb(question=make.make_faq().pk)


def test_a_new_faq_is_made_of_a_question(channel: Channel) -> None:
    question = grouped()
    row = unanswered.start_faq(
        question=question.pk, fields={"question": DOG, "answer": "Yes.", "language": "en"}
    )
    faq = FAQ.objects.get()
    assert (row.state, row.faq_id) == (State.ATTACHED, faq.pk)
    assert say(channel, DOG).decision.faq_id == faq.pk


def test_a_refused_faq_leaves_the_question_open() -> None:
    question = grouped()
    with pytest.raises(bot.services.Invalid):
        unanswered.start_faq(question=question.pk, fields={"question": "", "answer": "Yes."})
    question.refresh_from_db()
    assert question.state == State.OPEN


def test_undoing_takes_back_what_was_added_and_nothing_else() -> None:
    faq = make.make_faq("Are animals allowed?", alternatives=["Pets?"])
    question = grouped(DOG)
    unanswered.attach(question=question.pk, faq=faq.pk)
    row = unanswered.reopen(question=question.pk, take_back=True)
    assert (row.state, row.faq_id) == (State.OPEN, None)
    assert list(faq.phrasings.values_list("text", flat=True)) == ["Pets?"]


def test_reopening_alone_leaves_the_phrasings() -> None:
    faq = make.make_faq("Are animals allowed?")
    question = grouped(DOG)
    unanswered.attach(question=question.pk, faq=faq.pk)
    unanswered.reopen(question=question.pk)
    assert faq.phrasings.count() == 1


def test_dismissed_stays_dismissed_however_often_it_is_asked() -> None:
    question = grouped()
    unanswered.dismiss(question=question.pk)
    for _ in range(5):
        miss()
    jobs.group_misses()
    question.refresh_from_db()
    assert (question.state, question.times) == (State.DISMISSED, 6)
    assert UnansweredQuestion.objects.count() == 1


def test_what_only_resembles_a_dismissed_question_is_not_lost_with_it() -> None:
    question = grouped(DOG)
    unanswered.dismiss(question=question.pk)
    other = miss("Where can my dog wait outside the shop?")
    jobs.group_misses()
    assert question_of(other).state == State.OPEN


# --- attached, and asked again


def test_what_is_missed_although_it_was_published_comes_back() -> None:
    faq = make.make_faq("Are animals allowed?")
    question = grouped()
    unanswered.attach(question=question.pk, faq=faq.pk)
    published = bot.services.current().version
    miss(snapshot=published - 1)
    jobs.group_misses()
    question.refresh_from_db()
    assert question.state == State.ATTACHED, "the bot that missed it did not know yet"
    miss(snapshot=published)
    jobs.group_misses()
    question.refresh_from_db()
    assert question.came_back
    assert (question.faq_id, question.times) == (faq.pk, 3)


def test_drafts_do_not_count_as_known_until_they_are_published() -> None:
    faq = make.make_faq("Are animals allowed?")
    bot.services.publish()
    bot.services.update_settings(drafts=True)
    question = grouped()
    unanswered.attach(question=question.pk, faq=faq.pk)
    miss(snapshot=bot.services.current().version)
    jobs.group_misses()
    question.refresh_from_db()
    assert question.state == State.ATTACHED
    miss(snapshot=bot.services.publish().version)
    jobs.group_misses()
    question.refresh_from_db()
    assert question.came_back


def test_what_was_missed_before_there_was_a_list_is_on_it() -> None:
    old = make.make_message(text=DOG)
    Decision.objects.create(message=old, action="escalate", step="miss", reason="miss", snapshot=4)
    for step, reason in (("miss", "no_text"), ("faq", ""), ("guard", "")):
        Decision.objects.create(
            message=make.make_message(), action="silent", step=step, reason=reason
        )
    migration = import_module("messaging.migrations.0002_unanswered")
    migration.take_over_misses(apps, None)
    assert jobs.group_misses() == 1
    assert question_of(old).times == 1
    assert Miss.objects.get().snapshot == 4


# --- nothing is left behind


def test_f152_purging_the_messages_empties_the_list() -> None:
    grouped(DOG, DOG)
    old = Message.objects.order_by("pk")
    long_ago = timezone.now() - timedelta(days=31)
    Message.objects.filter(pk=old[0].pk).update(created_at=long_ago)
    jobs.retention.purge()
    assert (Miss.objects.count(), question_of(old[0]).times) == (1, 2)
    Message.objects.update(created_at=long_ago)
    jobs.retention.purge()
    assert not Miss.objects.exists()
    assert not UnansweredQuestion.objects.exists()


def test_f153_erasing_a_contact_erases_what_it_asked() -> None:
    message = miss("My name is Ana Example, where is my parcel?")
    shared = [miss(DOG, message.conversation), miss(DOG)]
    jobs.group_misses()
    contacts.delete(contact=message.contact_id)
    (question,) = UnansweredQuestion.objects.all()
    assert question == question_of(shared[1])
    assert [e.message for e in reading.examples(question.pk)] == [shared[1].pk]


def test_no_column_of_the_list_holds_a_text() -> None:
    question = grouped("My name is Ana Example, where is my parcel?")
    unanswered.dismiss(question=question.pk)
    stored = str([*Miss.objects.values(), *UnansweredQuestion.objects.values()])
    assert "Ana" not in stored
    assert "parcel" not in stored.lower()
