"""Who a visitor is: `<visitor id>.<hex HMAC-SHA256(session_secret, visitor id)>`.

The token is the whole identity of a visitor: nothing is stored until the first message.
"""

import hashlib
import hmac
import re
import secrets

from channels.base import Config

_VISITOR = re.compile(r"[A-Za-z0-9_-]{8,64}")


def new_visitor_id() -> str:
    """An id nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


def issue_token(visitor_id: str, config: Config) -> str:
    """The token of this visitor. Raises ValueError for an id of the wrong form or without a secret."""
    secret = _secret(config)
    if not secret or not _VISITOR.fullmatch(visitor_id):
        raise ValueError("no session secret, or not a visitor id")
    return f"{visitor_id}.{_signature(visitor_id, secret)}"


def visitor_of(token: str, config: Config) -> str | None:
    """The visitor who holds this token; None when it is not ours. Without a secret no token is (F-01)."""
    secret = _secret(config)
    visitor_id, _, signature = token.partition(".")
    if not secret or not _VISITOR.fullmatch(visitor_id):
        return None
    expected = _signature(visitor_id, secret).encode()
    # Bytes, in constant time: compare_digest refuses text that is not ASCII (F-02).
    given = signature.encode("utf-8", "surrogatepass")
    return visitor_id if hmac.compare_digest(given, expected) else None


def _secret(config: Config) -> bytes:
    secret = config.get("session_secret")
    return secret.encode() if isinstance(secret, str) else b""


def _signature(visitor_id: str, secret: bytes) -> str:
    return hmac.new(secret, visitor_id.encode(), hashlib.sha256).hexdigest()
