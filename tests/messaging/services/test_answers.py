"""What goes with an answer reaches the contact, and what the contact says of it is counted once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

import bot.services
from bot.models import FAQ, Snapshot
from channels.registry import CHANNELS
from messaging.medium import medium_of
from messaging.models import Attachment, Channel, DailyCounter, Message, Miss, Owner
from messaging.services import attachments, conversations, outbound, retention
from messaging.services.errors import Invalid
from messaging.services.feedback import Ratings, ratings_of
from tests import factories as make
from tests.messaging.services.test_turns import say

pytestmark = pytest.mark.django_db

QUESTION = "What are your opening hours?"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(name: str = "map.pdf", data: bytes = b"%PDF-1.4 map") -> Attachment:
    return attachments.store(
        upload=SimpleUploadedFile(name, data), by=make.make_agent(role="admin")
    )


def faq(**given: Any) -> FAQ:
    return bot.services.create_faq(
        question=QUESTION, answer="From nine to six, {first_name}.", language="en", **given
    )


def answer_to(message: Message) -> Message:
    return message.replies.get()


# --- what goes with an answer --------------------------------------------------------------------


def test_buttons_links_and_files_go_with_the_answer() -> None:
    file = upload()
    faq(
        attachments=[file.pk],
        buttons=[{"title": "Map", "url": "https://shop.example/map"}, {"title": "Call", "payload": "call"}],
    )  # fmt: skip
    channel = make.make_channel()
    said = answer_to(say(channel, QUESTION, name="Ana Lima"))
    assert said.text == "From nine to six, Ana."
    assert said.buttons == [
        {"title": "Map", "payload": "", "url": "https://shop.example/map"},
        {"title": "Call", "payload": "call"},
    ]
    copy = said.attachments.get()
    assert copy.pk != file.pk
    assert (copy.name, copy.mime, copy.type, copy.size) == (
        file.name, file.mime, file.type, file.size,
    )  # fmt: skip
    assert copy.file.read() == b"%PDF-1.4 map"
    said.conversation.refresh_from_db()
    assert said.conversation.offered == [{"title": "Call", "payload": "call"}]


def test_the_copy_goes_without_taking_the_answers_file_along() -> None:
    file = upload()
    faq(attachments=[file.pk])
    first, second = (answer_to(say(make.make_channel(), QUESTION)) for _ in range(2))
    copy = first.attachments.get()
    copy.file.delete(save=False)
    assert file.file.read() == second.attachments.get().file.read()


@pytest.mark.parametrize("trouble", ["type", "size", "lost", "unknown"])
def test_a_file_the_channel_cannot_take_or_that_is_lost_does_not_hold_the_answer(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = upload()
    faq(attachments=[file.pk])
    if trouble == "type":
        Attachment.objects.filter(pk=file.pk).update(type="location")
    elif trouble == "size":
        Attachment.objects.filter(pk=file.pk).update(size=10**9)
    elif trouble == "lost":
        Path(file.file.path).unlink()
    else:
        file.delete()
    said = answer_to(say(make.make_channel(), QUESTION))
    assert said.text
    assert not said.attachments.exists()


def test_where_hard_links_are_impossible_the_file_is_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*paths: object) -> None:
        raise OSError

    monkeypatch.setattr("messaging.services.attachments.os.link", refuse)
    faq(attachments=[upload().pk])
    assert answer_to(say(make.make_channel(), QUESTION)).attachments.get().file.read()


def test_an_old_answers_file_survives_the_purge_as_long_as_a_snapshot_has_it() -> None:
    kept, dropped, unused = (upload(f"{n}.pdf") for n in range(3))
    row = faq(attachments=[kept.pk, dropped.pk])
    bot.services.update_faq(faq=row.pk, attachments=[kept.pk])
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=3))
    retention.purge()
    assert set(Attachment.objects.all()) == {kept, dropped}
    assert not Path(unused.file.path).exists()
    Snapshot.objects.all().delete()
    retention.purge()
    assert set(Attachment.objects.all()) == {kept}


def test_an_answers_file_cannot_be_given_to_a_single_message() -> None:
    file = upload()
    faq(attachments=[file.pk])
    contact = make.make_contact(channel=make.make_channel())
    with pytest.raises(Invalid):
        outbound.send_message(
            by=file.uploaded_by, contact=contact.pk, text="see", attachments=[file.pk]
        )


def test_a_text_for_this_kind_of_channel_is_said_there_alone() -> None:
    faq(overrides={"mock": "In short: nine to six."})
    assert answer_to(say(make.make_channel(), QUESTION)).text == "In short: nine to six."


# --- feedback ------------------------------------------------------------------------------------


@pytest.fixture
def rated() -> FAQ:
    bot.services.update_settings(feedback=True, misses_before_escalation=2)
    return faq()


def press(channel: Channel, faq: FAQ, word: str, **given: Any) -> Message:
    return say(channel, payload=f"{word}:{faq.pk}", **given)


def counted() -> dict[str, int]:
    rows = DailyCounter.objects.filter(name__startswith="faq_").values_list("name", "value")
    return {name.removeprefix("faq_"): value for name, value in rows}


def test_each_answer_can_be_rated_once(rated: FAQ) -> None:
    channel = make.make_channel()
    said = answer_to(say(channel, QUESTION))
    assert [button["payload"] for button in said.buttons] == [f"yes:{rated.pk}", f"no:{rated.pk}"]
    thanks = press(channel, rated, "yes")
    assert (thanks.decision.reason, thanks.decision.faq_id) == ("helpful", rated.pk)
    assert answer_to(thanks).text.startswith("Great!")
    assert not press(channel, rated, "yes").replies.exists()
    assert counted() == {"answered": 1, "helpful": 1}
    say(channel, QUESTION)
    press(channel, rated, "yes")
    assert counted() == {"answered": 2, "helpful": 2}
    assert ratings_of([rated.pk]) == {rated.pk: Ratings(2, 0)}


def test_pressing_twice_that_it_did_not_help_is_one_miss(rated: FAQ) -> None:
    channel = make.make_channel()
    say(channel, QUESTION)
    row = press(channel, rated, "no").conversation
    row.refresh_from_db()
    assert (row.misses, row.owner) == (1, Owner.BOT)
    press(channel, rated, "no")
    row.refresh_from_db()
    assert (row.misses, row.owner, row.waiting_since) == (1, Owner.BOT, None)
    assert counted() == {"answered": 1, "unhelpful": 1}


def test_a_second_answer_that_did_not_help_brings_a_human(rated: FAQ) -> None:
    channel = make.make_channel()
    for _ in range(2):
        say(channel, QUESTION)
        row = press(channel, rated, "no").conversation
    row.refresh_from_db()
    assert row.owner == Owner.QUEUE
    assert row.escalations.get().summary == QUESTION
    assert counted() == {"answered": 2, "unhelpful": 2}


def test_f41_a_redelivered_press_is_one_press(rated: FAQ) -> None:
    channel = make.make_channel()
    say(channel, QUESTION)
    for _ in range(2):
        press(channel, rated, "yes", key="same")
    assert counted()["helpful"] == 1


def test_the_button_of_an_older_conversation_is_answered_but_not_counted(rated: FAQ) -> None:
    channel = make.make_channel()
    row = say(channel, QUESTION).conversation
    agent = make.make_agent()
    conversations.claim(conversation=row.pk, agent=agent)
    conversations.close(conversation=row.pk, by=agent)
    row.refresh_from_db()
    row.closed_at = timezone.now() - timedelta(days=9)
    row.last_message_at = row.last_inbound_at = row.closed_at
    row.save()
    late = press(channel, rated, "yes")
    assert late.conversation_id != row.pk
    assert late.replies.exists()
    assert "helpful" not in counted()


@pytest.mark.parametrize("word", ["yes", "no"])
def test_the_typed_title_counts_as_the_button(rated: FAQ, word: str) -> None:
    channel = make.make_channel()
    titles = {
        b["payload"][: len(word)]: b["title"] for b in answer_to(say(channel, QUESTION)).buttons
    }
    say(channel, titles[word])
    assert counted() == {"answered": 1, {"yes": "helpful", "no": "unhelpful"}[word]: 1}


@pytest.mark.parametrize("pressed", [True, False])
@pytest.mark.parametrize("title", ["Yes, it helped", "Sim, ajudou", "Não ajudou"])
def test_a_title_typed_again_says_and_counts_nothing(rated: FAQ, title: str, pressed: bool) -> None:
    bot.services.update_settings(misses_before_escalation=1)
    channel = make.make_channel()
    say(channel, QUESTION)
    if pressed:
        press(channel, rated, "yes")
    else:
        say(channel, "Yes, it helped")
    for _ in range(2):
        again = say(channel, title)
        assert not again.replies.exists()
    row = again.conversation
    row.refresh_from_db()
    assert (row.misses, row.owner, row.waiting_since) == (0, Owner.BOT, None)
    assert counted() == {"answered": 1, "helpful": 1}
    assert not Miss.objects.exists()


def test_a_garbled_press_is_answered_and_counts_nothing(rated: FAQ) -> None:
    channel = make.make_channel()
    say(channel, QUESTION)
    assert say(channel, payload="yes:no-such-id").replies.exists()
    assert counted() == {"answered": 1}


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_the_bot_is_told_what_every_kind_can_do(kind: str) -> None:
    channel = make.make_channel(kind=kind, name="Front")
    medium = medium_of(channel)
    assert (medium.kind, medium.name) == (kind, "Front")
    assert medium.max_buttons == CHANNELS[kind].capabilities.max_buttons
