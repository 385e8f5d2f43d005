"""What steps share: the language of a turn, its texts, and the ways to answer, miss and escalate.

Whatever happens, one automatic text is said: an answer outranks a greeting, the notice of an
escalation outranks an answer, and out of hours the away text outranks that notice.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot import answers, feedback, hours
from bot.language import detect, supported
from bot.texts import date_phrase, fill, hours_phrase, opening_phrase, without_name
from bot.types import Candidate, Decision, Faq, OutButton, RuleButton, StepName, Texts, Turn


def language_of(turn: Turn) -> str:
    """The language to speak: that of the message, else of the contact, else the desk's."""
    settings = turn.knowledge.settings
    # The name of a command is the same in every language.
    said = turn.text.partition(" ")[2] if turn.text.startswith("/") else turn.text
    return detect(said) or supported(turn.language) or settings.default_language


def texts_of(turn: Turn) -> Texts:
    """The bot's texts in the language to speak."""
    return turn.knowledge.settings.texts[language_of(turn)]


def is_open(turn: Turn) -> bool:
    """Whether somebody is at the desk now."""
    settings = turn.knowledge.settings
    return hours.is_open(turn.now, settings.hours, ZoneInfo(settings.time_zone))


def filled(turn: Turn, text: str, language: str = "") -> str:
    """The text with the names of this turn filled in, in `language` or the one to speak."""
    if "{" not in text:
        return text
    language = language or language_of(turn)
    settings = turn.knowledge.settings
    zone = ZoneInfo(settings.time_zone)
    opening = hours.next_opening(turn.now, settings.hours, zone)
    now = turn.now.astimezone(zone)
    if not turn.contact_name.strip():
        text = without_name(text)
    values = {
        "name": turn.contact_name,
        "first_name": (turn.contact_name.split() or [""])[0],
        "opening": opening_phrase(opening, turn.now, language),
        "hours": hours_phrase(settings.hours, language),
        "channel": turn.medium.name,
        "date": date_phrase(now, language),
        "time": f"{now:%H:%M}",
    }
    return fill(text, values)


def reply(turn: Turn, step: StepName, text: str, reason: str) -> Decision:
    """One of the bot's own texts."""
    return Decision(
        "reply", step, text=filled(turn, text), reason=reason, language=language_of(turn)
    )


def answer(
    turn: Turn, step: StepName, faq_id: str, candidates: Sequence[Candidate] = ()
) -> Decision:
    """The answer of a FAQ, in the language to speak or the FAQ's own, with what goes with it.

    The first candidate is that FAQ, if there are any.
    """
    faq = turn.knowledge.faqs[faq_id]
    text, language = answers.spoken(faq, language_of(turn), turn.channel, turn.medium)
    text = filled(turn, text, language)
    buttons = tuple(answers.buttons_under(faq, turn.knowledge, language, turn.channel))
    if not turn.medium.links:
        text = "\n\n".join([text, *(f"{b.title}: {b.url}" for b in buttons if b.url)])
        buttons = tuple(button for button in buttons if not button.url)
    return Decision(
        "reply",
        step,
        text=text,
        buttons=(*buttons, *_asking(turn, faq, language, len(buttons))),
        attachments=faq.attachments,
        faq=faq.id,
        faq_version=faq.version,
        score=candidates[0].score if candidates else None,
        runner_up=candidates[1].score if len(candidates) > 1 else None,
        candidates=tuple(candidates),
        language=language,
    )


def _asking(turn: Turn, faq: Faq, language: str, buttons: int) -> tuple[OutButton, ...]:
    """The buttons of feedback, where they are switched on and the channel has room for them."""
    settings = turn.knowledge.settings
    if not settings.feedback or turn.medium.max_buttons < buttons + 2:
        return ()
    return feedback.buttons(settings.texts[language], faq.id)


def escalate(turn: Turn, step: StepName, reason: str, notice: str = "") -> Decision:
    """Over to the humans, with `notice` or the usual one; out of hours with the away text."""
    texts = texts_of(turn)
    text = notice or texts.escalation_notice
    return Decision(
        "escalate",
        step,
        text=filled(turn, text if is_open(turn) else texts.away),
        reason=reason,
        language=language_of(turn),
    )


def miss(
    turn: Turn,
    step: StepName,
    reason: str,
    candidates: Sequence[Candidate] = (),
    again: str = "",
) -> Decision:
    """Not understood: ask to put it another way until there were too many misses, then escalate.

    `again` is another text to ask with.
    """
    if turn.misses + 1 >= turn.knowledge.settings.misses_before_escalation:
        decision = escalate(turn, step, reason)
        action, text = decision.action, decision.text
    else:
        action, text = "rephrase", filled(turn, again or texts_of(turn).rephrase)
    return Decision(
        action,
        step,
        text=text,
        reason=reason,
        score=candidates[0].score if candidates else None,
        runner_up=candidates[1].score if len(candidates) > 1 else None,
        candidates=tuple(candidates),
        language=language_of(turn),
        is_miss=True,
    )


def buttons_of(buttons: Sequence[RuleButton]) -> tuple[OutButton, ...]:
    """A rule's buttons as they are sent."""
    return tuple(OutButton(button.title, button.payload) for button in buttons)
