"""Reading untrusted JSON: hostile bytes in, clean plain values or one clear error out."""

import json
import math
import re
from collections.abc import Collection
from typing import Any

from channels.errors import BadPayload

MAX_DEPTH = 64

# Only an escape can bring a NUL or a lone surrogate through the decoding of UTF-8 and JSON.
_ODD_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def load_object(body: bytes, *, ids: Collection[str] = ()) -> dict[str, Any]:
    """The JSON object in `body`, its strings cleaned for storage. Raises BadPayload for anything else.

    Cleaning would make one id of two, so the top-level keys in `ids` are refused if they need it (F-16).

    Refuses invalid UTF-8, nesting deeper than 64, non-finite numbers and integers too long for a
    database (F-12 … F-17). A UTF-8 byte order mark is accepted.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPayload("the body is not UTF-8") from None
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise BadPayload("the body is not JSON") from None
    if not isinstance(value, dict):
        raise BadPayload("the body is not a JSON object")
    if not _ODD_ESCAPE.search(text) and text.count("{") + text.count("[") <= MAX_DEPTH:
        return value  # nearly all bodies: nothing to clean, and no room for deep nesting
    for key in ids:
        if isinstance(value.get(key), str) and clean_text(value[key]) != value[key]:
            raise BadPayload(f"{key} has a character that no id has")
    cleaned = _clean(value, 0)
    assert isinstance(cleaned, dict)
    return cleaned


def clean_text(text: str) -> str:
    """`text` as every database can keep it: no NUL, lone surrogates replaced by U+FFFD (F-16, F-17)."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _clean(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise BadPayload("the body is nested too deeply")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(k): _clean(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_clean(v, depth + 1) for v in value]
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise ValueError(literal)
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
