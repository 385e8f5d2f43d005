"""Which of our languages a text or a language tag is."""

from bot.matcher.folding import plain

LANGUAGES = ("pt-br", "en", "es")

# Words that are common in one of the three languages and mean nothing in the other two.
_WORDS = {
    "pt-br": """voce voces nao sim obrigado obrigada meu minha meus minhas pra pro pelo pela com uma um
        o os do dos das em na no ao aos eu ele ela seu sua quero queria preciso gostaria posso consigo
        tem ter onde quando quanto qual quais fazer faco foi sao esta estou isso isto ainda ja so tambem
        mas mais oi ola bom boa dia tarde noite tudo bem pedido entrega boleto frete prazo cartao troca
        pagar comprar comprei chegou chega falar atendente ajuda ajudar senha conta vcs vc nota como
        loja horario abre fecha valor preco produto por para que sem muito""",
    "en": """the is are am was were i you your my me we it this that what where when how who which why
        do does did can could would will should have has had not dont isnt cant to of in on at for from
        with and or but an a please thanks thank hello hi hey want need order help account password
        delivery shipping refund return card pay buy bought talk speak agent human someone there price
        item hours open""",
    "es": """el los las una unos y con del al yo usted ustedes tu mi mis su sus quiero quisiera necesito
        puedo tiene tengo donde cuando cuanto cual cuales hacer hago fue son esta estoy eso esto todavia
        ya solo tambien pero mas hola buenos buenas dias tardes noches gracias pedido envio tarjeta
        cambio pagar comprar llego llega hablar persona agente ayuda ayudar contrasena cuenta es que
        por para sin muy hay tienda horario abren precio producto""",
}
_SETS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_WEIGHT = {
    word: 1 / sum(word in words for words in _SETS.values())
    for words in _SETS.values()
    for word in words
}


def detect(text: str) -> str | None:
    """The language most of the text's words speak for; None when they do not tell."""
    words = plain(text).split()[:60]
    scores = sorted(
        (
            (sum(_WEIGHT[word] for word in words if word in known), language)
            for language, known in _SETS.items()
        ),
        reverse=True,
    )
    (best, language), (second, _) = scores[0], scores[1]
    return language if best >= 1 and best - second >= 0.5 else None


def supported(tag: str) -> str | None:
    """Our language for a BCP 47 tag ("pt-PT" and "pt" are "pt-br"); None for others."""
    primary = tag.replace("_", "-").partition("-")[0].lower()
    return {"pt": "pt-br", "en": "en", "es": "es"}.get(primary)
