"""Which web pages may talk to a web chat."""

from collections.abc import Collection
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REMEMBER = 600  # seconds a browser may go without asking again


def normal_origin(value: str) -> str | None:
    """`scheme://host[:port]` in one spelling, without the scheme's own port; None when it is no web origin."""
    try:
        parts = urlsplit(value.strip().lower())
        port = parts.port
    except ValueError:
        return None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or rest:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port is None or port == _DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def same_host(origin: str, host: str) -> bool:
    """Whether `origin` is a page of the very host the request was sent to.

    Browsers set both headers and no page can change them. The scheme is not compared: behind a
    proxy that ends TLS we see only the host.
    """
    mine = normal_origin(origin)
    if mine is None or not host:
        return False
    scheme = mine.partition("://")[0]
    return normal_origin(f"{scheme}://{host}") == mine


def allowed(origin: str, host: str, allowed_origins: Collection[str]) -> bool:
    """Whether a page of `origin` may talk to the chat that lives on `host`: our own pages and listed ones.

    Who names no origin is no browser: let in as long as no origins are listed.
    """
    if not origin:
        return not allowed_origins
    return same_host(origin, host) or _listed(origin, allowed_origins) is not None


def cross_origin_headers(origin: str, allowed_origins: Collection[str]) -> dict[str, str]:
    """What tells a browser that a page of `origin` may use the chat; nothing unless it is listed.

    No credentials: the chat reads no cookie, the visitor's token is all it asks for.
    """
    listed = _listed(origin, allowed_origins)
    if listed is None:
        return {}
    return {
        "Access-Control-Allow-Origin": listed,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
        "Access-Control-Max-Age": str(_REMEMBER),
        "Vary": "Origin",
    }


def _listed(origin: str, allowed_origins: Collection[str]) -> str | None:
    """`origin` as a browser spells it when it is one of the list."""
    mine = normal_origin(origin)
    return mine if mine in {normal_origin(entry) for entry in allowed_origins} else None
