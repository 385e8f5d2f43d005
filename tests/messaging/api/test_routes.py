"""Every address under /api/v1/ for every role: the table says what each gets (F-102)."""

import re
from uuid import uuid4

import pytest
from django.urls import URLResolver, get_resolver
from rest_framework.test import APIClient

from tests.factories import (
    make_agent,
    make_attachment,
    make_channel,
    make_conversation,
    make_faq,
    make_message,
    make_question,
    make_rule,
    make_team,
)

# anonymous, worker, agent, supervisor, admin
EVERYBODY = (401, 403, "ok", "ok", "ok")
ADMINS = (401, 403, 403, 403, "ok")
OPEN = (400, 400, 400, 400, 400)  # the body proves who asks: an empty one is refused

MATRIX = {
    ("auth/token/", "POST"): OPEN,
    ("auth/token/refresh/", "POST"): OPEN,
    ("auth/token/verify/", "POST"): OPEN,
    ("auth/logout/", "POST"): OPEN,
    ("channels/kinds/", "GET"): EVERYBODY,
    ("channels/", "GET"): ADMINS,
    ("channels/", "POST"): ADMINS,
    ("channels/{id}/", "GET"): ADMINS,
    ("channels/{id}/", "PATCH"): ADMINS,
    ("channels/{id}/", "DELETE"): ADMINS,
    ("channels/{id}/check/", "POST"): ADMINS,
    ("channels/{id}/outbox/", "GET"): ADMINS,
    ("contacts/", "GET"): EVERYBODY,
    ("contacts/", "POST"): ADMINS,
    ("contacts/{id}/", "GET"): EVERYBODY,
    ("contacts/{id}/", "PATCH"): EVERYBODY,
    ("contacts/{id}/", "DELETE"): ADMINS,
    ("contacts/{id}/messages/", "POST"): EVERYBODY,
    ("messages/", "GET"): EVERYBODY,
    ("messages/{id}/", "GET"): EVERYBODY,
    ("messages/{id}/retry/", "POST"): EVERYBODY,
    ("conversations/", "GET"): EVERYBODY,
    ("conversations/{id}/", "GET"): EVERYBODY,
    ("conversations/{id}/claim/", "POST"): EVERYBODY,
    ("conversations/{id}/transfer/", "POST"): EVERYBODY,
    ("conversations/{id}/release/", "POST"): EVERYBODY,
    ("conversations/{id}/escalate/", "POST"): EVERYBODY,
    ("conversations/{id}/snooze/", "POST"): EVERYBODY,
    ("conversations/{id}/close/", "POST"): EVERYBODY,
    ("conversations/{id}/reopen/", "POST"): EVERYBODY,
    ("conversations/{id}/notes/", "POST"): EVERYBODY,
    ("queue/", "GET"): EVERYBODY,
    ("queue/next/", "POST"): EVERYBODY,
    ("teams/", "GET"): ADMINS,
    ("teams/", "POST"): ADMINS,
    ("teams/{id}/", "GET"): ADMINS,
    ("teams/{id}/", "PATCH"): ADMINS,
    ("teams/{id}/", "DELETE"): ADMINS,
    ("agents/", "GET"): EVERYBODY,
    ("agents/", "POST"): ADMINS,
    ("agents/{id}/", "GET"): EVERYBODY,
    ("agents/{id}/", "PATCH"): ADMINS,
    ("agents/{id}/", "DELETE"): ADMINS,
    ("agents/me/", "GET"): EVERYBODY,
    ("agents/me/", "PATCH"): EVERYBODY,
    ("attachments/", "POST"): EVERYBODY,
    ("attachments/{id}/", "GET"): EVERYBODY,
    ("settings/", "GET"): ADMINS,
    ("settings/", "PATCH"): ADMINS,
    ("faqs/", "GET"): ADMINS,
    ("faqs/", "POST"): ADMINS,
    ("faqs/{id}/", "GET"): ADMINS,
    ("faqs/{id}/", "PATCH"): ADMINS,
    ("faqs/{id}/", "DELETE"): ADMINS,
    ("faqs/check/", "GET"): ADMINS,
    ("faqs/match/", "POST"): EVERYBODY,
    ("faqs/publish/", "POST"): ADMINS,
    ("faqs/versions/", "GET"): ADMINS,
    ("faqs/versions/{id}/", "GET"): ADMINS,
    ("faqs/versions/{id}/diff/", "GET"): ADMINS,
    ("faqs/versions/{id}/rollback/", "POST"): ADMINS,
    ("unanswered/", "GET"): ADMINS,
    ("unanswered/{id}/", "GET"): ADMINS,
    ("unanswered/{id}/attach/", "POST"): ADMINS,
    ("unanswered/{id}/start_faq/", "POST"): ADMINS,
    ("unanswered/{id}/dismiss/", "POST"): ADMINS,
    ("unanswered/{id}/reopen/", "POST"): ADMINS,
    ("unanswered/replay/", "POST"): ADMINS,
    ("rules/", "GET"): ADMINS,
    ("rules/", "POST"): ADMINS,
    ("rules/{id}/", "GET"): ADMINS,
    ("rules/{id}/", "PATCH"): ADMINS,
    ("rules/{id}/", "DELETE"): ADMINS,
}
METHODS = {"get", "post", "put", "patch", "delete"}
ROLES = ("anonymous", "worker", "agent", "supervisor", "admin")


def routes():
    """`(address, METHOD)` of everything the URL conf serves under /api/v1/."""
    resolver = next(
        r
        for r in get_resolver().url_patterns
        if isinstance(r, URLResolver) and str(r.pattern) == "api/v1/"
    )
    for pattern in resolver.url_patterns:
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", str(pattern.pattern))
        address = address.lstrip("^").removesuffix("$").removesuffix("\\Z").replace("/?", "/")
        actions = getattr(pattern.callback, "actions", None)
        if actions is None:
            view = pattern.callback.view_class
            actions = {m: m for m in METHODS if hasattr(view, m)}
        for method in actions:
            if method in METHODS:
                yield address, method.upper()


def test_every_address_is_in_the_table():
    assert set(routes()) == set(MATRIX)


@pytest.fixture
def rows(db):
    """For each collection one row that everybody at the desk may see."""
    conversation = make_conversation(channel=make_channel(name="Mock"))
    message = make_message(conversation)
    return {
        "channels": make_channel(),
        "contacts": conversation.contact,
        "messages": message,
        "conversations": conversation,
        "teams": make_team(),
        "agents": make_agent(),
        "attachments": make_attachment(message),
        "faqs": make_faq(),
        "rules": make_rule(),
        "unanswered": make_question(),
    }


def clients(api):
    yield "anonymous", APIClient(raise_request_exception=False)
    for role in ROLES[1:]:
        yield role, api(make_agent(role=role))


@pytest.mark.parametrize(("address", "method"), sorted(MATRIX))
def test_f102_each_role_gets_what_the_table_says(api, rows, address, method):
    collection = address.split("/")[0]
    row = rows.get(collection)
    expected = dict(zip(ROLES, MATRIX[(address, method)], strict=True))
    got = {}
    for role, client in clients(api):
        path = "/api/v1/" + address.replace("{id}", str(row.pk) if row else "")
        answer = client.generic(method, path, "{}", content_type="application/json")
        refused = answer.status_code in (401, 403, 405)
        # What a role may do is then refused or done for other reasons: an empty body, a row that is gone.
        if expected[role] == "ok" and not refused and answer.status_code < 500:
            got[role] = "ok"
        else:
            got[role] = answer.status_code
    assert got == expected


@pytest.mark.parametrize("address", sorted({a for a, _m in MATRIX if "{id}" in a}))
def test_f101_a_row_that_does_not_exist_is_404_with_one_body(api, db, address):
    client = api(make_agent(role="admin"))
    method = next(m for a, m in sorted(MATRIX) if a == address)
    bodies = []
    for key in (str(uuid4()), "abc", "0", "%00"):
        path = "/api/v1/" + address.replace("{id}", key)
        answer = client.generic(method, path, "{}", content_type="application/json")
        assert answer.status_code == 404, key
        body = answer.json()
        body.pop("request_id")
        bodies.append(body)
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize(("address", "method"), sorted(MATRIX))
def test_f37_the_slash_at_the_end_may_be_missing(api, rows, address, method):
    row = rows.get(address.split("/")[0])
    path = "/api/v1/" + address.replace("{id}", str(row.pk) if row else "")
    client = api(make_agent(role="agent"))
    codes = [
        client.generic(method, asked, "{}", content_type="application/json").status_code
        for asked in (path, path.rstrip("/"))
    ]
    assert codes[0] == codes[1]
    assert codes[0] not in (301, 302, 307, 308, 404)


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE"])
def test_f37_a_method_an_address_does_not_have_is_405(admin, method):
    answer = admin.generic(method, "/api/v1/contacts/", "{}", content_type="application/json")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_an_unknown_address_is_a_404_in_the_same_shape(anyone, db):
    answer = anyone.get("/api/v1/nothing/")
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail", "code", "request_id"}
