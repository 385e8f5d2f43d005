"""Answers from the FAQs: the very phrasing, or the one that is meant."""

from collections.abc import Sequence

from bot.answers import FAQ_PREFIX
from bot.bands import letters, outcome, rivals
from bot.steps.buttons import NONE_OF_THESE
from bot.steps.say import answer, filled, language_of, reply, texts_of
from bot.steps.smalltalk import is_greeting, is_thanks, wants_help
from bot.types import Candidate, Decision, OutButton, Turn

_SUGGESTIONS = 3
_TITLE = 120  # characters of a question on a button


def exact(turn: Turn) -> Decision | None:
    """A text that is a published phrasing; else a mere greeting, thanks or call for help.

    A phrasing is found whatever its length: whoever published "2" or "👍" meant it. A greeting gets the greeting text once in a conversation, then the help text.
    """
    found = turn.knowledge.exact(turn.text, language_of(turn), turn.channel)
    if found is not None:
        question = turn.knowledge.faqs[found].question
        return answer(turn, "exact", found, (Candidate(found, 1.0, question),))
    texts = texts_of(turn)
    if is_greeting(turn.text):
        return reply(turn, "exact", texts.help if turn.greeted else texts.greeting, "greeting")
    if is_thanks(turn.text):
        return reply(turn, "exact", texts.thanks, "thanks")
    if wants_help(turn.text):
        return reply(turn, "exact", texts.help, "help")
    return None


def faq(turn: Turn) -> Decision | None:
    """The three bands: sure enough to answer, sure enough to ask "did you mean", or neither."""
    candidates = ranked(turn)
    if not candidates:
        return None
    best = candidates[0]
    bands = turn.knowledge.settings.bands_for(turn.knowledge.faqs[best.faq])
    found = outcome(candidates, bands)
    if found == "missed":
        return None
    if found == "answered":
        return answer(turn, "faq", best.faq, candidates)
    return _suggestion(turn, candidates, rivals(candidates, bands))


def ranked(turn: Turn) -> Sequence[Candidate]:
    """The candidates for this text, best first; none when it is too short to mean anything."""
    if not is_informative(turn):
        return ()
    return turn.knowledge.rank(turn.text, language_of(turn), turn.channel)


def is_informative(turn: Turn) -> bool:
    """Whether the text has enough letters to be matched: "ok" and "?" never are."""
    least = turn.knowledge.settings.bands_in(language_of(turn)).min_informative
    return letters(turn.text) >= max(least, 1)


def _suggestion(
    turn: Turn, candidates: Sequence[Candidate], close: Sequence[Candidate]
) -> Decision:
    settings, faqs = turn.knowledge.settings, turn.knowledge.faqs
    likely = [
        c for c in candidates if c in close or c.score >= settings.bands_for(faqs[c.faq]).suggest
    ][:_SUGGESTIONS]
    texts = texts_of(turn)
    options = [OutButton(_title(faqs[c.faq].question), FAQ_PREFIX + c.faq) for c in likely]
    return Decision(
        "suggest",
        "faq",
        text=filled(turn, texts.suggest),
        buttons=(*options, OutButton(texts.none_of_these, NONE_OF_THESE)),
        score=candidates[0].score,
        runner_up=candidates[1].score if len(candidates) > 1 else None,
        candidates=tuple(candidates),
        reason="close" if close else "unsure",
        language=language_of(turn),
    )


def _title(question: str) -> str:
    return question if len(question) <= _TITLE else f"{question[: _TITLE - 1].rstrip()}…"
