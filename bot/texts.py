"""What the bot says by itself, in every language we speak, and how names are filled in."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

from bot.types import OpeningHours, Texts

logger = logging.getLogger(__name__)

DEFAULTS: dict[str, Texts] = {
    "pt-br": Texts(
        greeting="Olá! Sou o assistente virtual. Escreva sua dúvida que eu respondo na hora. "
        "Se preferir falar com uma pessoa, é só pedir.",
        help="Escreva sua dúvida com suas palavras, por exemplo: “onde está meu pedido?”. "
        "Para falar com uma pessoa, escreva “atendente”.",
        thanks="Por nada! Se precisar de mais alguma coisa, é só escrever.",
        escalation_notice="Vou passar você para um atendente. Ele responde aqui mesmo, em instantes.",
        away="Nossa equipe não está no momento e volta {opening}. "
        "Sua mensagem já está na fila: respondemos por aqui.",
        rephrase="Não entendi bem. Pode escrever de outro jeito, com mais detalhes?",
        suggest="Você quis dizer:",
        none_of_these="Nenhuma dessas",
        no_text="Recebi seu arquivo, mas eu só entendo texto. Um atendente vai ver e responder aqui.",
        helpful="Sim, ajudou",
        not_helpful="Não ajudou",
        glad="Que bom! Se precisar de mais alguma coisa, é só escrever.",
        sorry="Que pena. Pode contar com mais detalhes o que você precisa?",
    ),
    "en": Texts(
        greeting="Hello! I am the virtual assistant. Type your question and I answer right away. "
        "If you would rather talk to a person, just ask.",
        help="Type your question in your own words, for example: “where is my order?”. "
        "To talk to a person, type “agent”.",
        thanks="You are welcome! If you need anything else, just write.",
        escalation_notice="I am passing you to one of our agents. They will answer right here.",
        away="Our team is away at the moment and is back {opening}. "
        "Your message is already in the queue: we will answer here.",
        rephrase="I did not quite get that. Could you put it another way, with more detail?",
        suggest="Did you mean:",
        none_of_these="None of these",
        no_text="I got your file, but I only understand text. An agent will look at it and answer here.",
        helpful="Yes, it helped",
        not_helpful="It did not help",
        glad="Great! If you need anything else, just write.",
        sorry="I am sorry. Could you tell me in more detail what you need?",
    ),
    "es": Texts(
        greeting="¡Hola! Soy el asistente virtual. Escribe tu pregunta y respondo al momento. "
        "Si prefieres hablar con una persona, solo pídelo.",
        help="Escribe tu pregunta con tus palabras, por ejemplo: “¿dónde está mi pedido?”. "
        "Para hablar con una persona, escribe “agente”.",
        thanks="¡De nada! Si necesitas algo más, escribe cuando quieras.",
        escalation_notice="Te paso con una persona de nuestro equipo. Te responderá aquí mismo.",
        away="Nuestro equipo no está en este momento y vuelve {opening}. "
        "Tu mensaje ya está en la cola: respondemos por aquí.",
        rephrase="No te entendí bien. ¿Puedes decirlo de otra manera, con más detalles?",
        suggest="¿Quisiste decir alguna de estas?",
        none_of_these="Ninguna de estas",
        no_text="Recibí tu archivo, pero solo entiendo texto. Una persona lo verá y responderá aquí.",
        helpful="Sí, me ayudó",
        not_helpful="No me ayudó",
        glad="¡Qué bien! Si necesitas algo más, escribe cuando quieras.",
        sorry="Lo siento. ¿Puedes contarme con más detalle qué necesitas?",
    ),
}

KEYS: tuple[str, ...] = tuple(f.name for f in fields(Texts))

# What may stand between braces in a text.
NAMES = ("name", "first_name", "opening", "hours", "channel", "date", "time")
_NAME = re.compile(r"\{([\w.]{1,40})\}")
_OPENS = re.compile(r"(?m)^[ \t]*\{(?:first_)?name\}[ \t]*[,:!–-][ \t]*(.)")
_ADDRESSED = re.compile(r"(?:,?[ \t]+)?\{(?:first_)?name\}")
_MEANT = re.compile(
    r"\{([^\W\d_]\w{0,39})\}"
)  # a name somebody may have meant: no digit, dot or _ first

_WEEKDAYS = {
    "pt-br": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira",
              "sábado", "domingo"),
    "en": ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday",
           "on Sunday"),
    "es": ("el lunes", "el martes", "el miércoles", "el jueves", "el viernes", "el sábado",
           "el domingo"),
}  # fmt: skip
_DAYS = {
    "pt-br": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_TO = {"pt-br": " a ", "en": " to ", "es": " a "}
_AND = {"pt-br": " e ", "en": " and ", "es": " y "}
_ALWAYS = {
    "pt-br": "todos os dias, 24 horas",
    "en": "every day, around the clock",
    "es": "todos los días, las 24 horas",
}
_DATES = {"pt-br": "%d/%m/%Y", "en": "%d %B %Y", "es": "%d/%m/%Y"}
_NEAR = {
    "pt-br": ("hoje", "amanhã"),
    "en": ("today", "tomorrow"),
    "es": ("hoy", "mañana"),
}
_AT = {"pt-br": "{day} às {time}", "en": "{day} at {time}", "es": "{day} a las {time}"}
_SOON = {"pt-br": "em breve", "en": "soon", "es": "pronto"}


def with_overrides(overrides: Mapping[str, Mapping[str, str]]) -> dict[str, Texts]:
    """The built-in texts with those of an installation put over them; blank ones do not count."""
    return {
        language: replace(
            texts,
            **{
                key: value
                for key, value in overrides.get(language, {}).items()
                if key in KEYS and value.strip()
            },
        )
        for language, texts in DEFAULTS.items()
    }


def unknown_names(text: str) -> list[str]:
    """What looks like one of the names but is none, as it stands: "{nome}". JSON and code do not."""
    found = dict.fromkeys(match[1] for match in _MEANT.finditer(text))
    return [f"{{{name}}}" for name in found if name not in NAMES]


def without_name(text: str) -> str:
    """The text for somebody whose name is not known: "{first_name}, look here" becomes "Look here".

    What leads up to the name goes with it ("Hi, {name}!" becomes "Hi!").
    """
    text = _OPENS.sub(lambda match: match[1].upper(), text)
    return _ADDRESSED.sub("", text)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the NAMES between braces filled in, once, and never more than that.

    A name that is not known becomes empty, with a warning in the log. What is filled in is not
    looked at again: a contact who calls himself "{opening}" stays that.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in NAMES:
            logger.warning("a text holds a name that is not known: %s", name)
        return values.get(name, "") if name in NAMES else ""

    return _NAME.sub(value, text)


def opening_phrase(opening: datetime | None, now: datetime, language: str) -> str:
    """When somebody will be there, as it is said: "amanhã às 09:00", "on Monday at 09:00".

    `opening` is local to the desk; None is "soon".
    """
    if opening is None:
        return _SOON[language]
    days = (opening.date() - now.astimezone(opening.tzinfo).date()).days
    day = _NEAR[language][days] if days in (0, 1) else _WEEKDAYS[language][opening.weekday()]
    return _AT[language].replace("{day}", day).replace("{time}", f"{opening:%H:%M}")


def hours_phrase(hours: Sequence[OpeningHours], language: str) -> str:
    """The week as it is said: "segunda a sexta, 09:00–18:00; sábado, 09:00–12:00"."""
    if not hours:
        return _ALWAYS[language]
    week = [
        _AND[language].join(
            f"{_clock(h.start)}–{_clock(h.end)}" for h in sorted(hours) if h.weekday == day
        )
        for day in range(7)
    ]
    said, day = [], 0
    while day < 7:
        last = day
        while last < 6 and week[last + 1] == week[day]:
            last += 1
        if week[day]:
            names = dict.fromkeys((_DAYS[language][day], _DAYS[language][last]))
            said.append(f"{_TO[language].join(names)}, {week[day]}")
        day = last + 1
    return "; ".join(said)


def date_phrase(day: datetime, language: str) -> str:
    """A day as it is written: "11/03/2026", "11 March 2026"."""
    return day.strftime(_DATES[language])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
