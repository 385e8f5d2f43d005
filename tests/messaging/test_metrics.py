"""`/metrics`."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from messaging.models import Conversation, Delivery, Message, Miss
from messaging.services.counters import count
from tests.factories import make_channel, make_conversation, make_message, make_question

pytestmark = pytest.mark.django_db


def samples(client, **headers):
    answer = client.get("/metrics", **headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_waits_and_what_is_stuck_is_counted(client):
    conversation = make_conversation()
    for status in ("queued", "queued", "sending", "retry_wait", "uncertain", "sent"):
        make_message(conversation=conversation, direction="out", status=status)
    channel = make_channel()
    for state in ("pending", "error", "error", "handled", "ignored"):
        Delivery.objects.create(channel=channel, body=b"{}", state=state)
    found = samples(client)
    assert found["balcao_outbound_messages", "queued"] == 2
    assert found["balcao_outbound_messages", "sending"] == 1
    assert found["balcao_outbound_messages", "retry_wait"] == 1
    assert found["balcao_outbound_messages", "uncertain"] == 1
    assert ("balcao_outbound_messages", "sent") not in found
    assert found["balcao_deliveries", "pending"] == 1
    assert found["balcao_deliveries", "error"] == 2


def test_unanswered_questions_and_what_waits_to_be_one_are_counted(client):
    make_question()
    make_question(state="dismissed")
    Miss.objects.create(message=make_message(), cause="miss")
    found = samples(client)
    assert found[("balcao_unanswered_questions",)] == 1
    assert found[("balcao_ungrouped_misses",)] == 1


def test_ages_are_those_of_the_oldest(client):
    long_ago = timezone.now() - timedelta(minutes=10)
    for conversation in (make_conversation(owner="queue"), make_conversation(owner="queue")):
        make_message(conversation=conversation, direction="out", status="queued")
        make_message(conversation=conversation, direction="in", bot_state="pending")
    Message.objects.filter(conversation=conversation).update(created_at=long_ago)
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=long_ago)
    Delivery.objects.create(channel=make_channel(), body=b"", received_at=long_ago)
    found = samples(client)
    for name in ("outbound", "bot", "deliveries", "queue"):
        assert found[(f"balcao_{name}_oldest_seconds",)] == pytest.approx(600, abs=30)
    assert found[("balcao_queue_conversations",)] == 2
    assert found[("balcao_bot_pending_messages",)] == 2


def test_an_empty_desk_has_all_gauges_at_zero(client):
    found = samples(client)
    assert found[("balcao_queue_oldest_seconds",)] == 0
    assert set(found.values()) == {0}


def test_counters_are_summed_over_days_and_channels(client):
    count("messages_in", "a", 3)
    count("messages_in", "b", 4)
    assert samples(client)["balcao_events_total", "messages_in"] == 7


def test_labels_name_no_channel_and_no_person(client):
    channel = make_channel(name="Ana Souza")
    count("messages_in", channel.pk)
    text = client.get("/metrics").text
    assert str(channel.pk) not in text
    assert "Ana" not in text


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "172.18.0.4", "fd00::7"])
def test_a_private_peer_may_read_without_a_token(client, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        {"REMOTE_ADDR": "8.8.8.8"},
        {"REMOTE_ADDR": "2606:4700::1111"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "unix:"},
        # From outside, through a proxy on a private address.
        {"REMOTE_ADDR": "10.0.0.2", "HTTP_X_FORWARDED_FOR": "8.8.8.8"},
        {"REMOTE_ADDR": "10.0.0.2", "HTTP_FORWARDED": "for=8.8.8.8"},
    ],
)
def test_nobody_else_may(client, request_):
    assert client.get("/metrics", **request_).status_code == 403


def test_with_a_token_the_token_counts_and_nothing_else(client, settings):
    settings.METRICS_TOKEN = "t0ken"
    outside = {"REMOTE_ADDR": "8.8.8.8"}
    right = client.get("/metrics", HTTP_AUTHORIZATION="Bearer t0ken", **outside)
    wrong = client.get("/metrics", HTTP_AUTHORIZATION="Bearer t0keN", **outside)
    odd = client.get("/metrics", HTTP_AUTHORIZATION="Bearer é", **outside)
    inside = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    found = [answer.status_code for answer in (right, wrong, odd, inside)]
    assert found == [200, 403, 403, 403]


def test_metrics_are_only_read(client):
    assert client.post("/metrics").status_code == 405
