"""`Idempotency-Key`: what is repeated is answered again, not sent again (F-106)."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from messaging.api import auth
from messaging.models import IdempotentRequest, Message
from tests.factories import make_agent, make_conversation


@pytest.fixture
def path(db):
    return f"/api/v1/contacts/{make_conversation().contact_id}/messages/"


def send(client, path, key, text="Hello"):
    return client.post(path, {"text": text}, headers={"Idempotency-Key": key})


def test_the_same_request_under_the_same_key_gets_the_same_answer_once_sent(agent, path):
    key = str(uuid4())
    first, second = send(agent, path, key), send(agent, path, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Message.objects.count() == 1


def test_the_slash_at_the_end_makes_no_other_request(agent, path):
    first = send(agent, path, "k")
    second = send(agent, path.rstrip("/"), "k")
    assert first.json() == second.json()
    assert Message.objects.count() == 1


def test_another_body_or_another_contact_under_the_same_key_is_422(agent, path):
    send(agent, path, "k")
    elsewhere = f"/api/v1/contacts/{make_conversation().contact_id}/messages/"
    for answer in (send(agent, path, "k", "Something else"), send(agent, elsewhere, "k")):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"
    assert Message.objects.count() == 1


def test_the_order_of_the_keys_in_the_body_makes_no_difference(agent, path):
    bodies = ['{"text": "a", "attachments": []}', '{"attachments": [], "text":  "a"}']
    codes = [
        agent.generic(
            "POST", path, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
        ).status_code
        for body in bodies
    ]
    assert codes == [201, 201]
    assert Message.objects.count() == 1


def test_a_key_belongs_to_one_person(agent, supervisor, path):
    send(agent, path, "k")
    assert send(supervisor, path, "k", "Mine").status_code == 201
    assert Message.objects.count() == 2


def test_a_request_that_still_runs_is_409(agent, bob, path):
    send(agent, path, "k")
    IdempotentRequest.objects.update(response_status=None, response_body=None)
    answer = send(agent, path, "k")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")
    assert Message.objects.count() == 1


def test_a_request_that_died_long_ago_is_done(agent, path):
    send(agent, path, "k")
    Message.objects.all().delete()  # it died before its commit
    IdempotentRequest.objects.update(
        response_status=None, created_at=timezone.now() - timedelta(minutes=2)
    )
    assert send(agent, path, "k").status_code == 201
    assert Message.objects.count() == 1


def test_after_24_hours_a_key_is_free_again(agent, path):
    send(agent, path, "k")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert send(agent, path, "k", "Another").status_code == 201
    assert Message.objects.count() == 2


def test_a_refusal_uses_no_key_up(agent, path):
    assert send(agent, path, "k", "").status_code == 400
    assert send(agent, path, "k", "Hello").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\tb"])
def test_a_key_that_is_not_sane_is_400(agent, path, key):
    answer = agent.post(path, {"text": "a"}, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"Idempotency-Key"}


@pytest.mark.django_db(transaction=True)
def test_a_double_click_sends_once():
    path = f"/api/v1/contacts/{make_conversation().contact_id}/messages/"
    token = auth.pair(make_agent().user)["access"]
    ready = threading.Barrier(3)
    codes = []

    def click():
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        try:
            ready.wait()
            codes.append(send(client, path, "k").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Message.objects.count() == 1
    assert set(codes) <= {201, 409}
    assert 201 in codes
