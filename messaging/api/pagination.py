"""Pages by key: a cursor names the last row seen, so rows that come or go meanwhile shift nothing.

DRF's own CursorPagination ignores a bad page size and offsets inside equal keys; here the order always ends in
the primary key and every bad value is 400.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import DateTimeField, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

DEFAULT_SIZE = 50
MAX_SIZE = 100
MAX_CURSOR = 500  # characters

CURSOR = "cursor"
PAGE_SIZE = "page_size"


class KeysetPagination(BasePagination):
    """`{"next", "previous", "results"}`. The view's `keyset` is the order: unique, the primary key last."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.url = request.build_absolute_uri()
        self.keyset: Sequence[str] = getattr(view, "keyset", ("-id",))
        size = page_size(request.query_params.get(PAGE_SIZE))
        backwards, key = self._read_cursor(queryset.model, request.query_params.get(CURSOR))
        order = [_reverse(name) for name in self.keyset] if backwards else list(self.keyset)
        rows = queryset.order_by(*order)
        if key is not None:
            rows = rows.filter(beyond(order, key))
        page = list(rows[: size + 1])
        more = len(page) > size
        self.page = page[:size]
        if backwards:
            self.page.reverse()
        self.has_next = backwards or more
        self.has_previous = more if backwards else key is not None
        self.anchor = key
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next(), "previous": self._previous(), "results": data})

    def _next(self) -> str | None:
        if not self.has_next:
            return None
        key = self._key(self.page[-1]) if self.page else self.anchor
        return self._link("n", key)

    def _previous(self) -> str | None:
        if not self.has_previous:
            return None
        key = self._key(self.page[0]) if self.page else self.anchor
        return self._link("p", key)

    def _link(self, direction: str, key: Sequence[Any] | None) -> str:
        cursor = encode_cursor(direction, key or ())
        return str(replace_query_param(self.url, CURSOR, cursor))

    def _key(self, row: Model) -> list[Any]:
        return [getattr(row, name.lstrip("-")) for name in self.keyset]

    def _read_cursor(self, model: type[Model], raw: str | None) -> tuple[bool, list[Any] | None]:
        if raw is None:
            return False, None
        direction, values = decode_cursor(raw)
        if len(values) != len(self.keyset):
            raise _bad_cursor()
        key = [
            _typed(model, name.lstrip("-"), value)
            for name, value in zip(self.keyset, values, strict=True)
        ]
        return direction == "p", key

    # --- for the OpenAPI description

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": CURSOR,
                "in": "query",
                "required": False,
                "description": "From `next` or `previous` of another page.",
                "schema": {"type": "string"},
            },
            {
                "name": PAGE_SIZE,
                "in": "query",
                "required": False,
                "description": "Rows on a page; more than 100 is cut to 100.",
                "schema": {"type": "integer", "minimum": 1, "default": DEFAULT_SIZE},
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def page_size(raw: str | None) -> int:
    """1 … 100. Raises ValidationError for anything that is no positive whole number."""
    if raw is None:
        return DEFAULT_SIZE
    if not re.fullmatch(r"[0-9]{1,18}", raw) or int(raw) < 1:
        raise exceptions.ValidationError({PAGE_SIZE: _("Must be a number from 1 to 100.")})
    return min(int(raw), MAX_SIZE)


def beyond(order: Sequence[str], key: Sequence[Any]) -> Q:
    """Rows strictly after `key` in `order`: `a > x or (a = x and b > y) or …`."""
    condition = Q()
    equal: dict[str, Any] = {}
    for name, value in zip(order, key, strict=True):
        field = name.lstrip("-")
        comparison = "lt" if name.startswith("-") else "gt"
        condition |= Q(**equal, **{f"{field}__{comparison}": value})
        equal[field] = value
    return condition


def encode_cursor(direction: str, key: Sequence[Any]) -> str:
    """An opaque cursor: "n" for what follows `key`, "p" for what comes before it."""
    values = [v.isoformat() if hasattr(v, "isoformat") else str(v) for v in key]
    raw = json.dumps([direction, *values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(raw: str) -> tuple[str, list[str]]:
    """What `encode_cursor` was given, as strings. Raises ValidationError for anything else."""
    if len(raw) > MAX_CURSOR or not raw.isascii():
        raise _bad_cursor()
    try:
        padded = raw + "=" * (-len(raw) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_cursor() from None
    if not isinstance(parts, list) or len(parts) < 2 or parts[0] not in ("n", "p"):
        raise _bad_cursor()
    if not all(isinstance(part, str) and part.isascii() and part.isprintable() for part in parts):
        raise _bad_cursor()
    return parts[0], parts[1:]


def _typed(model: type[Model], name: str, value: str) -> Any:
    try:
        field = model._meta.get_field(name)
        typed = field.clean(value, None)  # type: ignore[union-attr]
    except (FieldDoesNotExist, ValidationError, ValueError, TypeError, OverflowError):
        raise _bad_cursor() from None
    if isinstance(field, DateTimeField) and (typed is None or timezone.is_naive(typed)):
        raise _bad_cursor()
    return typed


def _reverse(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _bad_cursor() -> exceptions.ValidationError:
    return exceptions.ValidationError({CURSOR: _("This is not a cursor of this list.")})
