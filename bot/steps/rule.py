"""Rules written by the admin."""

from dataclasses import replace

from bot.steps.say import buttons_of, escalate, filled, is_open, language_of
from bot.types import Decision, Rule, StepName, Turn


def rule(turn: Turn) -> Decision | None:
    """The first matching rule. A pressed button is no text: only payload rules look at it."""
    if turn.payload is not None and not turn.text.strip():
        return None
    found = turn.knowledge.rules.for_text(turn.text, turn.channel, is_open=is_open(turn))
    return carried_out(turn, "rule", found) if found else None


def carried_out(turn: Turn, step: StepName, rule: Rule) -> Decision:
    """The decision a rule asks for. Its reply stands in for the usual notice of an escalation."""
    text = filled(turn, rule.reply)
    if rule.action == "escalate":
        decision = escalate(turn, step, "rule", notice=text)
    else:
        decision = Decision(
            "reply" if text else "silent",
            step,
            text=text,
            reason="rule",
            language=language_of(turn),
            close=rule.action == "close",
        )
    return replace(
        decision,
        rule=rule.id,
        rule_version=rule.version,
        buttons=buttons_of(rule.buttons) if text else (),
        tags=rule.tags,
    )
