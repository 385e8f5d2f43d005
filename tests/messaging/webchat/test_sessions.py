"""Who a visitor is, and how that is proven."""

from typing import Any

import pytest
from django.test import Client

from channels.webchat import issue_token, visitor_of
from messaging.models import Channel
from tests import factories
from tests.messaging.webchat.helpers import SECRET, bearer, make_chat

pytestmark = pytest.mark.django_db


def begin(client: Client, channel: Channel, body: Any = None, **headers: str) -> Any:
    return client.post(
        f"/chat/{channel.id}/session", body or {}, content_type="application/json", headers=headers
    )


def test_a_new_visitor_gets_a_token_of_an_own_id(client: Client) -> None:
    chat = make_chat(title="Loja Aurora", greeting="Oi! Como posso ajudar?")
    first, second = begin(client, chat).json(), begin(client, chat).json()
    assert visitor_of(first["token"], SECRET) == first["visitor"] != second["visitor"]
    assert (first["title"], first["greeting"]) == ("Loja Aurora", "Oi! Como posso ajudar?")


def test_a_good_token_goes_on_as_the_same_visitor(client: Client) -> None:
    chat = make_chat()
    first = begin(client, chat).json()
    again = begin(client, chat, {"token": first["token"]}).json()
    assert (again["visitor"], again["token"]) == (first["visitor"], first["token"])


@pytest.mark.parametrize("token", ["forged.token", 5, None, ["x"], "visitor-0001.ffff"])
def test_a_bad_token_begins_anew(client: Client, token: Any) -> None:
    answer = begin(client, make_chat(), {"token": token})
    assert answer.status_code == 200
    assert visitor_of(answer.json()["token"], SECRET) != "visitor-0001"


def test_nothing_is_stored_before_the_first_message(
    client: Client, django_assert_num_queries: Any
) -> None:
    chat = make_chat()
    with django_assert_num_queries(1) as queries:
        begin(client, chat)
    assert queries[0]["sql"].startswith("SELECT")


@pytest.mark.parametrize(
    ("wanted", "language"), [("pt-BR", "pt-BR"), ("en-GB", "en"), ("es", "es"), (7, "pt-BR")]
)
def test_the_session_answers_in_the_language_asked_for(
    client: Client, wanted: Any, language: str
) -> None:
    assert begin(client, make_chat(), {"language": wanted}).json()["language"] == language


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_foreign_page_gets_no_session(client: Client, origin: str) -> None:
    answer = begin(client, make_chat(), Origin=origin)
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin"


def test_the_own_page_and_a_listed_page_get_one(client: Client) -> None:
    chat = make_chat(allowed_origins=["https://www.example.com"])
    origins = ("http://testserver", "https://www.example.com")
    assert [begin(client, chat, Origin=o).status_code for o in origins] == [200, 200]
    assert begin(client, chat).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b"  ", 400),
        (b"\xff", 400),
        (b"[" * 3_000, 400),
        (b'{"token": "' + b"x" * 5_000 + b'"}', 413),
    ],
)
def test_f11_to_f15_a_hostile_body_is_refused_without_a_crash(
    client: Client, body: bytes, status: int
) -> None:
    url = f"/chat/{make_chat().id}/session"
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code == status
    assert set(answer.json()) == {"detail", "code", "request_id"}


def test_only_json_and_only_post(client: Client) -> None:
    url = f"/chat/{make_chat().id}/session"
    assert client.post(url, {"token": "x"}).status_code == 415
    assert client.get(url).status_code == 405


def test_a_chat_without_a_secret_is_not_ready(client: Client) -> None:
    broken = factories.make_channel("webchat", config={})
    assert begin(client, broken).status_code == 503


def test_a_channel_that_is_no_open_chat_has_no_sessions(client: Client) -> None:
    off = make_chat()
    Channel.objects.filter(id=off.id).update(enabled=False)
    assert begin(client, off).status_code == 404
    assert begin(client, factories.make_channel("mock")).status_code == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        ("Bearer ", 401),
        ("Basic eDp5", 401),
        ("Bearer forged.token", 403),
        ("Bearer visitor-0001." + "0" * 64, 403),
        ("Bearer \xe9\xff", 403),
    ],
)
@pytest.mark.parametrize(
    "path", ["messages", "read", f"attachments/{'0' * 8}-0000-7000-8000-{'0' * 12}"]
)
def test_f01_without_a_good_token_nothing_is_shown(
    client: Client, path: str, header: str, status: int
) -> None:
    url = f"/chat/{make_chat().id}/{path}"
    method = client.post if path == "read" else client.get
    answer = method(url, headers={"Authorization": header})
    assert answer.status_code == status


def test_a_token_of_another_chat_is_refused(client: Client) -> None:
    chat = make_chat()
    other = {"session_secret": "the-secret-of-another-chat"}
    headers = {"Authorization": f"Bearer {issue_token('visitor-0001', other)}"}
    assert client.get(f"/chat/{chat.id}/messages", headers=headers).status_code == 403
    assert (
        client.get(f"/chat/{chat.id}/messages", headers=bearer("visitor-0001")).status_code == 200
    )
