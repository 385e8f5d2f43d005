"""Checks of single fields. Each raises ValueError with a sentence about what is wrong."""

import math
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from bot.matcher.folding import plain
from bot.services.errors import Invalid

Cleaner = Callable[[Any], Any]  # raises ValueError

# Control characters but for tab and new line: PostgreSQL and spreadsheets refuse some of them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def check(given: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> dict[str, Any]:
    """The given fields, cleaned. Raises Invalid with every field that is wrong or not known."""
    cleaned: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in given.items():
        cleaner = cleaners.get(name)
        if cleaner is None:
            wrong[name] = _("There is no such field.")
            continue
        try:
            cleaned[name] = cleaner(value)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid(wrong)
    return cleaned


def text(value: object, *, longest: int, required: bool = False) -> str:
    """Text without control characters and halves of characters, trimmed."""
    if not isinstance(value, str):
        raise ValueError(_("This must be a text."))  # noqa: TRY004
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", value)).strip()
    if required and not value:
        raise ValueError(_("This may not be empty."))
    if len(value) > longest:
        raise ValueError(_("At most %(longest)s characters.") % {"longest": longest})
    return value


def line(value: object, *, longest: int, required: bool = False) -> str:
    """Text on one line: new lines become spaces."""
    cleaned = " ".join(value.split()) if isinstance(value, str) else value
    return text(cleaned, longest=longest, required=required)


def lines(value: object, *, longest: int, most: int) -> list[str]:
    """A list of lines; blank ones and those said before (case and accents aside) are left out."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(_("This must be a list of texts."))  # noqa: TRY004
    kept: dict[str, str] = {}
    for item in value:
        one = line(item, longest=longest)
        if one:
            kept.setdefault(plain(one) or one, one)
    if len(kept) > most:
        raise ValueError(_("At most %(most)s of them.") % {"most": most})
    return list(kept.values())


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(_("This must be true or false."))  # noqa: TRY004
    return value


def whole(value: object, *, lowest: int, highest: int) -> int:
    """A whole number between two bounds, both allowed."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(
            _("This must be a whole number from %(lowest)s to %(highest)s.")
            % {"lowest": lowest, "highest": highest}
        )
    return value


def share(value: object) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_("This must be a number from 0 to 1."))  # noqa: TRY004
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise ValueError(_("This must be a number from 0 to 1."))
    return float(value)


def one_of(value: object, allowed: Iterable[str]) -> str:
    """One of some words."""
    words = list(allowed)
    if value not in words:
        raise ValueError(_("This must be one of: %(words)s.") % {"words": ", ".join(words)})
    return str(value)


def ids(value: object) -> list[str]:
    """A list of UUIDs, as texts."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(_("This must be a list of ids."))  # noqa: TRY004
    try:
        return list(dict.fromkeys(str(uuid.UUID(str(item))) for item in value))
    except ValueError:
        raise ValueError(_("This must be a list of ids.")) from None


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise ValueError(_("This must be an object."))  # noqa: TRY004
    return value
