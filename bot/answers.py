"""What a FAQ says to one person on one channel: which of its texts, which of its buttons. Pure."""

from collections.abc import Iterator, Mapping

from bot.types import Faq, Knowledge, Medium, OutButton

FAQ_PREFIX = "faq:"  # a payload that asks for another FAQ


def spoken(faq: Faq, language: str, channel: str, medium: Medium) -> tuple[str, str]:
    """The text and its language: the wished language if the FAQ has it, else the FAQ's own.

    Within a language the text for this very channel comes first, then that for its kind.
    """
    for tongue in dict.fromkeys((language, faq.language)):
        for place in (channel, medium.kind):
            if text := faq.overrides.get(place, {}).get(tongue):
                return text, tongue
        if text := answer_in(faq, tongue):
            return text, tongue
    return faq.answer, faq.language


def answer_in(faq: Faq, language: str) -> str:
    """The answer in one language, "" where there is none."""
    return faq.answer if language == faq.language else faq.answers.get(language, "")


def buttons_under(
    faq: Faq, knowledge: Knowledge, language: str, channel: str
) -> Iterator[OutButton]:
    """The buttons under the answer; one that leads to a FAQ which is not there is left out."""
    for button in faq.buttons:
        if leads_somewhere(button.payload, knowledge.faqs, channel):
            title = button.titles.get(language) or button.title
            yield OutButton(title, button.payload, button.url)


def leads_somewhere(payload: str, faqs: Mapping[str, Faq], channel: str) -> bool:
    """False for a payload that asks for a FAQ which is not published for this channel."""
    if not payload.startswith(FAQ_PREFIX):
        return True
    faq = faqs.get(payload.removeprefix(FAQ_PREFIX))
    return faq is not None and (not faq.channels or channel in faq.channels)
