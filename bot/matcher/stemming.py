"""A light stemmer for Portuguese, English and Spanish at once.

The language of a message is not known, so one list of endings serves all three: it need not find
the true stem, only the same one for the forms of a word ("cancelar", "cancelamento", "cancelled").
"""

_SHORTEST_STEM = 3

# By kind: nouns and adverbs; verbs; numbers and genders.
_FORMS = """
amentos amento imentos imento amientos amiento imientos imiento mente acoes acao icoes icao coes
cao aciones acion iciones icion ciones cion ations ation itions ition tions tion ments ment ness
idade idades idad adores adoras ador adora edores edor idores idor ancia encia ancias encias agens
agem avel aveis ivel iveis able ible

ando endo indo iendo aram eram iram aron ieron avam avamos aria arias ariam eria erias eriam iria
irias iriam ariamos aremos eremos iremos assem asse essem esse isse issem amos emos imos ados adas
idos idas ado ada ido ida ava avas arei erei irei ara era ira ar er ir ou ei eu iu am em ings ing
edly ed ies ied ly

ais eis ois oes aes os as es is s a o e y i
"""
_ENDINGS = frozenset(_FORMS.split())
_LONGEST = max(map(len, _ENDINGS))


def stem(word: str) -> str:
    """The common part of a folded word's forms; words with digits and short ones stay."""
    if len(word) <= _SHORTEST_STEM or not word.isalpha():
        return word
    cut = _cut(word)
    if cut.endswith(("qu", "gu")) and len(cut) > _SHORTEST_STEM:
        cut = cut[:-2] + ("c" if cut.endswith("qu") else "g")
    if len(cut) > _SHORTEST_STEM and cut[-1] == cut[-2]:
        cut = cut[:-1]
    return cut


def _cut(word: str) -> str:
    """Without its longest ending that leaves a stem."""
    for length in range(min(_LONGEST, len(word) - _SHORTEST_STEM), 0, -1):
        if word[-length:] in _ENDINGS:
            return word[:-length]
    return word
