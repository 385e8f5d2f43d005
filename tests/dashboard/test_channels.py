"""Channels in the admin: a form for each kind, the platform asked outside of the transaction, secrets kept in."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse

import channels.registry
from dashboard.forms.channel import MASK, masked
from messaging.models import Channel, Message
from messaging.services import channels as service
from tests.factories import make_channel, make_conversation, make_message
from tests.stand_ins.telegram import TelegramStandIn

ADD = reverse("admin:messaging_channel_add")
LIST = reverse("admin:messaging_channel_changelist")
TOKEN = "4242424242:AAE-a-token-nobody-may-read-back"
NEWER = "4242424242:AAE-another-token-that-is-new-1"
UNKNOWN = "9999:AAE-a-token-the-platform-does-not-know"


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Front desk",
        "enabled": "on",
        "reopen_within_hours": "12",
        "max_automatic_replies": "30",
        "retention_days": "",
    } | changed


@pytest.fixture
def telegram_here(telegram: TelegramStandIn, settings: Any) -> TelegramStandIn:
    settings.CHANNEL_DEFAULTS = {"telegram": {"api_base": telegram.url}}
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    telegram.add_bot(TOKEN, bot_id=4242)
    telegram.add_bot(NEWER, bot_id=4242)
    return telegram


def change(row: Channel) -> str:
    return reverse("admin:messaging_channel_change", args=[row.pk])


@pytest.mark.parametrize("kind", sorted(channels.registry.CHANNELS))
def test_each_kind_has_a_form_with_its_own_settings(admin: Client, kind: str) -> None:
    assert f"?kind={kind}" in admin.get(ADD).content.decode()
    form = admin.get(f"{ADD}?kind={kind}").context["adminform"].form
    asked = {f.name for f in channels.registry.get(kind).fields if not f.generated}
    assert {name.removeprefix("config__") for name in form.fields if "__" in name} == asked


def test_a_channel_is_connected_with_generated_secrets(admin: Client) -> None:
    answer = admin.post(
        f"{ADD}?kind=webchat",
        fields(config__title="Shop", config__allowed_origins="https://www.example.com"),
    )
    assert answer.status_code == 302, answer.content.decode()
    row = Channel.objects.get()
    assert (row.name, row.health, row.reopen_within_hours) == ("Front desk", "ok", 12)
    assert row.config["title"] == "Shop"
    assert row.config["allowed_origins"] == ["https://www.example.com"]
    assert row.config["session_secret"]
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.is_addition()) == (str(row.pk), True)
    assert row.config["session_secret"] not in admin.get(change(row)).content.decode()


def test_an_unknown_kind_leads_to_the_choice(admin: Client) -> None:
    assert "?kind=mock" in admin.get(f"{ADD}?kind=pigeon").content.decode()


def test_f117_an_empty_secret_stays_and_a_new_one_replaces_it(
    admin: Client, telegram_here: TelegramStandIn
) -> None:
    row = service.create(kind="telegram", name="Bot", config={"token": TOKEN, "mode": "polling"})
    page = admin.get(change(row)).content.decode()
    assert TOKEN not in page
    assert f"{MASK} {TOKEN[-4:]}" in page
    admin.post(change(row), fields(config__token="", config__mode="polling"))
    row.refresh_from_db()
    assert (row.config["token"], row.name) == (TOKEN, "Front desk")
    admin.post(change(row), fields(config__token=NEWER, config__mode="polling"))
    row.refresh_from_db()
    assert row.config["token"] == NEWER


def test_credentials_the_platform_refuses_are_an_error_in_the_form(
    admin: Client, telegram_here: TelegramStandIn
) -> None:
    answer = admin.post(f"{ADD}?kind=telegram", fields(config__token=UNKNOWN))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()
    assert UNKNOWN not in answer.content.decode()
    assert not Channel.objects.exists()
    assert not LogEntry.objects.exists()
    assert not list(answer.context["messages"])


def test_a_missing_setting_is_an_error_beside_it(admin: Client) -> None:
    answer = admin.post(f"{ADD}?kind=telegram", fields(config__token=""))
    assert "config__token" in answer.context["adminform"].form.errors
    answer = admin.post(f"{ADD}?kind=webchat", fields(config__allowed_origins="not an address"))
    assert "config__allowed_origins" in answer.context["adminform"].form.errors
    assert not Channel.objects.exists()


def test_checking_asks_the_platform_and_says_how_it_went(
    admin: Client, telegram_here: TelegramStandIn
) -> None:
    row = make_channel("telegram", config={"token": TOKEN, "mode": "polling"}, health="refused")
    check = reverse("admin:desk_check", args=[row.pk])
    assert admin.get(check).status_code == 405
    answer = admin.post(check, follow=True)
    row.refresh_from_db()
    assert row.health == "ok"
    assert "success" in str(next(iter(answer.context["messages"])).tags)


def test_a_configuration_that_cannot_be_read_does_not_break_the_page(admin: Client) -> None:
    row = make_channel("telegram")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_channel SET config = 'of another key'")
    assert "FIELD_ENCRYPTION_KEYS" in admin.get(change(row)).content.decode()
    assert admin.get(LIST).status_code == 200


def test_the_webhook_address_is_there_to_copy(admin: Client, settings: Any) -> None:
    row = make_channel()
    assert f"/webhooks/mock/{row.pk}" in admin.get(change(row)).content.decode()
    settings.PUBLIC_URL = "https://desk.example.com"
    page = admin.get(change(row)).content.decode()
    assert f'data-copy="https://desk.example.com/webhooks/mock/{row.pk}"' in page


def test_a_removed_channel_leaves_its_conversations(admin: Client) -> None:
    row = make_channel(config={})
    message = make_message(make_conversation(channel=row))
    page = reverse("admin:messaging_channel_delete", args=[row.pk])
    assert admin.get(page).status_code == 200
    answer = admin.post(page, {"post": "yes"}, follow=True)
    assert answer.status_code == 200
    assert not Channel.connected.filter(pk=row.pk).exists()
    assert Message.objects.filter(pk=message.pk).exists()
    thread = reverse("admin:messaging_conversation_change", args=[message.conversation_id])
    assert admin.get(thread).status_code == 200


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("", ""), (None, ""), ("short", MASK), ("a" * 20 + "wxyz", f"{MASK} wxyz")],
)
def test_f117_of_a_secret_at_most_the_last_four_characters_are_shown(
    secret: str | None, shown: str
) -> None:
    assert masked(secret) == shown
