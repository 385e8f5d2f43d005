"""What must hold before the desk is served; `manage.py check --deploy` and every start ask."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from messaging.models import Channel

BLACKLIST = "rest_framework_simplejwt.token_blacklist"


@checks.register(checks.Tags.security)
def tokens_can_be_revoked(app_configs: Any, **_kwargs: Any) -> Sequence[checks.CheckMessage]:
    """Without the blacklist's tables a used refresh token would work again (F-99)."""
    if BLACKLIST in settings.INSTALLED_APPS:
        return []
    return [
        checks.Error(
            "Refresh tokens cannot be revoked.",
            hint=f"Add {BLACKLIST} to INSTALLED_APPS.",
            id="messaging.E001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def no_open_door(app_configs: Any, **_kwargs: Any) -> Sequence[checks.CheckMessage]:
    """A mock channel has no secret: anybody who knows its address may write to it."""
    try:
        is_open = Channel.connected.filter(kind="mock", enabled=True).exists()
    except DatabaseError:
        return []  # nothing is migrated yet, so nothing is connected
    if not is_open:
        return []
    return [
        checks.Warning(
            "A mock channel is enabled, and it has no secret.",
            hint="Disable it where strangers can reach the desk.",
            id="messaging.W001",
        )
    ]
