"""Messages that are nothing but a courtesy."""

from collections.abc import Iterable

from bot.matcher.folding import plain
from bot.matcher.lexicon import GREETINGS, THANKS

_LONGEST = 8  # words

_HELLO = frozenset(
    {"oi", "oii", "oie", "ola", "alo", "opa", "eai", "e ai", "hey", "hi", "hello", "hiya", "hola",
     "buenas", "bom dia", "boa tarde", "boa noite", "bons dias", "buen dia", "buenos dias",
     "buenas tardes", "buenas noches", "good morning", "good afternoon", "good evening",
     "tudo bem", "tudo bom", "td bem", "que tal", "como vai"}
)  # fmt: skip
_BESIDE_HELLO = frozenset(
    {*GREETINGS, "ai", "there", "e", "a todos", "com voce", "com voces", "how are you"}
)

_BYE = frozenset(
    {
        "tchau",
        "ate mais",
        "ate logo",
        "bye",
        "goodbye",
        "adios",
        "chau",
        "hasta luego",
        "vlw",
        "obg",
    }
)
_THANK_YOU = (frozenset(THANKS) | _BYE) - {"por favor", "please", "por gentileza"}
_BESIDE_THANKS = frozenset(
    {"ok", "certo", "ta bom", "ta", "beleza", "blz", "perfeito", "otimo", "show", "great", "perfect",
     "cool", "vale", "genial", "muito", "very much", "so much", "a lot", "pela ajuda", "pela atencao",
     "for your help", "for the help", "por la ayuda", "por su ayuda", "e", "and", "y", "mesmo",
     "entendi", "got it", *GREETINGS}
)  # fmt: skip

_HELP = frozenset({"ajuda", "help", "ayuda", "menu", "opcoes", "options", "opciones"})


def is_greeting(text: str) -> bool:
    """Only a greeting: "oi", "bom dia, tudo bem?", "hello there"."""
    return _only(text, _HELLO, _BESIDE_HELLO)


def is_thanks(text: str) -> bool:
    """Only thanks or a farewell: "ok, muito obrigada!", "thanks a lot"."""
    return _only(text, _THANK_YOU, _BESIDE_THANKS)


def wants_help(text: str) -> bool:
    """Only the word for help."""
    return plain(text) in _HELP


def _only(text: str, core: frozenset[str], beside: frozenset[str]) -> bool:
    """Whether the text is made of these phrases alone, one of `core` among them."""
    words = plain(text).split()
    if not 0 < len(words) <= _LONGEST:
        return False
    found = False
    while words:
        size = _phrase(words, core)
        found = found or size > 0
        size = size or _phrase(words, beside)
        if not size:
            return False
        words = words[size:]
    return found


def _phrase(words: list[str], phrases: Iterable[str]) -> int:
    """How many of the first words form the longest of the phrases; 0 for none."""
    return next((n for n in (4, 3, 2, 1) if " ".join(words[:n]) in phrases and n <= len(words)), 0)
