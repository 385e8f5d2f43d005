"""What a visitor is shown, and what the desk learns from it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from messaging.models import ConversationEvent, Message, MessageStatus
from tests import factories
from tests.messaging.webchat.helpers import bearer, get_messages, make_chat, make_visitor

pytestmark = pytest.mark.django_db

NOBODYS = "3f1c7c1e-5d0a-4c52-9f3e-0a4b8c2d6e71"  # an id like ours, of nothing

ANA, BIA = "visitor-ana-01", "visitor-bia-01"
IN_VIEW = {"sent", "delivered", "read", "uncertain"}


def texts(messages: list[Any]) -> list[str]:
    return [message["text"] for message in messages]


def test_a_visitor_sees_both_sides_of_the_own_conversation_in_order(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    factories.make_message(conversation, text="Where is it?", external_id=f"{ANA}:1")
    agent = factories.make_agent(name="Rita")
    factories.make_message(conversation, direction="out", text="On its way.")
    factories.make_message(
        conversation, direction="out", text="I look.", sender="agent", agent=agent
    )
    shown = get_messages(client, chat, ANA)
    assert texts(shown) == ["Where is it?", "On its way.", "I look."]
    assert [m["direction"] for m in shown] == ["in", "out", "out"]
    assert [m["agent"] for m in shown] == [None, None, "Rita"]
    assert shown[0]["external_id"] == f"{ANA}:1"


def test_messages_say_whose_turn_it_is_now(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    factories.make_message(conversation, direction="out")
    assert [m["owner"] for m in get_messages(client, chat, ANA)] == ["bot"]
    conversation.owner = "queue"
    conversation.save()
    assert [m["owner"] for m in get_messages(client, chat, ANA)] == ["queue"]


def test_buttons_and_quotes_come_along(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    asked = factories.make_message(conversation)
    factories.make_message(
        conversation,
        direction="out",
        reply_to=asked,
        buttons=[
            {"title": "Delivery", "payload": "faq:1"},
            {"title": "Shop", "payload": "", "url": "https://shop.example"},
        ],
    )
    answer = get_messages(client, chat, ANA)[1]
    assert answer["buttons"] == [
        {"title": "Delivery", "payload": "faq:1"},
        {"title": "Shop", "payload": "", "url": "https://shop.example"},
    ]
    assert answer["reply_to"] == str(asked.id)


def test_another_visitors_messages_are_never_shown(client: Client) -> None:
    chat = make_chat()
    factories.make_message(make_visitor(chat, ANA), text="Ana's secret")
    factories.make_message(make_visitor(chat, BIA), text="Bia's secret")
    assert texts(get_messages(client, chat, BIA)) == ["Bia's secret"]
    assert get_messages(client, chat, "visitor-unknown") == []


def test_the_same_contact_on_another_channel_stays_there(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    other = factories.make_channel("mock")
    elsewhere = factories.make_conversation(contact=conversation.contact, channel=other)
    factories.make_message(elsewhere, text="Said on another channel")
    factories.make_message(conversation, text="Said here")
    assert texts(get_messages(client, chat, ANA)) == ["Said here"]


def test_notes_and_events_are_for_the_desk_only(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    ConversationEvent.objects.create(conversation=conversation, kind="note", note="Difficult")
    factories.make_message(conversation, text="Hello")
    shown = client.get(f"/chat/{chat.id}/messages", headers=bearer(ANA)).content.decode()
    assert "Hello" in shown
    assert "Difficult" not in shown


@pytest.mark.parametrize("status", [s for s in MessageStatus.values if s != "received"])
def test_an_answer_shows_only_once_it_was_let_go(client: Client, status: str) -> None:
    chat = make_chat()
    factories.make_message(make_visitor(chat, ANA), direction="out", status=status)
    assert bool(get_messages(client, chat, ANA)) == (status in IN_VIEW)


def test_reading_on_shows_only_what_came_after(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    hour_ago = timezone.now() - timedelta(hours=1)
    old = factories.make_message(conversation, text="old")
    Message.objects.filter(id=old.id).update(created_at=hour_ago)
    last = factories.make_message(conversation, text="last seen")
    factories.make_message(conversation, text="new")
    assert texts(get_messages(client, chat, ANA, after=last.id)) == ["new"]


def test_an_answer_that_waited_is_found_although_its_id_is_older_than_the_cursor(
    client: Client,
) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    waiting = factories.make_message(
        conversation, direction="out", text="late", status=MessageStatus.RETRY_WAIT
    )
    seen = factories.make_message(conversation, text="seen")
    assert get_messages(client, chat, ANA, after=seen.id) == []
    later = timezone.now() + timedelta(minutes=10)
    Message.objects.filter(id=waiting.id).update(status="delivered", sent_at=later)
    assert texts(get_messages(client, chat, ANA, after=seen.id)) == ["late"]


@pytest.mark.parametrize("cursor", ["x", "1", "a\x00b", NOBODYS, "-1", "é😀"])
def test_a_cursor_that_is_not_ours_is_a_400(client: Client, cursor: str) -> None:
    chat = make_chat()
    answer = client.get(f"/chat/{chat.id}/messages", {"after": cursor}, headers=bearer(ANA))
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_cursor"


def test_only_the_latest_messages_of_a_long_history_are_shown(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    for number in range(205):
        factories.make_message(conversation, text=str(number))
    shown = texts(get_messages(client, chat, ANA))
    assert (len(shown), shown[0], shown[-1]) == (200, "5", "204")


def test_the_number_of_queries_does_not_grow_with_the_messages(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    for _ in range(30):
        factories.make_message(conversation, direction="out", status=MessageStatus.READ)
    with django_assert_max_num_queries(3):
        assert len(get_messages(client, chat, ANA)) == 30


# --- receipts


def status_of(message: Message) -> str:
    return Message.objects.get(id=message.id).status


@pytest.mark.parametrize("before", ["sent", "uncertain"])
def test_what_the_page_fetched_is_delivered(client: Client, before: str) -> None:
    chat = make_chat()
    answer = factories.make_message(make_visitor(chat, ANA), direction="out", status=before)
    get_messages(client, chat, ANA)
    assert status_of(answer) == "delivered"


def mark_read(client: Client, chat: Any, visitor: str, up_to: Any) -> int:
    answer = client.post(
        f"/chat/{chat.id}/read",
        {"up_to": up_to},
        content_type="application/json",
        headers=bearer(visitor),
    )
    return answer.status_code


def test_what_stood_on_the_screen_is_read_and_nothing_after_it(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    first = factories.make_message(conversation, direction="out")
    second = factories.make_message(conversation, direction="out", status="delivered")
    third = factories.make_message(conversation, direction="out")
    assert mark_read(client, chat, ANA, str(second.id)) == 204
    assert [status_of(m) for m in (first, second, third)] == ["read", "read", "sent"]


def test_nobody_reads_for_somebody_else(client: Client) -> None:
    chat = make_chat()
    answer = factories.make_message(make_visitor(chat, ANA), direction="out")
    assert mark_read(client, chat, BIA, str(answer.id)) == 204
    assert status_of(answer) == "sent"


def test_a_receipt_never_brings_back_what_was_cancelled(client: Client) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    gone = factories.make_message(conversation, direction="out", status="cancelled")
    shown = factories.make_message(conversation, direction="out")
    mark_read(client, chat, ANA, str(shown.id))
    assert (status_of(gone), status_of(shown)) == ("cancelled", "read")


@pytest.mark.parametrize("up_to", [None, "", "x", 5, [], NOBODYS])
def test_a_read_mark_without_a_message_is_a_400(client: Client, up_to: Any) -> None:
    assert mark_read(client, make_chat(), ANA, up_to) == 400


# --- files


def test_f123_a_file_is_a_download_and_never_a_page(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    chat = make_chat()
    answer = factories.make_message(make_visitor(chat, ANA), direction="out")
    drawing = factories.make_attachment(answer, name="a\r\n.svg", mime="image/svg+xml")
    drawing.file.save("x.svg", ContentFile(b"<svg onload='alert(1)'/>"))
    factories.make_message(make_visitor(chat, BIA))
    listed = get_messages(client, chat, ANA)[0]["attachments"]
    assert [file["id"] for file in listed] == [str(drawing.id)]
    url = f"/chat/{chat.id}/attachments/{drawing.id}"
    got = client.get(url, headers=bearer(ANA))
    assert b"".join(got.streaming_content) == b"<svg onload='alert(1)'/>"
    assert got["Content-Disposition"].startswith("attachment")
    assert got["Content-Type"] == "application/octet-stream"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"].startswith("sandbox")
    assert client.get(url, headers=bearer(BIA)).status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_a_404(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    chat = make_chat()
    answer = factories.make_message(make_visitor(chat, ANA), direction="out")
    lost = factories.make_attachment(answer, file="attachments/lost.pdf")
    empty = factories.make_attachment(answer)
    for file in (lost, empty):
        url = f"/chat/{chat.id}/attachments/{file.id}"
        assert client.get(url, headers=bearer(ANA)).status_code == 404
