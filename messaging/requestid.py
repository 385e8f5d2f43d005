"""The id of the request being served: in every log line, every error body and the answer's header."""

import re
import uuid
from contextvars import ContextVar

import structlog

HEADER = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request being served, "" outside of one."""
    return _current.get()


def bind(value: str) -> str:
    """Serve from here on, in this context, as request `value`; a value that is not sane gives a new id."""
    request_id = value if _SANE.fullmatch(value) else uuid.uuid4().hex
    _current.set(request_id)
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id
