"""Small knowledge bases and turns for the tests of the bot."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot import snapshot
from bot.models import BotSettings
from bot.pipeline import decide
from bot.services.publishing import _SETTINGS_FIELDS
from bot.types import Decision, Faq, Knowledge, Rule, Turn

# A Wednesday, 12:00 in São Paulo.
NOON = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
WEEKDAYS_9_TO_18 = [{"weekday": day, "start": "09:00", "end": "18:00"} for day in range(5)]

ORDER = Faq(
    id="order",
    question="Onde está meu pedido?",
    answer="Veja em Meus pedidos.",
    language="pt-br",
    alternatives=("cadê meu pedido", "rastrear pedido", "quando chega minha encomenda"),
)
FREIGHT = Faq(
    id="freight",
    question="Quanto custa o frete?",
    answer="Depende do CEP.",
    language="pt-br",
    alternatives=("valor do frete", "preço da entrega", "o frete é grátis?"),
)
REFUND = Faq(
    id="refund",
    question="How do I get a refund?",
    answer="Refunds take 5 days.",
    language="en",
    alternatives=("I want my money back", "refund policy", "return an item"),
)
FAQS = (ORDER, FREIGHT, REFUND)


def rule(id_: str = "r1", **given: Any) -> Rule:
    """A rule that replies, unless it is told otherwise."""
    return Rule(
        **{
            "id": id_,
            "name": id_,
            "priority": 100,
            "trigger": "keyword",
            "pattern": "pix",
            "action": "reply",
            "reply": "Aceitamos Pix.",
            **given,
        }
    )


def knowledge(
    faqs: Sequence[Faq] = FAQS, rules: Sequence[Rule] = (), version: int = 1, **settings: Any
) -> Knowledge:
    """A compiled snapshot; `settings` are fields of BotSettings."""
    row = BotSettings(**settings)
    raw = {name: getattr(row, name) for name in _SETTINGS_FIELDS}
    return snapshot.compiled(version, snapshot.content_of(faqs, rules, raw))


def turn(text: str = "", known: Knowledge | None = None, **given: Any) -> Turn:
    """One message, at noon on a working day."""
    return Turn(**{"text": text, "knowledge": known or knowledge(), "now": NOON, **given})


def decided(text: str = "", known: Knowledge | None = None, **given: Any) -> Decision:
    """What the bot does about one message."""
    return decide(turn(text, known, **given)).decision
