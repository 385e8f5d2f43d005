"""What files are, told from their content, and names that are safe to show."""

import unicodedata
from collections.abc import Iterable
from typing import IO, Any

import puremagic

HEAD = 4096  # bytes looked at
NAME_LENGTH = 150  # characters
UNKNOWN = "application/octet-stream"

# Only what a browser plays or shows as such; everything else, SVG and HTML included, is a document.
_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def sniff(head: bytes) -> str:
    """The MIME type of a file that begins with `head`; "text/plain" for plain text, else octet-stream."""
    if not head:
        return UNKNOWN
    try:
        matches: Iterable[Any] = puremagic.magic_string(head[:HEAD])
    except (puremagic.PureError, ValueError):
        matches = ()
    best = max(matches, key=lambda match: float(match.confidence), default=None)
    if best is not None and best.mime_type and len(best.byte_match) > 1:
        return str(best.mime_type)[:100]
    return "text/plain" if _is_text(head) else UNKNOWN


def kind_of(mime: str) -> str:
    """The AttachmentType of a MIME type."""
    if mime in _IMAGES:
        return "image"
    if mime.startswith("audio/"):
        return "audio"
    if mime.startswith("video/"):
        return "video"
    return "document"


def head_of(file: IO[bytes]) -> bytes:
    """The first bytes of a file, which is rewound."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return head


def clean_name(name: str) -> str:
    """A file name as a label: no folders, no control or direction characters, not too long (F-124)."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(_shown(c) for c in last).strip(" .")
    if len(visible) <= NAME_LENGTH:
        return visible or "file"
    stem, dot, extension = visible.rpartition(".")
    if not dot or len(extension) > 10:
        return visible[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(extension) - 1]}.{extension}"


def _shown(character: str) -> str:
    category = unicodedata.category(character)[0]
    return {"C": "", "Z": " "}.get(category, character)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not merely a character cut off at the end
            return False
        text = head[: error.start].decode("utf-8")
    return all(c.isprintable() or c in "\t\r\n\f" for c in text)
