"""Creating, changing and deleting FAQs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils.translation import gettext as _

from bot.matcher.folding import plain, symbols
from bot.models import FAQ, Phrasing
from bot.services import answers, cleaning
from bot.services.errors import Invalid
from bot.services.publishing import changes, touch

MOST_PHRASINGS = 1_000
_REQUIRED = ("question", "answer")


def create_faq(*, author: User | None = None, pk: UUID | None = None, **given: Any) -> FAQ:
    """Create a FAQ from its fields; `question` and `answer` are needed. Raises Invalid.

    Fields: question, answer, alternatives, keywords, language, category, channels, enabled, bands;
    answers {language: text}, buttons [{title, payload | url, titles?}], attachments (ids of uploaded
    files), overrides {channel id or kind: {language: text}}.
    With `pk` it gets that id; one that was deleted goes on with its versions.
    """
    fields = clean_faq({**dict.fromkeys(_REQUIRED, ""), **given})
    alternatives = _others(fields.pop("alternatives", []), fields["question"])
    with changes(author=author):
        faq = FAQ(**fields) if pk is None else FAQ(pk=pk, version=_last(pk) + 1, **fields)
        _settle_languages(faq)
        _save(faq, author)
        set_phrasings(faq, [], alternatives)
        touch()
    return faq


def update_faq(*, faq: UUID, author: User | None = None, **given: Any) -> FAQ:
    """Change the given fields of a FAQ; its version rises when anything differs.

    Raises Invalid, FAQ.DoesNotExist.
    """
    fields = clean_faq(given)
    with changes(author=author):
        row = FAQ.objects.select_for_update().get(pk=faq)
        before = [phrasing.text for phrasing in row.phrasings.all()]
        question = fields.get("question", row.question)
        after = _others(fields.pop("alternatives", before), question)
        kept = {name: getattr(row, name) for name in _FIELDS}
        for name, value in fields.items():
            setattr(row, name, value)
        _settle_languages(row)
        if after == before and all(getattr(row, name) == kept[name] for name in _FIELDS):
            return row
        row.version += 1
        _save(row, author)
        set_phrasings(row, before, after)
        touch()
    return row


def delete_faq(*, faq: UUID, author: User | None = None) -> None:
    """Delete a FAQ. Raises FAQ.DoesNotExist."""
    with changes(author=author):
        FAQ.objects.select_for_update().get(pk=faq).delete()
        touch()


def clean_faq(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields of a FAQ, checked and brought into shape. Raises Invalid."""
    return cleaning.check(given, _CLEANERS)


def _question(value: object) -> str:
    question = cleaning.line(value, longest=500, required=True)
    if not plain(question) and not symbols(question):
        raise ValueError(_("This may not be empty."))
    return question


def _bands(value: object) -> dict[str, float]:
    given = cleaning.mapping(value)
    if not set(given) <= {"accept", "suggest"}:
        raise ValueError(_("Only accept and suggest can be set for a FAQ."))
    bands = {name: cleaning.share(number) for name, number in given.items()}
    if bands.get("suggest", 0.0) > bands.get("accept", 1.0):
        raise ValueError(_("suggest may not be above accept."))
    return bands


_CLEANERS: dict[str, cleaning.Cleaner] = {
    "question": _question,
    "answer": answers.answer,
    "alternatives": partial(cleaning.lines, longest=500, most=MOST_PHRASINGS),
    "keywords": partial(cleaning.lines, longest=100, most=100),
    "language": answers.language,
    "category": partial(cleaning.line, longest=100),
    "channels": cleaning.ids,
    "enabled": cleaning.flag,
    "bands": _bands,
    "answers": answers.answers,
    "buttons": answers.buttons,
    "attachments": answers.files,
    "overrides": answers.overrides,
}
_FIELDS = tuple(name for name in _CLEANERS if name != "alternatives")


def _settle_languages(faq: FAQ) -> None:
    """No second answer in the FAQ's own language; texts of a channel without a language are in it."""
    if faq.answers.get(faq.language, faq.answer) != faq.answer:
        raise Invalid({"answers": _("The answer in the FAQ's own language stands in “answer”.")})
    faq.answers = {name: text for name, text in faq.answers.items() if name != faq.language}
    faq.overrides = {
        place: {name or faq.language: text for name, text in said.items()}
        for place, said in faq.overrides.items()
    }


def _others(alternatives: Sequence[str], question: str) -> list[str]:
    """The alternatives that do not say the question again."""
    said = plain(question) or question
    return [text for text in alternatives if (plain(text) or text) != said]


def _last(pk: UUID) -> int:
    """The version a deleted FAQ had last; no number is ever used for two texts. 0: never was one."""
    return int(FAQ.history.filter(id=pk).aggregate(last=Max("version"))["last"] or 0)


def _save(faq: FAQ, author: User | None) -> None:
    if author is not None:
        faq._history_user = author  # type: ignore[attr-defined]
    faq.save()


def set_phrasings(faq: FAQ, before: Sequence[str], after: Sequence[str]) -> None:
    """Make `after` the phrasings, in that order; rows that can stay do."""
    if before == after:
        return
    kept = [text for text in before if text in after]
    if kept != list(after[: len(kept)]):
        kept = []  # their order changed, and rows are ordered by their ids
    faq.phrasings.exclude(text__in=kept).delete()
    Phrasing.objects.bulk_create(Phrasing(faq=faq, text=text) for text in after if text not in kept)
