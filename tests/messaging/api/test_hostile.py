"""Hostile bodies and addresses are refused with 4xx in one shape, never 5xx (F-11 … F-18, F-103 … F-105)."""

import json

import pytest
from django.db import OperationalError

from messaging.api import parsers
from messaging.models import Contact, Conversation, Message
from tests.factories import make_channel, make_contact, make_conversation, make_message

CONTACTS = "/api/v1/contacts/"
LOGIN = "/api/v1/auth/token/"


def send(client, path, body, content_type="application/json", method="POST", **headers):
    return client.generic(method, path, body, content_type=content_type, **headers)


def assert_refused(answer, *codes):
    assert answer.status_code in (codes or (400,)), answer.content[:300]
    assert {"detail", "code", "request_id"} <= set(answer.json())
    assert "Traceback" not in answer.content.decode()


BODIES = {
    "empty": b"",
    "spaces": b"   \n",
    "list": b"[]",
    "text": b'"x"',
    "null": b"null",
    "number": b"1",
    "cut off": b'{"name": "a',
    "two objects": b"{}{}",
    "nested lists": b"[" * 100_000,
    "nested objects": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "nested attributes": b'{"attributes":' + b'{"a":' * 100 + b"1" + b"}" * 101,
    "NaN": b'{"attributes": {"a": NaN}}',
    "infinity": b'{"attributes": {"a": Infinity}}',
    "1e999": b'{"attributes": {"a": 1e999}}',
    "integer of 5000 digits": b'{"attributes": {"a": ' + b"9" * 5000 + b"}}",
    "bad UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "gzip": b"\x1f\x8b\x08\x00\x00",
}


@pytest.mark.parametrize("name", BODIES)
def test_f12_f15_a_body_that_is_no_json_object_is_400(admin, name):
    answer = send(admin, LOGIN, BODIES[name])
    assert_refused(answer)
    if name != "empty":
        assert_refused(send(admin, CONTACTS, BODIES[name]))
    assert not Contact.objects.exists()


def test_f11_a_body_over_256_kb_is_413_before_it_is_read(admin):
    big = json.dumps({"name": "x", "attributes": {"a": "y" * parsers.MAX_JSON}}).encode()
    assert_refused(send(admin, CONTACTS, big), 413)


def test_f11_a_body_of_nearly_256_kb_is_read(admin):
    big = json.dumps({"name": "x" * 250_000}).encode()
    answer = send(admin, CONTACTS, big)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"name"}


def test_f15_an_encoded_body_or_another_charset_is_415(admin):
    assert_refused(send(admin, CONTACTS, b"{}", HTTP_CONTENT_ENCODING="gzip"), 415)
    assert_refused(send(admin, CONTACTS, b"{}", "application/json; charset=utf-7"), 415)
    assert_refused(send(admin, CONTACTS, b"{}", "application/json; charset=bogus"), 415)


def test_f37_another_content_type_is_415(admin):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        assert_refused(send(admin, CONTACTS, b"name=x", content_type), 415)


def test_f15_a_byte_order_mark_is_accepted(admin):
    answer = send(admin, CONTACTS, b'\xef\xbb\xbf{"name": "Ana"}')
    assert answer.status_code == 201


def test_f16_nul_is_taken_out_of_texts(admin):
    answer = send(
        admin, CONTACTS, b'{"name": "A\\u0000na", "attributes": {"k\\u0000": "v\\u0000"}}'
    )
    assert answer.status_code == 201
    assert answer.json()["name"] == "Ana"
    assert answer.json()["attributes"] == {"k": "v"}


def test_f17_a_lone_surrogate_is_replaced(admin):
    answer = send(admin, CONTACTS, b'{"name": "A\\ud800"}')
    assert answer.status_code == 201
    assert answer.json()["name"] == "A\ufffd"


WRONG = [
    {"name": []},
    {"name": {}},
    {"name": True},
    {"name": "x" * 201},
    {"phone": 5},
    {"phone": "abc"},
    {"phone": "123"},
    {"email": "nobody"},
    {"email": ["a@example.com"]},
    {"language": "português"},
    {"time_zone": "Mars/Base"},
    {"time_zone": "../../etc/passwd"},
    {"tags": "vip"},
    {"tags": [["vip"]]},
    {"tags": [None]},
    {"tags": ["x" * 51]},
    {"tags": [str(n) for n in range(51)]},
    {"attributes": []},
    {"attributes": {"a": "x" * 20_000}},
    {"addresses": {}},
    {"addresses": ["x"]},
    {"addresses": [{"channel": "abc", "external_id": "1"}]},
    {"addresses": [{"channel": "00000000-0000-0000-0000-000000000000", "external_id": "1"}]},
    {"addresses": [{"external_id": "1"}]},
]


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_f18_a_value_of_the_wrong_type_names_its_field(admin, body):
    answer = admin.post(CONTACTS, body)
    assert_refused(answer)
    named = {name.split(".")[0] for name in answer.json()["fields"]}
    assert named == set(body)
    assert not Contact.objects.exists()


HOSTILE_QUERIES = [
    "page_size=0",
    "page_size=-1",
    "page_size=abc",
    "page_size=1e9",
    "page_size=1.5",
    "page_size=",
    "page_size=%C2%B2",
    "page_size=" + "9" * 5000,
    "page=1",
    "cursor=",
    "cursor=abc",
    "cursor=%00",
    "cursor=" + "A" * 10_000,
    "cursor=bnVsbA",
    "cursor=WyJuIiwxXQ",
    "cursor=WyJuIiwiYWJjIl0",
    "cursor=W1tbW1tbW1tbW1tbW1tbW1tbW1tb",
    "ordering=name",
    "ordering=?",
    "fields=id",
    "format=json",
    "name__regex=(a%2B)%2B",
    "contact__attributes__a=1",
    "_connector=OR",
    "_negated=1",
    "a%00b=1",
    "%ED%A0%80=1",
]
LISTS = [
    "channels",
    "contacts",
    "messages",
    "conversations",
    "queue",
    "teams",
    "agents",
    "faqs",
    "rules",
]


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
def test_f104_f105_an_unknown_or_hostile_parameter_is_400_on_every_list(admin, query):
    for name in LISTS:
        assert_refused(admin.get(f"/api/v1/{name}/?{query}"))


FILTERS = [
    ("messages", "contact=abc"),
    ("messages", "contact=%00"),
    ("messages", "agent=1"),
    ("messages", "direction=sideways"),
    ("messages", "status=lost"),
    ("messages", "status=queued%00"),
    ("messages", "sender=nobody"),
    ("messages", "created_after=yesterday"),
    ("messages", "created_after=0001-01-01T00:00:00%2B14:00"),
    ("messages", "created_before=9999-12-31T23:59:59-14:00"),
    ("messages", "created_before=99999-01-01"),
    ("messages", "search=%00"),
    ("messages", "search=" + "x" * 201),
    ("messages", "campaign=abc"),
    ("conversations", "owner=me"),
    ("conversations", "status=waiting"),
    ("conversations", "agent=abc"),
    ("conversations", "team=abc"),
    ("contacts", "channel=abc"),
    ("contacts", "tag=" + "x" * 51),
    ("contacts", "search=%00"),
    ("faqs", "language=tlh"),
    ("faqs", "enabled=maybe"),
    ("queue", "search=x"),
    ("agents", "role=admin"),
]


@pytest.mark.parametrize(("name", "query"), FILTERS)
def test_an_unknown_filter_value_is_400(admin, name, query):
    assert_refused(admin.get(f"/api/v1/{name}/?{query}"))


def test_a_page_of_more_than_100_is_cut_to_100(admin):
    assert admin.get(f"{CONTACTS}?page_size=100000").status_code == 200


def test_a_detail_takes_no_parameters(admin):
    contact = make_contact()
    assert_refused(admin.get(f"{CONTACTS}{contact.pk}/?fields=id"))


@pytest.mark.parametrize("text", ["'; DROP TABLE x; --", "%", "_", "\\", "ação", "😀", "%25%27"])
def test_f104_a_search_is_only_text(admin, text):
    make_contact(name="Ana")
    answer = admin.get(CONTACTS, {"search": text})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def test_f103_what_is_not_writable_is_ignored_or_refused(admin, agent, bob):
    channel = make_channel()
    made = admin.post(
        CONTACTS,
        {
            "name": "Ana",
            "id": "00000000-0000-0000-0000-000000000001",
            "created_at": "2001-01-01T00:00:00Z",
        },
    ).json()
    assert made["id"] != "00000000-0000-0000-0000-000000000001"
    assert not made["created_at"].startswith("2001")
    conversation = make_conversation(channel=channel, agent=bob)
    sent = agent.post(
        f"{CONTACTS}{conversation.contact_id}/messages/",
        {
            "text": "hello",
            "status": "read",
            "sender": "contact",
            "direction": "in",
            "conversation": str(make_conversation().pk),
            "agent": None,
        },
    ).json()
    assert (sent["status"], sent["sender"], sent["direction"]) == ("queued", "agent", "out")
    assert sent["conversation"] == str(conversation.pk)
    assert sent["agent"] == str(bob.pk)


def test_f103_an_agent_cannot_make_themselves_admin(agent, admin, bob):
    answer = agent.patch("/api/v1/agents/me/", {"role": "admin", "is_staff": True, "capacity": 9})
    assert answer.status_code == 200
    bob.refresh_from_db()
    assert (bob.role, bob.user.is_staff, bob.capacity) == ("agent", False, 9)
    made = admin.post(
        "/api/v1/agents/",
        {"username": "eve", "password": "correct-horse-77", "is_staff": True, "is_superuser": True},
    )
    assert made.status_code == 201
    from messaging.models import Agent

    eve = Agent.objects.get(pk=made.json()["id"])
    assert (eve.role, eve.user.is_staff, eve.user.is_superuser) == ("agent", False, False)


def test_a_database_that_does_not_answer_is_503_with_retry_after(admin, monkeypatch):
    def broken(*_args):
        raise OperationalError("could not connect to server at 10.0.0.1")

    monkeypatch.setattr("messaging.selectors.visible_contacts", broken)
    answer = admin.get(CONTACTS)
    assert_refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert "10.0.0.1" not in answer.content.decode()


def test_what_nobody_expected_is_500_without_a_trace_and_logged_without_its_words(
    admin, monkeypatch, caplog
):
    word = "sec" + "ret"

    def broken(*_args):
        raise RuntimeError(word)

    monkeypatch.setattr("messaging.selectors.visible_contacts", broken)
    answer = admin.get(CONTACTS)
    assert answer.status_code == 500
    assert set(answer.json()) == {"detail", "code", "request_id"}
    assert "secret" not in answer.content.decode()
    record = next(r for r in caplog.records if "RuntimeError" in r.getMessage())
    assert record.request_id == answer.json()["request_id"]
    assert "secret" not in record.getMessage() + record.where


def test_f111_nothing_is_open_to_other_sites_and_nothing_is_to_be_browsed(admin):
    answer = admin.get(CONTACTS, HTTP_ORIGIN="https://evil.example.com")
    assert not [h for h in answer.headers if h.lower().startswith("access-control")]
    page = admin.get(CONTACTS, HTTP_ACCEPT="text/html")
    assert page.status_code == 406


def test_texts_come_back_as_they_were_stored(admin):
    message = make_message(text="<img src=x onerror=alert(1)> {{7*7}} %s {0}")
    shown = admin.get(f"/api/v1/messages/{message.pk}/")
    assert shown.json()["text"] == message.text
    assert shown.headers["Content-Type"].startswith("application/json")
    assert Message.objects.count() == Conversation.objects.count() == 1
