"""Letting pages of listed origins use the web chat, in the way browsers ask for it (CORS)."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from channels.webchat.origins import cross_origin_headers
from messaging.webchat import selectors

View = Callable[..., HttpResponseBase]


def headers_for(channel_id: UUID, origin: str) -> dict[str, str]:
    """What every answer to a page of `origin` ("": none was named) carries; nothing unless it is listed."""
    channel = selectors.enabled_channel(channel_id) if origin else None
    if channel is None:
        return {}
    return cross_origin_headers(origin, channel.config.get("allowed_origins") or [])


def for_listed_pages(view: View) -> View:
    """Answer preflights of listed origins, and mark what the view answers them. Stands outside method checks."""

    @wraps(view)
    def wrapper(request: HttpRequest, channel_id: UUID, **rest: Any) -> HttpResponseBase:
        headers = headers_for(channel_id, request.headers.get("Origin", ""))
        if headers and request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204)
        else:
            response = view(request, channel_id, **rest)
        if headers:
            patch_vary_headers(response, [headers.pop("Vary")])
        for name, value in headers.items():
            response.headers[name] = value
        return response

    return wrapper
