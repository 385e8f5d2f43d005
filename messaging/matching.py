"""A dry run of the bot as JSON: the same for the API and for `manage.py ask --json`."""

from dataclasses import asdict
from typing import Any

from bot.services import Tried


def as_json(tried: Tried) -> dict[str, Any]:
    """The decision, and everything it came from."""
    made, why = tried.decision, tried.explanation
    return {
        "decision": made.action,
        "step": made.step,
        "reason": made.reason,
        "score": made.score,
        "faq": made.faq,
        "reply": made.text,
        "buttons": [asdict(button) for button in made.buttons],
        "attachments": list(made.attachments),
        "passed": list(tried.timed.passed),
        "language": tried.language,
        "read": why.read,
        "repairs": [{"written": written, "read": read} for written, read in why.repairs],
        "bands": tried.bands._asdict(),
        "candidates": [
            {**found._asdict(), "pieces": [piece._asdict() for piece in found.pieces]}
            for found in why.candidates
        ],
        "ms": round(tried.timed.ms, 3),
    }
