"""Somebody says whether an answer helped."""

from dataclasses import replace

from bot.feedback import Feedback
from bot.matcher.folding import plain
from bot.steps.ask_human import asks_for_human
from bot.steps.say import language_of, miss, reply, texts_of
from bot.steps.smalltalk import is_thanks
from bot.types import Decision, Turn


def judged(turn: Turn, given: Feedback) -> Decision:
    """Thanks, or a miss. Counted once for each answer; saying the same again changes nothing.

    Whoever says something else later is answered, for who needs help shall get it, but not counted.
    An answer that was not given in this conversation, or long ago, is not rated any more.
    """
    if turn.rated == given.rating:
        return Decision("silent", "payload", reason="rated_before")
    if given.rating == "helpful":
        decision = reply(turn, "payload", texts_of(turn).glad, "helpful")
    else:
        decision = miss(turn, "payload", "not_helpful", again=texts_of(turn).sorry)
    faq = turn.knowledge.faqs.get(given.faq)
    if faq is None:
        return decision
    return replace(
        decision,
        faq=faq.id,
        faq_version=faq.version,
        rating=given.rating if turn.rated == "not_yet" else None,
    )


def said_too_late(turn: Turn) -> Decision | None:
    """Silence for a typed title of feedback, in any language, that answers no offered button any more.

    What is published with that text is said all the same; a title may be thanks or ask for a person.
    """
    known, said = turn.knowledge, plain(turn.text)
    if not said or not known.settings.feedback or turn.medium.max_buttons < 2:
        return None
    texts = known.settings.texts.values()
    if all(said not in (plain(each.helpful), plain(each.not_helpful)) for each in texts):
        return None
    # As if it were open: a rule for any text out of hours was not written for this one.
    meant = (
        known.rules.for_text(turn.text, turn.channel, is_open=True)
        or known.exact(turn.text, language_of(turn), turn.channel)
        or is_thanks(turn.text)
        or asks_for_human(turn.text)
    )
    return None if meant else Decision("silent", "payload", reason="rated_before")
