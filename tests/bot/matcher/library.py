"""A small made-up library in three languages."""

from bot.types import Faq


def faq(key: str, language: str, *phrasings: str, keywords: tuple[str, ...] = ()) -> Faq:
    return Faq(key, phrasings[0], "answer", language, tuple(phrasings[1:]), keywords)


LIBRARY = (
    faq(
        "pool.pt", "pt-br", "A academia tem piscina?", "que horas a piscina abre",
        "posso nadar no domingo", "aula de natação para crianças", "a piscina é aquecida?",
    ),
    faq(
        "fee.pt", "pt-br", "Quanto custa a mensalidade?", "qual o preço do plano mensal",
        "valor da mensalidade para estudante", "o plano anual é mais barato?",
        keywords=("desconto universitário",),
    ),
    faq(
        "trainer.pt", "pt-br", "Como marco uma aula com o treinador?", "quero um personal trainer",
        "agendar treinador", "o treinador monta meu treino?",
    ),
    faq(
        "freeze.pt", "pt-br", "Posso trancar a matrícula?", "vou viajar, quero trancar o plano",
        "como pauso minha matrícula", "trancamento de matrícula por doença",
    ),
    faq(
        "pool.en", "en", "Does the gym have a pool?", "when does the swimming pool open",
        "can I swim on Sundays", "swimming lessons for kids", "is the pool heated",
    ),
    faq(
        "fee.en", "en", "How much is the membership?", "what's the price of the monthly plan",
        "membership fee for students", "is the yearly plan cheaper",
    ),
    faq(
        "parking.es", "es", "¿Hay estacionamiento?", "dónde puedo aparcar el coche",
        "cuánto cuesta el estacionamiento", "el aparcamiento es gratis para socios",
    ),
    faq(
        "towel.es", "es", "¿Tengo que llevar toalla?", "dan toallas en el gimnasio",
        "alquiler de toallas", "olvidé mi toalla en el vestuario",
    ),
)  # fmt: skip
