"""The API's own description: without warnings, served by us, and true: nothing generated from it gives 5xx."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from messaging.api import auth
from project.wsgi import application
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
from tests.messaging.api.test_routes import MATRIX


@pytest.fixture(scope="module")
def description():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_description_is_valid_openapi_3_1_without_a_warning():
    out, complaints = StringIO(), StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out, stderr=complaints)
    assert out.getvalue().startswith("openapi: 3.1")


def test_every_address_is_described(description):
    described = {
        (path.removeprefix("/api/v1/"), method.upper())
        for path, methods in description["paths"].items()
        for method in methods
    }
    assert described == set(MATRIX)


def test_what_is_for_us_is_not_told_to_others(description):
    told = [
        operation.get("description", "")
        for methods in description["paths"].values()
        for operation in methods.values()
    ]
    assert not [text for text in told if "serializer" in text or "self." in text]


def test_the_description_is_served(client, db):
    for path in ("/api/schema/", "/api/schema"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert b"openapi: 3.1" in answer.content


def test_swagger_ui_comes_whole_from_us_and_runs_no_inline_script(client, db):
    page = client.get("/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert sources
    assert all(source.startswith("/") for source in sources)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    script = client.get(next(source for source in sources if "script=" in source))
    assert script.status_code == 200
    assert b'"/api/schema"' in script.content


@pytest.fixture
def real_ids(db):
    """An id that exists for each collection, so that generated requests reach the services."""
    conversation = make_conversation()
    message = make_message(conversation)
    rows = {
        "agents": make_agent(),
        "attachments": make_attachment(message),
        "channels": make_channel(),
        "contacts": conversation.contact,
        "conversations": conversation,
        "faqs": make_faq(),
        "messages": message,
        "rules": make_rule(),
        "teams": make_team(),
        "unanswered": make_question(message),
    }
    return {name: str(row.pk) for name, row in rows.items()}


@pytest.fixture
def _one_connection(db):
    """Requests through the WSGI application use, and leave open, the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
def test_no_request_made_from_the_description_gives_5xx(real_ids, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    schemathesis = pytest.importorskip(
        "schemathesis", reason="schemathesis is in the group of heavy tools (make lint installs it)"
    )
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    token = auth.pair(make_agent("root", role="admin").user)["access"]
    make_agent("second", role="admin")
    seen = set()

    for found in schema.get_all_operations():
        operation = found.ok()
        seen |= codes_of(operation, real_ids.get(operation.path.split("/")[3]), token)
    assert len({label for label, _code in seen}) == len(MATRIX)
    assert {code for _label, code in seen} >= {200, 201, 204, 400, 404}


def codes_of(operation, real_id, token):
    """The `(operation, status)` pairs of some generated requests, none of them 5xx."""
    seen = set()

    @effort(
        max_examples=6,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), existing=st.booleans())
    def check(case, existing):
        if existing and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = real_id
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        seen.add((operation.label, answer.status_code))
        assert answer.status_code < 500, (operation.label, case.body, answer.content)

    check()
    return seen
