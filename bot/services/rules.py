"""Creating, changing and deleting rules."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from bot.models import Rule
from bot.rules import PATTERN_LIMIT, BadPattern, check_pattern
from bot.services import cleaning
from bot.services.errors import Invalid
from bot.services.publishing import changes, touch

_NEEDS_PATTERN = (Rule.Trigger.KEYWORD, Rule.Trigger.REGEX, Rule.Trigger.PAYLOAD)
_PAYLOAD_BYTES = 64  # the narrowest channel's limit
_MOST_BUTTONS = 10


def create_rule(*, author: User | None = None, **given: Any) -> Rule:
    """Create a rule from its fields; `name`, `trigger` and `action` are needed. Raises Invalid.

    Fields: name, enabled, priority, trigger, pattern, action, reply, buttons, tags, channels.
    """
    rule = Rule(**cleaning.check({"name": "", "trigger": "", "action": "", **given}, _CLEANERS))
    _check_whole(rule)
    with changes(author=author):
        _save(rule, author)
        touch()
    return rule


def update_rule(*, rule: UUID, author: User | None = None, **given: Any) -> Rule:
    """Change the given fields of a rule; its version rises. Raises Invalid, Rule.DoesNotExist."""
    fields = cleaning.check(given, _CLEANERS)
    with changes(author=author):
        row = Rule.objects.select_for_update().get(pk=rule)
        for name, value in fields.items():
            setattr(row, name, value)
        _check_whole(row)
        row.version += 1
        _save(row, author)
        touch()
    return row


def delete_rule(*, rule: UUID, author: User | None = None) -> None:
    """Delete a rule. Raises Rule.DoesNotExist."""
    with changes(author=author):
        Rule.objects.select_for_update().get(pk=rule).delete()
        touch()


def _check_whole(rule: Rule) -> None:
    """What the fields must be to each other. Triggers without a pattern lose one they were given."""
    wrong: dict[str, str] = {}
    if rule.trigger not in _NEEDS_PATTERN:
        rule.pattern = ""
    try:
        check_pattern(rule.trigger, rule.pattern)
    except BadPattern as error:
        wrong["pattern"] = str(error)
    if rule.action == Rule.Action.REPLY and not rule.reply:
        wrong["reply"] = _("A rule that replies needs a reply.")
    if rule.action == Rule.Action.TAG and not rule.tags:
        wrong["tags"] = _("A rule that tags needs tags.")
    if rule.buttons and not rule.reply:
        wrong["buttons"] = _("Buttons need a reply to stand under.")
    if rule.action == Rule.Action.START_TASK:
        wrong["action"] = _("Tasks need worker bots, and none can be connected yet.")
    if wrong:
        raise Invalid(wrong)


def _pattern(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_("This must be a text."))  # noqa: TRY004
    if "\x00" in value:
        raise ValueError(
            _("Not a character at position %(position)s.") % {"position": value.index("\x00")}
        )
    if len(value) > PATTERN_LIMIT:
        raise ValueError(_("At most %(longest)s characters.") % {"longest": PATTERN_LIMIT})
    return value


def _buttons(value: object) -> list[dict[str, str]]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise ValueError(_("This must be a list of buttons."))  # noqa: TRY004
    buttons = [_button(item) for item in value]
    if len(buttons) > _MOST_BUTTONS:
        raise ValueError(_("At most %(most)s of them.") % {"most": _MOST_BUTTONS})
    return buttons


def _button(value: object) -> dict[str, str]:
    given = cleaning.mapping(value)
    if set(given) != {"title", "payload"}:
        raise ValueError(_("A button has a title and a payload."))
    payload = cleaning.line(given["payload"], longest=_PAYLOAD_BYTES, required=True)
    if len(payload.encode()) > _PAYLOAD_BYTES:
        raise ValueError(_("A payload has at most %(most)s bytes.") % {"most": _PAYLOAD_BYTES})
    return {
        "title": cleaning.line(given["title"], longest=120, required=True),
        "payload": payload,
    }


_CLEANERS: dict[str, cleaning.Cleaner] = {
    "name": partial(cleaning.line, longest=200, required=True),
    "enabled": cleaning.flag,
    "priority": partial(cleaning.whole, lowest=-1_000_000, highest=1_000_000),
    "trigger": partial(cleaning.one_of, allowed=Rule.Trigger.values),
    "pattern": _pattern,
    "action": partial(cleaning.one_of, allowed=Rule.Action.values),
    "reply": partial(cleaning.text, longest=20_000),
    "buttons": _buttons,
    "tags": partial(cleaning.lines, longest=50, most=20),
    "channels": cleaning.ids,
}


def _save(rule: Rule, author: User | None) -> None:
    if author is not None:
        rule._history_user = author  # type: ignore[attr-defined]
    rule.save()
