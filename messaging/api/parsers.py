"""Reading request bodies: hostile bytes become a 4xx, never a 5xx (F-11 … F-17)."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser, MultiPartParser

from channels.errors import BadPayload
from channels.reading import load_object
from messaging.api.errors import TooLarge

MAX_JSON = 256 * 1024  # bytes
MAX_FILE = 20_000_000  # bytes
MULTIPART_OVERHEAD = 16 * 1024  # boundaries and part headers around one file


class StrictJSONParser(JSONParser):
    """One JSON object in UTF-8, of at most 256 KB; its strings cleaned for storage."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        meta = (parser_context or {})["request"].META
        _refuse_encoded(meta, media_type or "")
        _refuse_longer(meta, MAX_JSON)
        body = stream.read(MAX_JSON + 1)
        if len(body) > MAX_JSON:
            raise TooLarge
        try:
            return load_object(body)
        except BadPayload as error:
            raise ParseError(str(error)) from None


class FileParser(MultiPartParser):
    """A form with one file of at most 20 MB."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        meta = (parser_context or {})["request"].META
        _refuse_encoded(meta, "")
        _refuse_longer(meta, MAX_FILE + MULTIPART_OVERHEAD)
        return super().parse(stream, media_type, parser_context)


def _refuse_encoded(meta: Mapping[str, Any], media_type: str) -> None:
    if meta.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("", "identity"):
        raise UnsupportedMediaType(media_type, _("Encoded bodies are not supported."))
    _type, parameters = parse_header_parameters(media_type)
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(media_type, _("The body must be UTF-8."))


def _refuse_longer(meta: Mapping[str, Any], limit: int) -> None:
    """Refuse by the declared length, before a byte is read."""
    declared = int(meta["CONTENT_LENGTH"])  # DRF has no stream where this is no number
    if declared < 0:
        raise ParseError(_("The length of the body is negative."))
    if declared > limit:
        raise TooLarge
