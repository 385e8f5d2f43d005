"""`Idempotency-Key`: a request that is repeated is answered again, not done again (F-106).

The key is committed before the work; the work and its answer are committed together. So a crash leaves either
nothing done (the key is free again after a minute) or an answer to repeat.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from messaging.api.errors import Unprocessable
from messaging.api.permissions import agent_of
from messaging.models import IdempotentRequest
from messaging.services.errors import Conflict

HEADER = "Idempotency-Key"
LIFETIME = timedelta(hours=24)
ABANDONED = timedelta(minutes=1)  # longer than any request of ours runs
MAX_KEY = 255


def once(request: Request, work: Callable[[], Response]) -> Response:
    """The answer of `work`, or the one kept for the same request under the same key.

    Raises Unprocessable when the key was used for another request, Conflict while that runs.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise ValidationError({HEADER: _("1 to 255 printable characters.")})
    row = _take(request, key)
    if row.response_status is not None:
        return Response(row.response_body, status=row.response_status)
    try:
        with transaction.atomic():
            response = work()
            _keep(row, response)
    except Exception:
        # Nothing was done: the same key may be tried again.
        _mine(row).delete()
        raise
    return response


def _take(request: Request, key: str) -> IdempotentRequest:
    """The row of this key: ours to work under, or finished. Raises Unprocessable, Conflict."""
    fingerprint = _fingerprint(request)
    user = agent_of(request).user_id
    now = timezone.now()
    IdempotentRequest.objects.filter(user_id=user, key=key).filter(
        created_at__lt=now - LIFETIME
    ).delete()
    row, created = IdempotentRequest.objects.get_or_create(
        user_id=user, key=key, defaults={"request_hash": fingerprint}
    )
    if created:
        return row
    if row.request_hash != fingerprint:
        raise Unprocessable(
            _("This key was used for another request."), code="idempotency_key_reused"
        )
    if row.response_status is None:
        abandoned = row.created_at < now - ABANDONED
        if not abandoned or not _mine(row).update(created_at=now):
            raise Conflict("in_progress", _("The first request under this key still runs."))
        row.created_at = now
    return row


def _keep(row: IdempotentRequest, response: Response) -> None:
    kept = _mine(row).update(
        response_status=response.status_code,
        response_body=json.loads(JSONRenderer().render(response.data)),
    )
    if not kept:  # somebody took us for dead: their answer counts, ours is rolled back
        raise Conflict("in_progress", _("The first request under this key still runs."))


def _mine(row: IdempotentRequest) -> Any:
    """The row as long as nobody took it over."""
    return IdempotentRequest.objects.filter(
        pk=row.pk, created_at=row.created_at, response_status=None
    )


def _fingerprint(request: Request) -> str:
    asked = [request.method, request.path.rstrip("/"), request.data]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
