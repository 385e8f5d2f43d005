"""Somebody says whether an answer helped."""

from dataclasses import replace

from bot.feedback import Feedback
from bot.steps.say import miss, reply, texts_of
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
