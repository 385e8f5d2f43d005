"""/start, /help and /human, also under their Portuguese and Spanish names."""

import re

from bot.steps.say import escalate, reply, texts_of
from bot.types import Decision, Turn

_START = frozenset({"start", "iniciar", "comecar", "começar", "inicio", "início", "empezar"})
_HELP = frozenset({"help", "ajuda", "ayuda", "menu", "menú"})
_HUMAN = frozenset(
    {"human", "humano", "agent", "agente", "atendente", "atendimento", "persona", "pessoa"}
)

_COMMAND = re.compile(r"/(\w{1,32})(?:@\w{1,64})?(?:\s+(\S{1,64})?.*)?", re.DOTALL)
# What a deep link may carry; anything else was typed by hand and is not repeated.
_DEEP_LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")


def command(turn: Turn) -> Decision | None:
    """The three commands; others go on as ordinary text. A deep link's argument is kept as the reason."""
    name, args = turn.command, turn.command_args
    if name is None:
        typed = _COMMAND.fullmatch(turn.text.strip()[:500])
        name, args = (typed[1], typed[2] or "") if typed else ("", "")
    name = name.lower()
    if name in _START:
        link = f"start:{args}" if _DEEP_LINK.fullmatch(args) else "start"
        return reply(turn, "command", texts_of(turn).greeting, link)
    if name in _HELP:
        return reply(turn, "command", texts_of(turn).help, "help")
    if name in _HUMAN:
        return escalate(turn, "command", "asked")
    return None
