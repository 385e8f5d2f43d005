"""The web chat's page and its small API. Thin: what a visitor may see is decided in `selectors`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from channels.errors import BadPayload
from channels.reading import load_object
from channels.webchat import MAX_TEXT, issue_token, new_visitor_id, visitor_of
from channels.webchat.origins import allowed
from messaging import requestid
from messaging.models import Channel
from messaging.webchat import selectors, sessions, texts
from messaging.webchat.cors import for_listed_pages
from messaging.webchat.receipts import mark_delivered, mark_read
from messaging.webchat.sessions import Refused

# Scripts, styles, pictures and calls only from here; pictures of the chat itself come as blobs.
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# A file from a chat is never a page of ours: no script, no same origin, no rendering (F-123).
FILE_POLICY = "sandbox; default-src 'none'"
MAX_BODY = 4096  # bytes of a request to this API; messages come through the webhook

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def _answers_problems(view: View[P]) -> View[P]:
    """Turn `Refused` into the body every error of the product has."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as error:
            body = {
                "detail": error.detail,
                "code": error.code,
                "request_id": requestid.current(),
            }
            return JsonResponse(body, status=error.status)

    return wrapper


@require_safe
@vary_on_headers("Accept-Language")
def page(request: HttpRequest, channel_id: UUID | None = None) -> HttpResponse:
    """The chat of one channel, or of the oldest enabled one; a friendly page where there is none."""
    channel = selectors.enabled_channel(channel_id)
    language, words = _words(request)
    context = {"t": words, "language": language}
    if channel is None:
        status = 200 if channel_id is None else 404
        response = render(request, "webchat/closed.html", context, status=status)
    else:
        title = channel.config.get("title") or words.title
        context |= {
            "title": title,
            "channel": channel,
            "max_text": MAX_TEXT,
            "words": words.as_dict(),
        }
        response = render(request, "webchat/chat.html", context)
    response["Content-Language"] = language
    response["Content-Security-Policy"] = PAGE_POLICY
    response["Cache-Control"] = "no-cache"
    return response


@csrf_exempt  # no cookie is read here; a foreign page is refused by its origin
@never_cache
@for_listed_pages
@require_POST
@_answers_problems
def session(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Begin as a new visitor, or go on with a token that is still good."""
    channel = sessions.open_channel(channel_id)
    _refuse_foreign_page(request, channel)
    body = _json_body(request)
    visitor = visitor_of(_word(body, "token"), channel.config) or new_visitor_id()
    try:
        token = issue_token(visitor, channel.config)
    except ValueError:  # made without a secret: nobody can be told apart
        raise Refused(503, "not_ready", "This chat is not ready.") from None
    language, words = _words(request, _word(body, "language"))
    return JsonResponse(
        {
            "token": token,
            "visitor": visitor,
            "title": channel.config.get("title") or words.title,
            "greeting": channel.config.get("greeting") or "",
            "language": language,
        }
    )


@never_cache
@for_listed_pages
@require_GET
@_answers_problems
def messages(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """The visitor's messages, or those after `?after=<id>`. Answers shown here count as delivered."""
    visitor = _visitor(request, channel_id)
    after = sessions.cursor(request.GET.get("after", ""))
    rows = selectors.messages_of(visitor, after=after)
    response = JsonResponse({"results": [selectors.present(row) for row in rows]})
    mark_delivered(selectors.undelivered(rows))
    return response


@csrf_exempt  # the token is the proof, and no cookie is read
@never_cache
@for_listed_pages
@require_POST
@_answers_problems
def read(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """The visitor has read everything up to the message `up_to`."""
    visitor = _visitor(request, channel_id)
    up_to = sessions.cursor(_word(_json_body(request), "up_to"))
    if up_to is None:
        raise Refused(400, "invalid", "up_to is required.")
    mark_read(selectors.unread(visitor, up_to=up_to))
    return HttpResponse(status=204)


@never_cache
@for_listed_pages
@require_GET
@_answers_problems
def attachment(request: HttpRequest, channel_id: UUID, attachment_id: UUID) -> HttpResponseBase:
    """A file of a message the visitor can see, always as a download."""
    found = selectors.attachment_of(_visitor(request, channel_id), attachment_id)
    if found is None or not found.file:
        raise Refused(404, "not_found", "There is no such file.")
    try:
        opened = found.file.open("rb")
    except FileNotFoundError:
        raise Refused(404, "not_found", "There is no such file.") from None
    response = FileResponse(opened, as_attachment=True, filename=found.name or str(found.id))
    response["Content-Type"] = "application/octet-stream"
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _visitor(request: HttpRequest, channel_id: UUID) -> selectors.VisitorKey:
    channel = sessions.open_channel(channel_id)
    return sessions.identify(channel, request.headers.get("Authorization", ""))


def _refuse_foreign_page(request: HttpRequest, channel: Channel) -> None:
    """A browser names the page it asks for: that must be ours or a listed one. No name, no browser."""
    origin = request.headers.get("Origin", "")
    origins = channel.config.get("allowed_origins") or []
    if not allowed(origin, request.get_host(), origins):
        raise Refused(403, "origin", "This page may not talk to this chat.")


def _json_body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Refused(415, "unsupported_media_type", "Send application/json.")
    if len(request.body) > MAX_BODY:
        raise Refused(413, "too_large", "The body is too large.")
    try:
        return load_object(request.body)
    except BadPayload as error:
        raise Refused(400, "invalid", str(error)) from None


def _word(body: dict[str, Any], key: str) -> str:
    """A text of the body; "" when absent or of another type."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _words(request: HttpRequest, language: str = "") -> tuple[str, texts.Texts]:
    accepted = request.headers.get("Accept-Language", "")
    return texts.choose(language or accepted, settings.LANGUAGE_CODE)
