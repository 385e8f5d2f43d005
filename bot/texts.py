"""What the bot says by itself, in every language we speak, and how names are filled in."""

import logging
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime

from bot.types import Texts

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
    ),
}

KEYS: tuple[str, ...] = tuple(f.name for f in fields(Texts))

# What may stand between braces in a text.
NAMES = frozenset({"name", "first_name", "opening"})
_NAME = re.compile(r"\{([\w.]{1,40})\}")

_WEEKDAYS = {
    "pt-br": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira",
              "sábado", "domingo"),
    "en": ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday",
           "on Sunday"),
    "es": ("el lunes", "el martes", "el miércoles", "el jueves", "el viernes", "el sábado",
           "el domingo"),
}  # fmt: skip
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


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with {name}, {first_name} and {opening} filled in, once, and never more than that.

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
