"""Checks of what a FAQ says: its texts, its buttons, its files. Each raises ValueError with a sentence."""

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from bot import feedback, texts
from bot.answers import FAQ_PREFIX
from bot.language import supported
from bot.models import Language
from bot.services import cleaning

LONGEST = 20_000  # characters of an answer
MOST_BUTTONS = 8  # with the two of feedback that is what the narrowest kind with a list takes
MOST_FILES = 5
MOST_PLACES = 50
PAYLOAD_BYTES = 64  # the narrowest channel's limit
TITLE = 120  # characters
ADDRESS = 1_000  # characters

_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_http = URLValidator(schemes=["http", "https"])


def answer(value: object) -> str:
    """The text of an answer; needed."""
    return _known_names(cleaning.text(value, longest=LONGEST, required=True))


def answers(value: object) -> dict[str, str]:
    """{language: text}; blank ones are left out."""
    return {language(tag): text for tag, text in _texts(value).items()}


def overrides(value: object) -> dict[str, dict[str, str]]:
    """{channel id or kind: {language: text}}; a mere text is in the FAQ's own language, "" for now."""
    found = {}
    for name, given in cleaning.mapping(value).items():
        said = _texts({"": given} if isinstance(given, str) else given)
        if said:
            found[_place(name)] = {tag and language(tag): text for tag, text in said.items()}
    if len(found) > MOST_PLACES:
        raise ValueError(_("At most %(most)s of them.") % {"most": MOST_PLACES})
    return found


def buttons(value: object) -> list[dict[str, Any]]:
    """A list of {title, payload | url, titles?: {language: title}}."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise ValueError(_("This must be a list of buttons."))  # noqa: TRY004
    found = [_button(item) for item in value]
    if len(found) > MOST_BUTTONS:
        raise ValueError(_("At most %(most)s of them.") % {"most": MOST_BUTTONS})
    return found


def files(value: object) -> list[str]:
    """A list of ids of uploaded files."""
    found = cleaning.ids(value)
    if len(found) > MOST_FILES:
        raise ValueError(_("At most %(most)s of them.") % {"most": MOST_FILES})
    return found


def language(value: object) -> str:
    """One of our languages, by any of its tags ("pt", "pt-PT")."""
    known = supported(value) if isinstance(value, str) else None
    return known or cleaning.one_of(value, Language.values)


def _texts(value: object) -> dict[str, str]:
    """The texts of a mapping that are not blank."""
    cleaned = {
        tag: _known_names(cleaning.text(text, longest=LONGEST))
        for tag, text in cleaning.mapping(value).items()
    }
    return {tag: text for tag, text in cleaned.items() if text}


def _known_names(text: str) -> str:
    wrong = texts.unknown_names(text)
    if wrong:
        known = ", ".join(f"{{{name}}}" for name in texts.NAMES)
        raise ValueError(
            _("%(wrong)s cannot be filled in. These can: %(known)s.")
            % {"wrong": ", ".join(wrong), "known": known}
        )
    return text


def _place(value: object) -> str:
    """A channel's id, or the name of a kind."""
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        pass
    if isinstance(value, str) and _KIND.fullmatch(value):
        return value
    raise ValueError(_("This must be the id of a channel or the name of a kind."))


def _button(value: object) -> dict[str, Any]:
    given = {name: part for name, part in cleaning.mapping(value).items() if part}
    title = cleaning.line(given.get("title", ""), longest=TITLE)
    aims = set(given) & {"payload", "url"}
    if not title or len(aims) != 1 or set(given) - {"title", "payload", "url", "titles"}:
        raise ValueError(_("A button has a title and either a payload or a url."))
    clean = {"title": title}
    clean |= (
        {"url": _url(given["url"])} if "url" in given else {"payload": _payload(given["payload"])}
    )
    titles = {
        language(tag): cleaning.line(text, longest=TITLE)
        for tag, text in cleaning.mapping(given.get("titles", {})).items()
    }
    titles = {tag: text for tag, text in titles.items() if text}
    return clean | ({"titles": titles} if titles else {})


def _payload(value: object) -> str:
    payload = cleaning.line(value, longest=PAYLOAD_BYTES, required=True)
    if len(payload.encode()) > PAYLOAD_BYTES:
        raise ValueError(_("A payload has at most %(most)s bytes.") % {"most": PAYLOAD_BYTES})
    if payload.startswith(feedback.PREFIXES):
        raise ValueError(_("Payloads with yes: and no: are those of the feedback."))
    if not payload.startswith(FAQ_PREFIX):
        return payload
    try:
        return f"{FAQ_PREFIX}{uuid.UUID(payload.removeprefix(FAQ_PREFIX).strip())}"
    except ValueError:
        raise ValueError(_("After faq: comes the id of a FAQ.")) from None


def _url(value: object) -> str:
    url = cleaning.line(value, longest=ADDRESS, required=True)
    try:
        _http(url)
    except ValidationError:
        raise ValueError(_("This is not a web address, like https://www.example.com.")) from None
    return url
