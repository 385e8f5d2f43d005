"""channels/: kinds, connecting, secrets that never come out, and the mock's outbox."""

import json

from django.utils import timezone

import channels.registry
from messaging.models import Channel
from tests.factories import make_attachment, make_channel, make_conversation, make_message

CHANNELS = "/api/v1/channels/"
FIELDS = {
    "id",
    "kind",
    "name",
    "config",
    "enabled",
    "webhook_url",
    "health",
    "health_detail",
    "checked_at",
    "created_at",
}


def test_every_kind_is_described(agent):
    answer = agent.get(f"{CHANNELS}kinds/")
    assert answer.status_code == 200
    assert set(answer.json()) == {"next", "previous", "results"}
    rows = {row["kind"]: row for row in answer.json()["results"]}
    assert set(rows) == set(channels.registry.CHANNELS)
    for row in rows.values():
        assert row["config"]["type"] == "object"
        assert row["config"]["additionalProperties"] is False
        assert row["capabilities"]["max_text"] > 0


def test_a_mock_channel_is_connected_changed_checked_and_removed(admin, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    made = admin.post(CHANNELS, {"kind": "mock", "name": "Try out", "config": {}})
    assert made.status_code == 201
    body = made.json()
    assert set(body) == FIELDS
    assert body["enabled"] is True
    assert body["webhook_url"] == f"https://desk.example.com/webhooks/mock/{body['id']}"
    path = f"{CHANNELS}{body['id']}/"
    changed = admin.patch(path, {"name": "Other", "enabled": False})
    assert (changed.json()["name"], changed.json()["enabled"]) == ("Other", False)
    assert admin.get(path).json() == changed.json()
    assert admin.post(f"{path}check/").json()["health"] == "ok"
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert admin.get(CHANNELS).json()["results"] == []


def test_without_a_public_url_the_webhook_is_where_this_client_sees_us(admin, settings):
    settings.PUBLIC_URL = ""
    body = admin.post(CHANNELS, {"kind": "mock", "name": "Try out"}).json()
    assert body["webhook_url"] == f"http://testserver/webhooks/mock/{body['id']}"


def test_a_wrong_configuration_names_the_key(admin):
    for body, field in [
        ({"name": "x"}, "kind"),
        ({"kind": "pigeon", "name": "x"}, "kind"),
        ({"kind": "mock"}, "name"),
        ({"kind": "mock", "name": "x" * 101}, "name"),
        ({"kind": "mock", "name": "x", "config": []}, "config"),
        ({"kind": "mock", "name": "x", "config": {"token": "1"}}, "config.token"),
        ({"kind": "telegram", "name": "x", "config": {}}, "config.token"),
        ({"kind": "mock", "name": "x", "enabled": "perhaps"}, "enabled"),
    ]:
        answer = admin.post(CHANNELS, body)
        assert answer.status_code == 400, body
        assert set(answer.json()["fields"]) == {field}
    assert not Channel.objects.exists()


def test_no_answer_holds_a_secret(admin):
    secret = "123456:very-secret-token"
    channel = make_channel("telegram", config={"token": secret, "mode": "polling"})
    shown = admin.get(f"{CHANNELS}{channel.pk}/")
    assert shown.json()["config"] == {"mode": "polling"}
    for answer in (shown, admin.get(CHANNELS), admin.patch(f"{CHANNELS}{channel.pk}/", {})):
        assert answer.status_code == 200
        assert "very-secret" not in json.dumps(answer.json())


def test_the_outbox_of_a_mock_channel_lists_what_was_sent_newest_first(admin):
    channel = make_channel()
    conversation = make_conversation(channel=channel)
    make_message(conversation)
    first = make_message(
        conversation,
        direction="out",
        text="Choose",
        buttons=[{"title": "Yes", "payload": "y"}],
        external_id="mock-1",
    )
    second = make_message(conversation, direction="out", external_id="mock-2")
    make_message(conversation, direction="out", status="queued")
    make_message(direction="out")
    file = make_attachment(first)
    answer = admin.get(f"{CHANNELS}{channel.pk}/outbox/")
    rows = answer.json()["results"]
    assert [row["message"] for row in rows] == [str(second.pk), str(first.pk)]
    assert set(rows[1]) == {
        "id", "message", "contact", "external_id", "text", "buttons", "attachments", "sent_at",
    }  # fmt: skip
    assert rows[1]["contact"] == str(conversation.contact_id)
    assert rows[1]["external_id"] == "mock-1"
    assert rows[1]["buttons"] == [{"title": "Yes", "payload": "y"}]
    assert rows[1]["attachments"] == [str(file.pk)]
    assert rows[1]["sent_at"].startswith(str(timezone.now().year))
    page = admin.get(f"{CHANNELS}{channel.pk}/outbox/?page_size=1").json()
    assert [row["message"] for row in admin.get(page["next"]).json()["results"]] == [str(first.pk)]


def test_only_a_mock_channel_has_an_outbox(admin):
    channel = make_channel("telegram", config={"token": "1:a"})
    assert admin.get(f"{CHANNELS}{channel.pk}/outbox/").status_code == 404
