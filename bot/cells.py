"""What is nested, as cells of a table: a column for each language and threshold, buttons one a line."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.language import LANGUAGES, supported

ANSWERS = tuple(f"answer_{language}" for language in LANGUAGES)
BANDS = ("accept", "suggest")
NESTED = ("answers", "buttons", "overrides", "bands")  # what is no text and no list of texts

_ANSWER = re.compile(r"(?:answer|resposta)_([a-z]{2}(?:[-_][a-z]{2})?)")
_ARROW = " => "
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def column(name: str) -> str:
    """The name of a column of one language in its one spelling; others as they are."""
    match = _ANSWER.fullmatch(name)
    language = supported(match[1]) if match else None
    return f"answer_{language}" if language else name


def answers_in(row: Mapping[str, Any]) -> dict[str, Any]:
    """{language: text} of the columns the row has; "" where one is empty."""
    return {
        language: row[name] or ""
        for language, name in zip(LANGUAGES, ANSWERS, strict=True)
        if name in row
    }


def bands_in(row: Mapping[str, Any]) -> dict[str, float | None]:
    """The thresholds the row has a column for, None where one is empty. Raises ValueError."""
    return {name: _number(name, row[name]) for name in BANDS if name in row}


def _number(name: str, value: object) -> float | None:
    text = "" if value is None else str(value).strip()
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        raise ValueError(f"{name}: a number is needed") from None


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its answers and thresholds in columns and its other nested values as texts."""
    plain = {name: value for name, value in row.items() if name not in ("answers", "bands")}
    answers = row.get("answers")
    if isinstance(answers, Mapping):
        plain |= {name: answers.get(tag, "") for tag, name in zip(LANGUAGES, ANSWERS, strict=True)}
    bands = row.get("bands")
    if isinstance(bands, Mapping):
        plain |= {name: bands.get(name) for name in BANDS}
    if isinstance(row.get("buttons"), list):
        plain["buttons"] = _written(row["buttons"])
    if isinstance(row.get("overrides"), Mapping):
        plain["overrides"] = _json(row["overrides"]) if row["overrides"] else ""
    return plain


def nested(name: str, value: object) -> Any:
    """A nested value as the services take it. Raises ValueError with a sentence."""
    empty: Any = [] if name == "buttons" else {}
    if value is None or (isinstance(value, str) and not value.strip()):
        return empty
    if not isinstance(value, str):
        if isinstance(value, type(empty)):
            return value
        raise ValueError(f"{name}: {'a list' if name == 'buttons' else 'an object'} is needed")
    if name == "buttons" and not value.lstrip().startswith("["):
        return [_button(line) for line in value.split("\n") if line.strip()]
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(f"{name}: this is not JSON") from None
    if isinstance(found, str):
        raise ValueError(f"{name}: this is not JSON")  # noqa: TRY004
    return nested(name, found)


def _button(line: str) -> dict[str, str]:
    title, _, target = (part.strip() for part in line.partition(_ARROW.strip()))
    target = target or title
    return {"title": title, "url" if _ADDRESS.match(target) else "payload": target}


def _written(buttons: Sequence[Any]) -> str:
    """One "title => payload or address" a line where that says it all, else JSON."""
    lines = [
        f"{button.get('title')}{_ARROW}{button.get('payload') or button.get('url')}"
        for button in buttons
        if isinstance(button, Mapping)
    ]
    text = "\n".join(lines)
    return text if nested("buttons", _safe(text)) == list(buttons) else _json(buttons)


def _safe(text: str) -> str:
    """Not what would be read as JSON."""
    return "" if text.lstrip().startswith("[") else text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
