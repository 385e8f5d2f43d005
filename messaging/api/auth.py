"""Tokens that die at once: with the account, with the password, with the first use of a refresh token.

Stock SimpleJWT answers 500 for the refresh token of a deleted user and 200 after a password change (F-98),
and gives two pairs to two simultaneous uses of one refresh token (F-99).
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token, UntypedToken
from rest_framework_simplejwt.utils import datetime_from_epoch

from messaging.models import Agent
from messaging.services import agents

MAX_TOKEN = 4096  # characters; ours have about 400
FINGERPRINT = "pwd"


class Authentication(JWTAuthentication):
    """A bearer token of a live user with the password it was made under. Marks the agent as seen."""

    def get_validated_token(self, raw_token: bytes) -> Token:
        return read(AccessToken, raw_token)

    def get_user(self, validated_token: Token) -> Any:
        user = live_user(validated_token)
        agent = getattr(user, "agent", None)
        if isinstance(agent, Agent):
            agents.heartbeat(agent=agent)
        return user


def pair(user: User) -> dict[str, str]:
    """A new `{access, refresh}` pair. The database keeps the refresh token's id, never the token."""
    refresh = RefreshToken()
    refresh["user_id"] = str(user.pk)
    refresh[FINGERPRINT] = _fingerprint(user)
    OutstandingToken.objects.create(
        user=user,
        jti=refresh["jti"],
        token="",
        created_at=refresh.current_time,
        expires_at=datetime_from_epoch(refresh["exp"]),
    )
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def rotate(raw: str) -> dict[str, str]:
    """A new pair for a refresh token, which is used up by it. Raises InvalidToken."""
    token = read(RefreshToken, raw)
    user = live_user(token)
    with transaction.atomic():
        if not _use_up(token):
            raise InvalidToken
        return pair(user)


def revoke(raw: str) -> None:
    """Use up a refresh token. Raises InvalidToken when it is none, or used up already."""
    token = read(RefreshToken, raw)
    with transaction.atomic():
        if not _use_up(token):
            raise InvalidToken


def verify(raw: str) -> None:
    """Raise InvalidToken unless the token, access or refresh, would be accepted now."""
    token = read(UntypedToken, raw)
    if BlacklistedToken.objects.filter(token__jti=token["jti"]).exists():
        raise InvalidToken
    live_user(token)


def read(kind: type[Token], raw: str | bytes) -> Token:
    """The token in `raw`, its signature, age and type checked. Raises InvalidToken for everything else."""
    if not 0 < len(raw) <= MAX_TOKEN:
        raise InvalidToken
    try:
        return kind(raw)  # type: ignore[arg-type]
    except (TokenError, ValueError, TypeError, OverflowError, OSError, RecursionError):
        # Signed by us yet odd (`exp` of 1e20), or no token at all.
        raise InvalidToken from None


def live_user(token: Token) -> Any:
    """The active user of a token whose password has not changed since. Raises InvalidToken."""
    pk = token.get("user_id")
    if not isinstance(pk, str) or not pk.isascii() or not pk.isdigit() or len(pk) > 18:
        raise InvalidToken
    user = get_user_model().objects.select_related("agent").filter(pk=int(pk)).first()
    claimed = token.get(FINGERPRINT)
    if user is None or not user.is_active or not isinstance(claimed, str):
        raise InvalidToken
    if not constant_time_compare(claimed, _fingerprint(user)):
        raise InvalidToken
    return user


def _fingerprint(user: User) -> str:
    """Changes with the password; says nothing about it without SECRET_KEY."""
    return user.get_session_auth_hash()


def _use_up(token: Token) -> bool:
    """Whether this call was the one that used it up; of two at once exactly one is (UNIQUE in the database)."""
    outstanding, _new = OutstandingToken.objects.get_or_create(
        jti=token["jti"],
        defaults={
            "token": "",
            "created_at": token.current_time,
            "expires_at": datetime_from_epoch(token["exp"]),
        },
    )
    _row, created = BlacklistedToken.objects.get_or_create(token=outstanding)
    return bool(created)


INVALID_LOGIN = _("No active account matches this user name and password.")
