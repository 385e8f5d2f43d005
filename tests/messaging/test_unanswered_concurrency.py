"""Unanswered questions when many work at once: nothing is doubled, nothing is lost."""

import pytest

import bot.services
from messaging.models import Miss, UnansweredQuestion
from messaging.services import grouping, jobs, unanswered
from messaging.services.contention import atomically
from tests import factories as make
from tests.messaging.test_concurrency import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_misses_grouped_by_many_at_once_are_counted_once_and_never_doubled() -> None:
    texts = ["Can my dog come in?", "Do you take a cheque?", "Is the car park roofed?"]
    row = make.make_conversation()
    for number in range(60):
        message = make.make_message(row, text=texts[number % 3])
        unanswered.record(message.pk, "miss", "en", None)
    done = together(*[jobs.group_misses] * 4, *[unanswered.forget_empty] * 2)
    assert not [result for result in done if isinstance(result, Exception)]
    jobs.group_misses()
    times = UnansweredQuestion.objects.order_by("pk").values_list("times", flat=True)
    assert sorted(times) == [20, 20, 20]
    assert not Miss.objects.filter(question=None).exists()


def test_a_grouper_that_was_overtaken_writes_nothing() -> None:
    message = make.make_message(text="Can my dog come in?")
    unanswered.record(message.pk, "miss", "en", None)
    assert grouping.group_batch(lambda: False) == 0
    assert not UnansweredQuestion.objects.exists()


def test_examples_attached_by_two_people_at_once_are_all_kept() -> None:
    faq = bot.services.create_faq(question="Animals?", answer="Yes.", language="en")
    questions = [
        make.make_question(make.make_message(text=f"{word} allowed inside?"))
        for word in ("dogs", "cats", "parrots", "horses")
    ]
    done = together(
        *[
            lambda pk=row.pk: atomically(lambda: unanswered.attach(question=pk, faq=faq.pk))
            for row in questions
        ]
    )
    assert not [result for result in done if isinstance(result, Exception)]
    assert faq.phrasings.count() == 4
