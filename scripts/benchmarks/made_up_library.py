"""FAQs and messages of a library that does not exist: Portuguese, English and Spanish, any size.

Everyday words come first and made-up ones after them, drawn as in real texts: few words often,
most words seldom, and the more phrasings the more words.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from bot.types import Faq

PHRASINGS_PER_FAQ = 6
_SYLLABLES = [c + v for c in "bcdfglmnprstv" for v in ("a", "e", "i", "o", "u", "ar", "en", "os")]
_OUTSIDE = 0.2  # of the messages ask what no FAQ answers


class Language(NamedTuple):
    code: str
    frames: tuple[str, ...]
    verbs: str
    nouns: str
    tails: tuple[str, ...]
    endings: str
    greetings: tuple[str, ...]


LANGUAGES = (
    Language(
        "pt-br",
        (
            "como faço para {verb} {noun} {detail} {tail}",
            "quero {verb} {noun} {detail} {tail}",
            "posso {verb} meu {noun} {detail} {tail}?",
            "não consigo {verb} {noun} {detail} {tail}",
            "quanto custa {verb} um {noun} {detail} {tail}?",
            "onde eu posso {verb} {noun} {detail}?",
            "tem como {verb} o {noun} com {detail}?",
            "preciso de ajuda para {verb} {noun} {detail}",
            "qual o prazo para {verb} {noun} {detail} {tail}?",
        ),
        "cancelar pagar trocar receber enviar alterar consultar ativar bloquear renovar emitir"
        " rastrear devolver parcelar agendar atualizar transferir assinar baixar recuperar",
        "pedido boleto cartão senha plano conta fatura entrega nota aparelho cadastro endereço"
        " limite contrato produto reserva cupom garantia desconto matrícula horário extrato",
        ("pelo aplicativo", "no site da loja", "sem pagar multa", "de outra cidade", "hoje ainda"),
        "ção mento dade eiro ado ista agem inho",
        ("oi", "bom dia", "olá, tudo bem?"),
    ),
    Language(
        "en",
        (
            "how do I {verb} my {noun} {detail} {tail}?",
            "I need to {verb} the {noun} {detail} {tail}",
            "can I {verb} a {noun} with {detail} {tail}?",
            "why can't I {verb} my {noun} {detail}?",
            "what does it cost to {verb} {noun} {detail}?",
            "where can I {verb} {noun} {detail} {tail}?",
            "is it possible to {verb} a {detail} {noun} {tail}?",
            "please help me {verb} my {noun} {detail}",
            "how long does it take to {verb} {noun} {detail}?",
        ),
        "cancel pay change receive send update check activate block renew order track return"
        " split book reset transfer sign download recover",
        "order invoice card password plan account bill delivery receipt phone profile address"
        " limit contract product booking coupon warranty discount membership schedule statement",
        ("in the app", "on the website", "without a fee", "from abroad", "before next week"),
        "tion ment ness er ing able ship ly",
        ("hi", "good morning", "hello there"),
    ),
    Language(
        "es",
        (
            "cómo hago para {verb} mi {noun} {detail} {tail}?",
            "quiero {verb} el {noun} {detail} {tail}",
            "puedo {verb} un {noun} con {detail} {tail}?",
            "no puedo {verb} mi {noun} {detail} {tail}",
            "cuánto cuesta {verb} un {noun} {detail}?",
            "dónde se puede {verb} {noun} {detail} {tail}?",
            "es posible {verb} el {noun} de {detail}?",
            "necesito ayuda para {verb} {noun} {detail}",
            "cuál es el plazo para {verb} {noun} {detail}?",
        ),
        "cancelar pagar cambiar recibir enviar modificar consultar activar bloquear renovar emitir"
        " rastrear devolver financiar reservar actualizar transferir firmar descargar recuperar",
        "pedido factura tarjeta contraseña plan cuenta recibo entrega boleta teléfono registro"
        " dirección límite contrato producto reserva cupón garantía descuento matrícula horario",
        ("por la aplicación", "en la página web", "sin pagar multa", "desde otra ciudad"),
        "ción miento dad ero ado ista aje ito",
        ("hola", "buenos días", "buenas, qué tal?"),
    ),
)  # fmt: skip


class Words:
    """Words of one language, the first of them used most."""

    def __init__(self, rng: random.Random, known: str, endings: str, count: int) -> None:
        made_up = [_made_up(rng, endings.split()) for _ in range(count)]
        self._words = [*known.split(), *made_up]
        # By rank, as Zipf and Mandelbrot found it.
        self._shares = list(accumulate(1 / (rank + 5) for rank in range(len(self._words))))

    def draw(self, rng: random.Random) -> str:
        return rng.choices(self._words, cum_weights=self._shares)[0]


def library(rng: random.Random, phrasings: int) -> list[Faq]:
    """FAQs whose phrasings share a verb and a thing of the FAQ's own, in different frames."""
    made_up = int(4 * phrasings**0.6)
    words = [
        (
            Words(rng, language.verbs, language.endings, made_up // 10),
            Words(rng, language.nouns, language.endings, made_up),
        )
        for language in LANGUAGES
    ]
    faqs = []
    for number in range(phrasings // PHRASINGS_PER_FAQ):
        at = number % len(LANGUAGES)
        texts = _phrasings(rng, LANGUAGES[at], *words[at])
        faqs.append(Faq(str(number), texts[0], "", LANGUAGES[at].code, tuple(texts[1:])))
    return faqs


def _phrasings(rng: random.Random, language: Language, verbs: Words, nouns: Words) -> list[str]:
    does, noun = (verbs.draw(rng), verbs.draw(rng)), nouns.draw(rng)
    details = nouns.draw(rng), nouns.draw(rng)
    return [
        frame.format(
            verb=rng.choice(does),
            noun=noun,
            detail=rng.choice(details),
            tail=rng.choice(language.tails),
        )
        for frame in rng.sample(language.frames, PHRASINGS_PER_FAQ)
    ]


def messages(rng: random.Random, faqs: Sequence[Faq], count: int) -> list[str]:
    """What contacts may write: nobody types a phrasing as it is published."""
    others = library(rng, 600)
    return [_written(rng, others if rng.random() < _OUTSIDE else faqs) for _ in range(count)]


def _written(rng: random.Random, faqs: Sequence[Faq]) -> str:
    """A phrasing with a word left out, typing errors in half of them, and some greetings."""
    faq = rng.choice(faqs)
    words = rng.choice(faq.alternatives).split()
    words.pop(rng.randrange(len(words)))
    if rng.random() < 0.5:
        at = rng.randrange(len(words))
        words[at] = _misspelt(rng, words[at])
    if rng.random() < 0.2:
        greetings = next(one.greetings for one in LANGUAGES if one.code == faq.language)
        words.insert(0, rng.choice(greetings))
    return " ".join(words)


def _misspelt(rng: random.Random, word: str) -> str:
    at = rng.randrange(len(word))
    if len(word) < 3:
        return word
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        )
    )


def _made_up(rng: random.Random, endings: Sequence[str]) -> str:
    stem = "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((1, 2, 2, 3))))
    return stem + rng.choice(endings)
