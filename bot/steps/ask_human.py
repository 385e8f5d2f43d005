"""Somebody asks for a person, in Portuguese, English or Spanish, typos included.

Each word becomes one letter that says what part it may play (a verb of talking, a person, …); the
forms of asking are regular expressions over these letters. So "me passa pra uma pessoa" is "dtpds",
and "vocês atendem no domingo?" holds no person at all.
"""

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.matcher.folding import plain
from bot.steps.say import escalate
from bot.types import Decision, Turn

_WORDS_READ = 150

_PARTS = {
    # x: not
    "x": "nao n not dont don doesnt never nunca no sem without sin nem",
    # w: to want, to need, to be allowed
    "w": """quero queria qro quer preciso precisava gostaria desejo posso pode podemos poderia podia devo
        quiero quisiera necesito puedo podria deseo want wanna need needs would like can could may
        prefiro prefiero prefer rather tem tiene existe hay have""",
    # c: to manage; "não consigo falar com um atendente" still asks for one
    "c": "consigo consegui conseguir consegue cant cannot couldnt unable pude logro",
    # v: to talk
    "v": """falar falo fala falarmos conversar converso conversa dialogar tratar contatar contactar atendido atendida speak speaking talk talking talked chat chatting contact reach
        hablar hablo habla platicar charlar conversar comunicarme comunicarse comunicar contactarme
        contactame""",
    # t: to hand over
    # through: "put me through to an agent"
    "t": """passa passar passe passem transfere transferir transfira transferencia encaminha encaminhar
        encaminhe chama chamar chame direciona direcionar direcione conecta conectar connect transfer
        forward redirect escalate through pasame pasa pasar paseme transfiere transfiereme transferirme
        transfierame comunica comunicame comuniqueme llama derivar derivame conectame""",
    # g: to get, to give: needs a clear person after it
    "g": "get give put bring manda mandar coloca colocar bota liga ligar dame deme pon ponme send chamem",
    # p: with, to
    "p": "com c para pra pro p ao to with con al a por w",
    # d: small words between
    "d": """um uma uns umas o os as algum alguma alguns de do da dos das me mim eu i an the some any un una
        el la los las algun alguna alguno su seu sua you your voces vcs voce vc usted ustedes logo ja aqui ai
        direto diretamente directly directamente just only so apenas mesmo que favor se em en here there y e and up over back now agora ahora nosso our vosso suyo
        speaking customer client cliente clientes meu my mi tu humanos is""",
    # q: another; "transfer to another person" may speak of an order
    "q": "outro outra outros outras another other otro otra",
    # n: a person at the desk
    "n": """atendente atendentes humano humana humanos human humans operador operadora operator
        representante representative rep reps consultor consultora vendedor vendedora gerente manager
        supervisor supervisora asesor asesora ejecutivo operario funcionario funcionaria empleado
        responsavel especialista specialist staff""",
    # s: somebody
    "s": """pessoa pessoas alguem agente agentes agent agents someone somebody anyone anybody person people
        persona personas alguien""",
    # h: the help desk
    "h": """atendimento suporte support service servicio atencion soporte equipe equipo team sac central
        helpdesk assistencia assistance asistencia ajuda help ayuda""",
    # r: real
    "r": "real reais verdade verdad vivo viva live carne osso hueso actual humanizado humanizada",
    # b: the machine
    "b": "robo robos bot bots maquina machine robot chatbot ia computador computer automatico automated",
    # o: enough of it
    "o": "chega cansei odeio cansado cansada hate tired sick stop harto harta basta enough",
    # f: courtesies, not looked at
    "f": """favor please pls plz pfv pf pfvr porfavor porfa obrigado obrigada thanks thank gracias oi ola hi
        hello hey hola bom boa dia tarde noite buenos buenas dias tardes noches urgente urgentemente urgent
        urgently asap rapido logo entao ok okay sim yes si moca""",
}  # fmt: skip
# The first part wins for a word listed twice, so the order above matters only for a few.
_PART_OF = {word: part for part, words in reversed(_PARTS.items()) for word in words.split()}

# Words long enough to be recognised in spite of a typo.
_SNAPPED = sorted(word for word, part in _PART_OF.items() if part in "vtnshbrw" and len(word) >= 5)
# Words one typo away from one of these that mean something else.
_NOT_TYPOS = frozenset(
    [
        "faltar",
        "faltam",
        "falta",
        "atende",
        "atendem",
        "atender",
        "atendeu",
        "agencia",
        "agency",
        "agente",
        "humanidade",
        "personal",
        "personalizar",
        "personalizado",
        "personalizada",
        "passou",
        "passado",
        "pessoal",
        "pessoais",
        "centro",
        "bota",
        "boto",
        "moto",
        "contrato",
        "contratar",
        "contact",
        "contactos",
        "wont",
        "went",
        "wait",
        "walk",
        "talks",
        "teal",
        "seal",
        "serve",
        "server",
        "services",
        "servicos",
        "servico",
        "suporta",
        "passei",
        "conta",
        "contas",
        "contado",
        "talla",
        "talle",
        "llamar",
        "hablas",
        "falha",
        "falhar",
        "falhou",
        "reach",
        "peach",
        "quieres",
        "quem",
        "real",
        "reals",
        "pass",
        "passo",
        "paso",
        "pasos",
        "casa",
        "gerar",
        "general",
        "humor",
        "gente",
    ]
) - set(_PART_OF)

_PHRASES = {
    "ser humano": "humano",
    "human being": "human",
    "me atienda": "hablar con",
    "que me atenda": "falar com",
    "entrar em contato": "falar",
    "entro em contato": "falar",
    "get in touch": "talk",
    "ponerme en contacto": "hablar",
}

_SEPARATORS = re.compile(r"[.,;:!?…\n()¿¡]+")
# Asking when the desk is open is not asking for somebody.
_SCHEDULE = re.compile(
    r"\b(horarios?|domingos?|sabados?|feriados?|fim de semana|fins de semana|hours|sundays?|saturdays?"
    r"|holidays?|weekends?|what time|que horas|ate que hora|funciona|funcionam|funcionamento)\b"
    r"|^(quando|when|cuando|quantos|quantas|how many|how much|quanto|cuantos)\b"
)
_JOB = re.compile(
    r"\b(vagas?|emprego|curriculo|trabalhar|trabalho como|job|jobs|hiring|empleo|trabajar)\b"
)

_PERSON = r"(?:r?[ns]|rd?s|sd?r|h[dp]*n)"
_ASKING = tuple(
    re.compile(form)
    for form in (
        rf"v[dpqwvt]{{0,5}}{_PERSON}",  # falar com um atendente, speak to somebody
        rf"t[dpwvt]{{0,5}}{_PERSON}",  # me passa pra uma pessoa
        r"t[dpqwvt]{0,5}r?n",  # transfere para outro atendente
        r"[vt][dwv]*p[dpr]*h",  # falar com o suporte, talk to customer service
        r"g[dp]{0,4}(?:r?n|rd?s|sd?r)",  # get me a real person
        r"w[dpqwgh]{0,6}(?:r?n|rd?[ns]|sd?r|h[dp]*n)[dnr]*(?:p|$)",  # preciso de um humano
        r"w[dpqwg]{0,5}s[dpr]*$",  # quero uma pessoa, tem alguém aí
        r"h[dp]*[nr]|[nr]h",  # atendimento humano, live support
        r"(?:x[dwvtpgc]*|o[dwvp]*)b",  # não quero falar com robô
    )
)
# The whole message: "atendente", "um humano", "real person"
_BARE = re.compile(rf"[dp]*(?:{_PERSON}|n[dp]*s|s[dp]*n)[dnpr]*")
_BARE_CLAUSE = re.compile(r"[dp]*(?:r?n|rd?s|sd?r|h[dp]*n)[dr]*")
# "não quero falar com um atendente"
_REFUSED = re.compile(rf"x[dp]*w?[dp]*[vtg]?[dp]*{_PERSON}")


def ask_human(turn: Turn) -> Decision | None:
    """Escalate at once when the message asks for a person."""
    return escalate(turn, "ask_human", "asked") if asks_for_human(turn.text) else None


def asks_for_human(text: str) -> bool:
    """Whether this asks to talk to a person. Asking when the desk is open does not."""
    clauses = [words for part in _SEPARATORS.split(text[:4096]) if (words := plain(part).split())]
    whole = [word for words in clauses for word in words][:_WORDS_READ]
    joined = " ".join(whole)
    if not whole or _SCHEDULE.search(joined) or _JOB.search(joined):
        return False
    roles = _roles(whole)
    if _BARE.fullmatch(roles):
        return True
    parts = [_roles(words[:_WORDS_READ]) for words in clauses]
    # Read as a whole too: "falar, por favor, com um atendente"; a "no" at the start is not a refusal.
    if "x" not in roles:
        parts.append(roles)
    return any(_asks(part) for part in parts)


def _asks(roles: str) -> bool:
    wanted = _REFUSED.sub(".", roles)
    return bool(_BARE_CLAUSE.fullmatch(wanted)) or any(form.search(wanted) for form in _ASKING)


def _roles(words: list[str]) -> str:
    """One letter for each word that is not a courtesy, "." for words that play no part."""
    text = " ".join(words)
    for phrase, meaning in _PHRASES.items():
        text = text.replace(phrase, meaning)
    return "".join(role for word in text.split() if (role := _role(word)) != "f")


@lru_cache(maxsize=4096)
def _role(word: str) -> str:
    known = _PART_OF.get(word)
    if known or len(word) < 5 or word in _NOT_TYPOS:
        return known or "."
    near = process.extractOne(
        word, _SNAPPED, scorer=OSA.distance, score_cutoff=2 if len(word) >= 8 else 1
    )
    return _PART_OF[near[0]] if near else "."
