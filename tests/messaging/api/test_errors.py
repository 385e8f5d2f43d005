"""What goes wrong becomes one short answer; what Django refuses itself looks the same under /api/."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions

from bot.models import FAQ
from messaging.api import errors
from messaging.services.errors import Conflict, Forbidden, Invalid, NotVisible

SHAPE = {"detail", "code", "request_id"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (FAQ.DoesNotExist(), 404, "not_found"),
        (NotVisible(), 404, "not_found"),
        (PermissionDenied("secret"), 403, "forbidden"),
        (Forbidden(), 403, "forbidden"),
        (RequestDataTooBig("secret"), 413, "too_large"),
        (SuspiciousOperation("secret"), 400, "bad_request"),
        (DataError("secret"), 400, "bad_request"),
        (RecursionError("secret"), 400, "bad_request"),
        (IntegrityError("Key (phone)=(secret) exists"), 409, "conflict"),
        (Conflict("closed", "It is closed."), 409, "closed"),
        (OperationalError("secret"), 503, "unavailable"),
        (InterfaceError("secret"), 503, "unavailable"),
        (KeyError("secret"), 500, "error"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.Throttled(wait=1.2), 429, "throttled"),
    ],
)
def test_every_error_has_one_shape_and_quotes_nothing(error, status, code):
    answer = errors.handle(error, {})
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert set(answer.data) == SHAPE
    assert "secret" not in str(answer.data)


def test_too_many_says_how_long_to_wait():
    assert errors.handle(exceptions.Throttled(wait=1.2), {}).headers["Retry-After"] == "2"
    assert "Retry-After" in errors.handle(OperationalError(), {}).headers


def test_wrong_fields_are_flat_whoever_found_them():
    nested = exceptions.ValidationError({"a": [{}, {"b": ["one", "two"]}], "c": {"d": ["three"]}})
    assert errors.handle(nested, {}).data["fields"] == {"a.1.b": "one two", "c.d": "three"}
    assert errors.handle(Invalid({"x": "y"}), {}).data["fields"] == {"x": "y"}
    assert errors.handle(exceptions.ValidationError("z"), {}).data["fields"] == {
        "non_field_errors": "z"
    }


def test_a_host_that_is_not_ours_is_400(anyone, db):
    answer = anyone.get("/api/v1/contacts/", HTTP_HOST="evil.example.com")
    assert answer.status_code == 400
    assert set(answer.json()) == SHAPE


def test_a_negative_length_is_400(anyone, db):
    answer = anyone.generic(
        "POST", "/api/v1/auth/token/", b"{}", content_type="application/json", CONTENT_LENGTH="-5"
    )
    assert answer.status_code == 400
    assert set(answer.json()) >= SHAPE


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (lambda r: errors.bad_request(r, SuspiciousOperation("secret")), 400),
        (lambda r: errors.forbidden(r, PermissionDenied("secret")), 403),
        (lambda r: errors.not_found(r, Http404("secret")), 404),
        (errors.server_error, 500),
    ],
)
def test_what_django_refuses_is_json_under_api_and_a_page_elsewhere(handler, status):
    under_api = handler(RequestFactory().get("/api/v1/x/"))
    assert under_api.status_code == status
    assert under_api.headers["Content-Type"] == "application/json"
    assert b"secret" not in under_api.content
    page = handler(RequestFactory().get("/x/"))
    assert page.status_code == status
    assert page.headers["Content-Type"].startswith("text/html")
