"""Every refusal of the API has one shape: `{"detail", "code", "request_id"}`, plus `"fields"` for bad input."""

import logging
import math
import traceback
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response

from bot.services.errors import Invalid as InvalidKnowledge
from bot.services.errors import Outdated
from bot.snapshot import Unreadable
from messaging import requestid
from messaging.services import errors as services

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
RETRY_AFTER_OUTAGE = 5  # seconds


KNOWN: tuple[tuple[tuple[type[Exception], ...], int, str, Any], ...] = (
    ((Http404, ObjectDoesNotExist), 404, "not_found", gettext_lazy("Not found.")),
    ((PermissionDenied,), 403, "forbidden", gettext_lazy("You may not do this.")),
    ((RequestDataTooBig,), 413, "too_large", gettext_lazy("The body is too large.")),
    (
        (SuspiciousOperation, BadRequest, UnreadablePostError, DataError, RecursionError),
        400,
        "bad_request",
        gettext_lazy("The request cannot be read."),
    ),
    ((ProtectedError,), 409, "in_use", gettext_lazy("It is still in use.")),
    (
        (IntegrityError, Outdated),
        409,
        "conflict",
        gettext_lazy("Somebody else changed this at the same time."),
    ),
    (
        (Unreadable,),
        409,
        "other_release",
        gettext_lazy("This version was made by another release and cannot be read."),
    ),
)


class TooLarge(exceptions.APIException):
    """The body is longer than this address takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class Unprocessable(exceptions.APIException):
    """Understood, but it contradicts an earlier request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: the answer to anything a view raises, never a traceback."""
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    if isinstance(error, services.ServiceError):
        return _of_service(error)
    if isinstance(error, InvalidKnowledge):
        return answer(400, "invalid", _("The input is not valid."), fields=error.fields)
    for kinds, code, name, detail in KNOWN:
        if isinstance(error, kinds):
            return answer(code, name, str(detail))
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("the database did not answer: %s", type(error).__name__)
        return answer(
            503,
            "unavailable",
            _("The service is not available. Try again."),
            headers={"Retry-After": str(RETRY_AFTER_OUTAGE)},
        )
    return _unexpected(error)


def answer(
    code: int,
    name: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A refusal in the one shape."""
    return Response(_body(name, detail, **more), status=code, headers=dict(headers or {}))


def _body(name: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"detail": str(detail), "code": name, "request_id": request_id(), **more}


def request_id() -> str:
    """The id this request has in the log; a new one where nothing gave it one."""
    return requestid.current() or uuid4().hex


def _of_rest_framework(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    challenge = getattr(error, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait:
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, exceptions.ValidationError):
        fields = dict(_flat(error.detail))
        return answer(400, "invalid", _("The input is not valid."), fields=fields)
    detail: Any = error.detail
    code = getattr(detail, "code", error.default_code)
    if isinstance(detail, dict):  # SimpleJWT puts its message beside others
        code = str(detail.get("code", code))
        detail = detail.get("detail", error.default_detail)
    return answer(error.status_code, str(code), str(detail), headers=headers)


def _of_service(error: services.ServiceError) -> Response:
    match error:
        case services.Invalid():
            return answer(400, error.code, _("The input is not valid."), fields=error.fields)
        case services.NotVisible():
            return answer(404, "not_found", _("Not found."))
        case services.Forbidden():
            return answer(403, error.code, error.detail)
        case services.Conflict() if error.owner is not None:
            agent = str(error.agent) if error.agent else None
            return answer(409, error.code, error.detail, owner=error.owner, agent=agent)
        case _:
            return answer(409, error.code, error.detail)


def _unexpected(error: Exception) -> Response:
    # The message of an exception may quote what a person wrote: where it happened is enough.
    where = "".join(traceback.format_tb(error.__traceback__))
    body = _body("error", _("Something went wrong on our side."))
    logger.error(
        "unexpected %s",
        type(error).__name__,
        extra={
            "request_id": body["request_id"],
            "where": f"Traceback (most recent call last):\n{where}",
        },
    )
    return Response(body, status=500)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`("addresses.0.channel", "This field is required.")` pairs of DRF's nested error details."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(detail, list) and any(isinstance(v, Mapping | list) for v in detail):
        for number, value in enumerate(detail):
            yield from _flat(value, f"{path}.{number}" if path else str(number))
    elif isinstance(detail, list):
        yield path or "non_field_errors", " ".join(str(value) for value in detail)
    else:
        yield path or "non_field_errors", str(detail)


# --- what Django answers itself, outside any view of the API ---------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(_body("bad_request", _("The request cannot be read.")), status=400)
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(_body("forbidden", _("You may not do this.")), status=403)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(_body("not_found", _("Not found.")), status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        body = _body("error", _("Something went wrong on our side."))
        return JsonResponse(body, status=500)
    return defaults.server_error(request)
