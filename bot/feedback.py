"""The two buttons that ask whether an answer helped, and what a press of them says. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.types import Option, OutButton, Rating, Texts

# Short, because some kinds take no more than 40 bytes: a FAQ's id has 36.
_PAYLOADS: dict[Rating, str] = {"helpful": "yes:", "not_helpful": "no:"}
PREFIXES = tuple(_PAYLOADS.values())


class Feedback(NamedTuple):
    """Somebody said of a FAQ's answer whether it helped."""

    rating: Rating
    faq: str


def buttons(texts: Texts, faq: str) -> tuple[OutButton, OutButton]:
    """The two buttons under the answer of a FAQ."""
    return (
        OutButton(texts.helpful, _PAYLOADS["helpful"] + faq),
        OutButton(texts.not_helpful, _PAYLOADS["not_helpful"] + faq),
    )


def parse(payload: str) -> Feedback | None:
    """What the payload says; None when it is no feedback."""
    for rating, prefix in _PAYLOADS.items():
        if payload.startswith(prefix) and len(payload) > len(prefix):
            return Feedback(rating, payload.removeprefix(prefix))
    return None


def asked_about(payload: str | None, offered: Sequence[Option]) -> str | None:
    """The FAQ whose feedback this press gives, else the one whose feedback was just asked for."""
    payloads = [payload] if payload is not None else [option.payload for option in offered]
    found = (parse(one) for one in payloads)
    return next((feedback.faq for feedback in found if feedback), None)
