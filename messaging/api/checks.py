"""What must hold before the API may be served."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

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
