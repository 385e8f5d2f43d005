"""FAQs in and out by rows (bot.transfer)."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from bot.cells import bands_in
from bot.matcher.folding import plain
from bot.models import FAQ, Language
from bot.services.faqs import clean_faq, create_faq, update_faq
from bot.services.publishing import changes
from bot.transfer import fields_of, translations_of

Check = Callable[[Mapping[str, Any], FAQ | None], None]


class Rejected(NamedTuple):
    """A row that was not taken. `number` counts rows from 1, without the header."""

    number: int
    row: Mapping[str, Any]
    reason: str


@dataclass(slots=True)
class Report:
    """What an import did, or on a dry run would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def import_faqs(
    rows: Sequence[Mapping[str, Any]],
    *,
    author: User | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda done: None,
    check: Check = lambda fields, before: None,
) -> Report:
    """Create or update a FAQ for each row; one transaction and one snapshot for all.

    A row changes the FAQ with its id, else the one that asks its question in its language; else it
    makes one, with its id, so that buttons that ask for it find it. Columns a row does not have
    stay as they are. Rows that are wrong are reported, the others are taken.
    `progress` is called with the number of rows done; `check` with the fields of a row and the FAQ it
    changes, if any, and may raise ValueError.
    """
    report = Report()
    with transaction.atomic():
        with changes(author=author, note=f"import of {len(rows)} rows"):
            library = _Library()
            for number, row in enumerate(rows, 1):
                try:
                    _take(row, number, library, report, author, check)
                except ValueError as error:
                    report.rejected.append(Rejected(number, row, str(error)))
                progress(number)
        if dry_run:
            transaction.set_rollback(True)
    return report


class _Library:
    """Which FAQs there are, and which rows of this file already spoke of them."""

    def __init__(self) -> None:
        self._ids: set[uuid.UUID] = set()
        self._questions: dict[tuple[str, str], uuid.UUID] = {}
        self._rows: dict[uuid.UUID, int] = {}
        for pk, language, question in FAQ.objects.values_list("pk", "language", "question"):
            self.add(pk, language, question)

    def add(self, pk: uuid.UUID, language: str, question: str) -> None:
        self._ids.add(pk)
        self._questions.setdefault((language, plain(question) or question), pk)

    def find(self, pk: uuid.UUID | None, language: str, question: str) -> uuid.UUID | None:
        if pk in self._ids:
            return pk
        return self._questions.get((language, plain(question) or question))

    def claim(self, pk: uuid.UUID, number: int) -> None:
        """Note that a row speaks of this FAQ. Raises ValueError when one before it did."""
        if pk in self._rows:
            raise ValueError(f"the same FAQ as row {self._rows[pk]}")
        self._rows[pk] = number


def _id(given: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(given))
    except ValueError:
        return None


def _take(
    row: Mapping[str, Any],
    number: int,
    library: _Library,
    report: Report,
    author: User | None,
    check: Check,
) -> None:
    given, translations = fields_of(row), translations_of(row)
    said = given.get("answers", {})
    fields = clean_faq(given | ({"answers": {**said, **translations}} if translations else {}))
    question = fields.get("question", "")
    language = fields.get("language", Language.PT_BR.value)
    pk = _id(row.get("id"))
    known = library.find(pk, language, question)
    before = None if known is None else FAQ.objects.get(pk=known)
    fields |= _bands(given, row, before)
    check(fields, before)
    if before is None:
        created = create_faq(author=author, pk=pk, **fields)
        library.add(created.pk, created.language, created.question)
        library.claim(created.pk, number)
        report.created += 1
        return
    library.claim(before.pk, number)
    if translations and "answers" not in given:  # languages without a column stay as they are
        others = {tag: text for tag, text in before.answers.items() if tag not in translations}
        fields["answers"] = {**others, **fields["answers"]}
    changed = update_faq(faq=before.pk, author=author, **fields)
    if changed.version == before.version:
        report.unchanged += 1
    else:
        report.updated += 1


def _bands(given: Mapping[str, Any], row: Mapping[str, Any], before: FAQ | None) -> dict[str, Any]:
    """{"bands": …} if the row has a column for one; those without a column stay. Raises ValueError."""
    columns = bands_in(row)
    if not columns:
        return {}
    bands = {**given.get("bands", before.bands if before else {}), **columns}
    return {"bands": {name: number for name, number in bands.items() if number is not None}}


def exported_faqs() -> Iterator[dict[str, Any]]:
    """All FAQs as rows, oldest first."""
    for faq in FAQ.objects.order_by("pk").prefetch_related("phrasings").iterator(chunk_size=500):
        yield {
            "id": str(faq.pk),
            "question": faq.question,
            "alternatives": [phrasing.text for phrasing in faq.phrasings.all()],
            "keywords": list(faq.keywords),
            "answer": faq.answer,
            "answers": dict(faq.answers),
            "buttons": list(faq.buttons),
            "attachments": list(faq.attachments),
            "overrides": dict(faq.overrides),
            "bands": dict(faq.bands),
            "language": faq.language,
            "category": faq.category,
            "channels": list(faq.channels),
            "enabled": faq.enabled,
        }
