"""What comes with a Telegram message, as attachments. Pure, and lenient: an odd detail is left out."""

from collections.abc import Callable
from typing import Any

from channels import fields
from channels.types import AttachmentType, InboundAttachment

JSON = dict[str, Any]

_MAX_FILE_ID = 500  # characters; the platform's are below 100

# Field of the message → (type, MIME where the platform gives none).
_FILES: dict[str, tuple[AttachmentType, str]] = {
    "animation": ("video", "video/mp4"),
    "audio": ("audio", "audio/mpeg"),
    "document": ("document", ""),
    "live_photo": ("video", "video/mp4"),
    "video": ("video", "video/mp4"),
    "video_note": ("video", "video/mp4"),
    "voice": ("voice", "audio/ogg"),
}
# Sent as well, for old clients: the file of an animation, the point of a venue, the picture of a live photo.
_REPEATED_AS = {"animation": "document", "venue": "location", "live_photo": "photo"}


def attachments_of(message: JSON) -> tuple[InboundAttachment, ...]:
    """Everything attached to `message`, each thing once."""
    repeated = {copy for original, copy in _REPEATED_AS.items() if original in message}
    found: list[InboundAttachment] = []
    for key, (kind, mime) in _FILES.items():
        if isinstance(message.get(key), dict) and key not in repeated:
            found.append(_file(message[key], kind, mime))
    for key, read in _OTHERS.items():
        if key in message and key not in repeated:
            found.extend(read(message))
    return tuple(found)


def _file(file: JSON, kind: AttachmentType, mime: str, **data: Any) -> InboundAttachment:
    file_id = fields.soft_text(file, "file_id", longest=_MAX_FILE_ID + 1)
    return InboundAttachment(
        type=kind,
        platform_id=file_id if len(file_id) <= _MAX_FILE_ID else "",
        mime=fields.soft_text(file, "mime_type", longest=100) or mime,
        name=fields.soft_text(file, "file_name") or fields.soft_text(file, "title"),
        size=fields.soft_integer(file, "file_size"),
        data=data,
    )


def _photo(message: JSON) -> list[InboundAttachment]:
    """The largest of the sizes of the one picture."""
    sizes = fields.soft_mappings(message, "photo")
    if not sizes:
        return []
    return [_file(max(sizes, key=_area), "image", "image/jpeg")]


def _area(size: JSON) -> tuple[int, int]:
    width, height = fields.soft_integer(size, "width"), fields.soft_integer(size, "height")
    return (width or 0) * (height or 0), fields.soft_integer(size, "file_size") or 0


def _sticker(message: JSON) -> list[InboundAttachment]:
    sticker = fields.soft_mapping(message, "sticker")
    mime = "image/webp"
    if sticker.get("is_animated") is True:
        mime = "application/x-tgsticker"
    elif sticker.get("is_video") is True:
        mime = "video/webm"
    return [_file(sticker, "sticker", mime, emoji=fields.soft_text(sticker, "emoji", longest=20))]


def _location(message: JSON) -> list[InboundAttachment]:
    return _point(fields.soft_mapping(message, "location"))


def _venue(message: JSON) -> list[InboundAttachment]:
    venue = fields.soft_mapping(message, "venue")
    title, address = fields.soft_text(venue, "title"), fields.soft_text(venue, "address")
    return _point(fields.soft_mapping(venue, "location"), title, address)


def _point(location: JSON, title: str = "", address: str = "") -> list[InboundAttachment]:
    latitude = fields.soft_number(location, "latitude")
    longitude = fields.soft_number(location, "longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return []
    data: JSON = {"latitude": latitude, "longitude": longitude}
    if title or address:
        data |= {"title": title, "address": address}
    return [InboundAttachment(type="location", name=title, data=data)]


def _contact(message: JSON) -> list[InboundAttachment]:
    card = fields.soft_mapping(message, "contact")
    first, last = fields.soft_text(card, "first_name"), fields.soft_text(card, "last_name")
    name = f"{first} {last}".strip()[:255]
    phone = fields.soft_text(card, "phone_number", longest=32)
    return [InboundAttachment(type="contact", name=name, data={"name": name, "phone": phone})]


_OTHERS: dict[str, Callable[[JSON], list[InboundAttachment]]] = {
    "photo": _photo,
    "sticker": _sticker,
    "location": _location,
    "venue": _venue,
    "contact": _contact,
}
