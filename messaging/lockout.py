"""Limits of failed logins, kept in the database (F-108).

django-axes counts by account and address together, so that a stranger elsewhere cannot lock a person
out; many accounts tried from one address, and one account tried from many, have wider limits.
"""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

ADDRESS_LIMIT = 50  # failures of one address, all accounts together
ACCOUNT_LIMIT = 100  # failures for one account, all addresses together


class LoginHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """Axes' own handler with two more limits."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        since = timezone.now() - settings.AXES_COOLOFF_TIME
        recent = AccessAttempt.objects.filter(attempt_time__gte=since)
        address = request.axes_ip_address
        if address and _failures(recent.filter(ip_address=address)) >= ADDRESS_LIMIT:
            return True
        username = (credentials or {}).get("username")
        return bool(username) and _failures(recent.filter(username=username)) >= ACCOUNT_LIMIT


def client_address(request: HttpRequest) -> str:
    """The address a request comes from: past our TRUSTED_PROXIES, never further (F-108).

    Each proxy appends the address it saw to X-Forwarded-For, so the n-th from the right was written by the
    outermost of our own; what stands left of it the client may have invented.
    """
    remote = str(request.META.get("REMOTE_ADDR") or "")
    hops = settings.TRUSTED_PROXIES
    forwarded = [p.strip() for p in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if hops < 1 or len(forwarded) < hops:
        return remote
    return forwarded[-hops] or remote


def seconds_left(request: HttpRequest, username: str) -> int:
    """How long a locked-out person has to wait, at least 1 second."""
    last = AccessAttempt.objects.filter(
        ip_address=client_address(request) or None, username=username
    ).aggregate(last=Max("attempt_time"))["last"]
    until = (last or timezone.now()) + settings.AXES_COOLOFF_TIME
    return max(1, int((until - timezone.now()).total_seconds()) + 1)


def _failures(attempts: Any) -> int:
    return attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
