"""A message becomes the calls the Bot API takes, and never one it would refuse."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import constants

from channels.errors import Permanent
from channels.registry import get
from channels.splitting import size
from channels.telegram import build as building
from channels.types import Button, OutboundAttachment, OutboundMessage
from tests.channels.telegram.samples import CONFIG

TELEGRAM = get("telegram")


def build(**message):
    message.setdefault("destination", "7")
    return list(TELEGRAM.build(OutboundMessage(tag="t", **message), CONFIG))


def file(kind="document", mime="application/pdf", size=1000):
    return OutboundAttachment(kind, "/data/stored", "nota.pdf", mime, size)


def test_a_text_is_one_plain_call():
    (call,) = build(text="*Olá* <b>_você_")
    assert call.label == "sendMessage"
    assert call.url == "https://api.example.com/bot42:TEST-token/sendMessage"
    assert call.json == {"chat_id": 7, "text": "*Olá* <b>_você_"}


def test_without_an_api_base_the_public_api_is_called():
    (call,) = TELEGRAM.build(OutboundMessage("t", "7", "oi"), {"token": "1:A"})
    assert call.url == "https://api.telegram.org/bot1:A/sendMessage"


def test_f67_a_long_text_goes_out_in_parts_with_the_buttons_below_the_last():
    text = "palavra 👩‍👧 " * 1000
    calls = build(text=text, buttons=(Button("Sim", "yes"),), reply_to="5")
    parts = [call.json["text"] for call in calls]
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert all(size(part, "utf16") <= 4096 for part in parts)
    assert ["reply_markup" in call.json for call in calls] == [False] * (len(calls) - 1) + [True]
    assert ["reply_parameters" in call.json for call in calls] == [True] + [False] * (
        len(calls) - 1
    )


def test_buttons_stand_one_in_a_row_with_long_titles_cut():
    (call,) = build(
        text="Qual?", buttons=(Button("á" * 90, "faq:1"), Button("Nenhuma delas", "none"))
    )
    rows = call.json["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in rows] == [1, 1]
    assert rows[0][0] == {"text": "á" * 63 + "…", "callback_data": "faq:1"}


def test_a_button_may_open_an_address():
    (call,) = build(text="Veja", buttons=(Button("Loja", url="https://loja.example/a"),))
    assert call.json["reply_markup"]["inline_keyboard"] == [
        [{"text": "Loja", "url": "https://loja.example/a"}]
    ]


@pytest.mark.parametrize("payload", ["", "x" * 65, "é" * 33])
def test_a_payload_that_is_not_1_to_64_bytes_is_refused(payload):
    with pytest.raises(Permanent):
        build(text="Qual?", buttons=(Button("Sim", payload),))


def test_a_reply_may_quote_a_message_that_is_gone():
    (call,) = build(text="oi", reply_to="12")
    assert call.json["reply_parameters"] == {"message_id": 12, "allow_sending_without_reply": True}


@pytest.mark.parametrize("not_a_message", ["990001112223334445", "abc", "-1", "٣", ""])
def test_what_is_no_message_id_is_not_quoted(not_a_message):
    (call,) = build(text="oi", reply_to=not_a_message)
    assert "reply_parameters" not in call.json


def test_a_topic_of_a_forum_is_named():
    (call,) = build(text="oi", destination="-1005550009:7")
    assert (call.json["chat_id"], call.json["message_thread_id"]) == (-1005550009, 7)


@pytest.mark.parametrize("destination", ["", "@name", "7; drop", "1:2:3", "9" * 30])
def test_what_is_no_chat_is_refused(destination):
    with pytest.raises(Permanent):
        build(text="oi", destination=destination)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_message_is_refused(text):
    with pytest.raises(Permanent):
        build(text=text)


@pytest.mark.parametrize(
    ("attachment", "method", "field"),
    [
        (file("image", "image/jpeg"), "sendPhoto", "photo"),
        (file("image", "image/gif"), "sendAnimation", "animation"),
        (file("image", "image/svg+xml"), "sendDocument", "document"),
        (file("image", "image/png", size=10_000_001), "sendDocument", "document"),
        (file("voice", "audio/ogg"), "sendVoice", "voice"),
        (file("audio", "audio/mpeg"), "sendAudio", "audio"),
        (file("audio", "audio/wav"), "sendDocument", "document"),
        (file("video", "video/mp4"), "sendVideo", "video"),
        (file("video", "video/x-matroska"), "sendDocument", "document"),
        (file(), "sendDocument", "document"),
    ],
)
def test_a_file_goes_out_by_the_method_that_takes_it(attachment, method, field):
    (call,) = build(attachments=(attachment,))
    assert (call.label, call.files[0].field, call.files[0].name) == (method, field, "nota.pdf")
    assert call.form == {"chat_id": "7"}


def test_a_short_text_is_the_caption_of_the_only_file():
    (call,) = build(text="Segue", attachments=(file(),), buttons=(Button("Ok", "ok"),))
    assert call.form["caption"] == "Segue"
    assert json.loads(call.form["reply_markup"])["inline_keyboard"][0][0]["callback_data"] == "ok"


def test_a_text_too_long_for_a_caption_follows_the_file():
    calls = build(text="x" * 1025, attachments=(file(),), buttons=(Button("Ok", "ok"),))
    assert [call.label for call in calls] == ["sendDocument", "sendMessage"]
    assert "reply_markup" in calls[-1].json


def test_several_files_go_out_before_the_text():
    calls = build(text="oi", attachments=(file(), file("image", "image/png")))
    assert [call.label for call in calls] == ["sendDocument", "sendPhoto", "sendMessage"]


def test_a_file_above_50_mb_is_refused():
    with pytest.raises(Permanent):
        build(attachments=(file(size=50_000_001),))


def test_a_pressed_button_is_acknowledged_and_typing_is_shown():
    (answer,) = TELEGRAM.acknowledge("q1", CONFIG)
    assert (answer.label, answer.json) == ("answerCallbackQuery", {"callback_query_id": "q1"})
    (action,) = TELEGRAM.typing("-100:7", CONFIG)
    assert action.label == "sendChatAction"
    assert action.json == {"chat_id": -100, "message_thread_id": 7, "action": "typing"}


def test_our_limits_are_the_librarys():
    assert building.MAX_TEXT == constants.MessageLimit.MAX_TEXT_LENGTH
    assert building.MAX_CAPTION == constants.MessageLimit.CAPTION_LENGTH
    assert building.MAX_BUTTONS == constants.InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER
    assert building.MAX_BUTTON_PAYLOAD == constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    assert building.MAX_FILE == constants.FileSizeLimit.FILESIZE_UPLOAD
    assert building.MAX_PHOTO == constants.FileSizeLimit.PHOTOSIZE_UPLOAD


@given(
    st.text(max_size=50) | st.text(min_size=900, max_size=1200),
    st.lists(st.builds(Button, st.text(max_size=100), st.just("p")), max_size=4),
    st.booleans(),
)
def test_whatever_is_said_every_call_is_within_the_limits(text, buttons, with_file):
    attachments = (file(),) if with_file else ()
    if not text.strip() and not attachments:
        return
    for call in build(text=text, buttons=tuple(buttons), attachments=attachments):
        parameters = call.json or call.form
        assert 0 < size(parameters.get("text", "x"), "utf16") <= 4096
        assert size(parameters.get("caption", ""), "utf16") <= 1024
    markup = parameters.get("reply_markup", {"inline_keyboard": []})
    keyboard = json.loads(markup) if isinstance(markup, str) else markup
    titles = [row[0]["text"] for row in keyboard["inline_keyboard"]]
    assert len(titles) == len(buttons)
    assert all(0 < len(title) <= 64 for title in titles)
