"""Who is asking: the channel of the address and the visitor of the token."""

from uuid import UUID

from channels.webchat import visitor_of
from messaging.models import Channel
from messaging.webchat import selectors


class Refused(Exception):
    """The request is refused. `status` is the HTTP status, `code` and `detail` go into the answer."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def open_channel(channel_id: UUID) -> Channel:
    """The enabled web chat with this id. Raises Refused (404)."""
    channel = selectors.enabled_channel(channel_id)
    if channel is None:
        raise Refused(404, "not_found", "There is no such chat.")
    return channel


def identify(channel: Channel, authorization: str) -> selectors.VisitorKey:
    """The visitor of an `Authorization: Bearer <token>` header. Raises Refused (401, 403)."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "not_authenticated", "The visitor's token is missing.")
    visitor = visitor_of(token.strip(), channel.config)
    if visitor is None:
        raise Refused(403, "invalid_token", "The visitor's token is not valid here.")
    return channel.id, visitor


def cursor(value: str) -> UUID | None:
    """The id a visitor reads on from, None when none is given. Raises Refused (400)."""
    if not value:
        return None
    try:
        found = UUID(value)
        selectors.time_of(found)
    except ValueError:
        raise Refused(400, "bad_cursor", "This is not the id of a message.") from None
    return found
